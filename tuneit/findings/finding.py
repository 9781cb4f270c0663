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
    for what was seen not in a learning curve but in the data or in several trials.
    """

    name: str
    severity: Severity
    confidence: float
    summary: str
    evidence: Evidence = field(default_factory=dict)
    onset_epoch: int | None = None
    epochs_used: int = 0

    def of_output(self, name: str) -> Finding:
        """The finding as one on the output `name` of a model with several."""
        summary = f"output '{name}': {self.summary}"
        return replace(self, summary=summary, evidence={**self.evidence, "output": name})

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-ready form."""
        return asdict(self) | {"severity": str(self.severity)}
