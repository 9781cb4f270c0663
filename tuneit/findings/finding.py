"""One thing seen in a run, in the data or in several trials, with its evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

Evidence = Mapping[str, float | int | str | None]


class Severity(StrEnum):
    """How much a finding matters."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True)
class Finding:
    """One thing seen in a run.

    `name` is a verdict's word or the name of a lesser observation; `confidence` in [0, 1];
    `evidence` holds the numbers that the summary is about; epochs count from 1. `epochs_used` is 0
    for what was seen not in a learning curve but in the data or in several trials. `output` is the
    one that the finding is about, of a model with several; "" where it is about the whole model.
    As text, a finding is its summary after the output's name.
    """

    name: str
    severity: Severity
    confidence: float
    summary: str
    evidence: Evidence = field(default_factory=dict)
    onset_epoch: int | None = None
    epochs_used: int = 0
    output: str = ""

    def __str__(self) -> str:
        return f"output '{self.output}': {self.summary}" if self.output else self.summary

    def of_output(self, name: str) -> Finding:
        """The finding as one on the output `name` of a model with several."""
        return replace(self, output=name)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-ready form."""
        return asdict(self) | {"severity": str(self.severity)}
