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

    def _more_tables(self) -> Iterable[Table]:
        """Further tables that a notebook shows below the first one."""
        return ()

    def _caution(self) -> str:
        """A sentence that warns of a wrong reading; "" for none."""
        return ""

    def __str__(self) -> str:
        return self.headline()

    def _repr_html_(self) -> str:
        caution = f"<p>{escape(self._caution())}</p>" if self._caution() else ""
        tables = "".join(map(_html_table, (self._table(), *self._more_tables())))
        return f"<p>{escape(self.headline())}</p>{caution}{tables}"


def _html_table(table: Table) -> str:
    head, rows = table
    columns = "".join(f"<th scope='col'>{escape(name)}</th>" for name in head)
    body = "".join(
        f"<tr><th scope='row'>{escape(str(first))}</th>"
        + "".join(f"<td>{escape(str(cell))}</td>" for cell in rest)
        + "</tr>"
        for first, *rest in rows
    )
    return f"<table><thead><tr>{columns}</tr></thead><tbody>{body}</tbody></table>"
