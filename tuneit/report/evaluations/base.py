"""What a view of an evaluation must offer."""

from __future__ import annotations

from collections.abc import Mapping
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
