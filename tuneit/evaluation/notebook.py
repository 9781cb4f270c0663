"""How an evaluation is printed, and how a notebook shows it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

Table = tuple[Sequence[str], Iterable[Sequence[Any]]]
"""The column names of a table, and its rows; the first cell of a row is its heading."""


class Displayed(ABC):
    """An evaluation that prints as one line; a notebook shows that line above a table."""

    @abstractmethod
    def headline(self) -> str:
        """The main numbers, in one line."""

    @abstractmethod
    def _table(self) -> Table:
        """The table that a notebook shows."""

    def __str__(self) -> str:
        return self.headline()

    def _repr_html_(self) -> str:
        head, rows = self._table()
        columns = "".join(f"<th scope='col'>{escape(name)}</th>" for name in head)
        body = "".join(
            f"<tr><th scope='row'>{escape(str(first))}</th>"
            + "".join(f"<td>{escape(str(cell))}</td>" for cell in rest)
            + "</tr>"
            for first, *rest in rows
        )
        return (
            f"<p>{escape(self.headline())}</p>"
            f"<table><thead><tr>{columns}</tr></thead><tbody>{body}</tbody></table>"
        )
