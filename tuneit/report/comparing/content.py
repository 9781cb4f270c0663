"""The values that a comparison of studies shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tuneit.report.content import ReportContent


@dataclass(frozen=True)
class PairedScores:
    """A study's best model beside the first study's, on the same test rows.

    `first` and `other` are the means of `measure` over the `rows`; `interval` is a bootstrap
    interval of `other` − `first` over the rows, which both models predicted. Of several studies its
    `confidence` is corrected for their number (Bonferroni).
    """

    study: str
    measure: str
    higher_is_better: bool
    rows: int
    first: float
    other: float
    interval: tuple[float, float]
    confidence: float

    @property
    def gain(self) -> float:
        """The difference, other − first."""
        return self.other - self.first

    @property
    def said(self) -> str:
        """Which one is better, where the interval says so."""
        low, high = self.interval
        if low <= 0 <= high:
            return "no difference beyond chance"
        return "better" if (low > 0) == self.higher_is_better else "worse"


@dataclass(frozen=True, eq=False)
class ComparedStudies:
    """Two or more studies by name, in the order in which they were given.

    `paired` compares each with the first one; `unpaired` says for others why they could not be.
    """

    studies: Mapping[str, ReportContent]
    paired: Sequence[PairedScores] = ()
    unpaired: Mapping[str, str] | None = None

    @property
    def contents(self) -> list[ReportContent]:
        """The studies' own reports."""
        return list(self.studies.values())

    @property
    def theme(self) -> str:
        """The first study's."""
        return self.contents[0].study.report.theme
