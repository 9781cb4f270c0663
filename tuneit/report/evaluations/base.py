"""What a view of an evaluation must offer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from tuneit.evaluation import OutputEvaluation, ReportedEvaluation
from tuneit.report.tile import Tile
from tuneit.study import ReportSpec


class View(Protocol):
    """One output's evaluation, as the summary and the section about the test split show it."""

    @property
    def result(self) -> OutputEvaluation | ReportedEvaluation:
        """The evaluation."""

    def tile(self) -> Tile:
        """The main number, for the summary."""

    def sentence(self) -> str:
        """What the model ("it") and the trivial answer achieve; no capital letter, no full stop."""

    def values(self, shown: ReportSpec) -> Mapping[str, Any]:
        """Further values for the template: lists, and pictures; `shown` says what is wanted."""


@dataclass(frozen=True)
class Part:
    """One output's evaluation in the section about the test split, with its view's values.

    `output` is its name, "" for the only one.
    """

    output: str
    result: OutputEvaluation | ReportedEvaluation
    shown: Mapping[str, Any]

    @property
    def level(self) -> int:
        """The level of its headings: each of several outputs has a heading of its own."""
        return 4 if self.output else 3

    def named(self, title: str) -> str:
        """A title that the page has once: after the output's name where it has several outputs."""
        return f"Output {self.output}: {title}" if self.output else title
