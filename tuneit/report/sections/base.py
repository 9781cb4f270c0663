"""A section of the report, and the functions that build one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tuneit.report.content import ReportContent


@dataclass(frozen=True)
class Section:
    """A part of the page: its template, its heading, and the values that the template shows."""

    name: str
    title: str
    values: Mapping[str, Any]

    @property
    def id(self) -> str:
        """The anchor."""
        return self.name.rpartition("/")[2]

    @property
    def template(self) -> str:
        """The template's path below `templates/`."""
        return f"{self.name}.html.j2" if "/" in self.name else f"sections/{self.name}.html.j2"


SectionBuilder = Callable[[ReportContent], Section | None]
"""Builds a section; returns None if the content has nothing for it."""
