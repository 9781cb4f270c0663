"""How an evaluation is printed, and how a notebook shows it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any

from tuneit.errors.html import html_table, marked

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
        caution = f"<p>{marked(self._caution())}</p>" if self._caution() else ""
        tables = "".join(html_table(*table) for table in (self._table(), *self._more_tables()))
        return f"<p>{marked(self.headline())}</p>{caution}{tables}"
