"""What a diagnosis says: findings with their evidence, and recommendations with their reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from html import escape
from typing import Any

from tuneit.errors.harmless import for_line


class Verdict(StrEnum):
    """The one word for a run."""

    HEALTHY = "healthy"
    UNDERFITTING = "underfitting"
    OVERFITTING = "overfitting"
    NOT_CONVERGED = "not_converged"
    NO_LEARNING = "no_learning"
    DIVERGED = "diverged"
    UNSTABLE = "unstable"
    NOISY_VALIDATION = "noisy_validation"
    UNREPRESENTATIVE_VALIDATION = "unrepresentative_validation"
    TOO_SHORT = "too_short"


class Severity(StrEnum):
    """How much a finding matters."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True)
class Finding:
    """One thing seen in a run.

    `name` is a `Verdict` or the name of a lesser observation; `confidence` in [0, 1];
    `evidence` holds the numbers that the summary speaks of; epochs count from 1. `epochs_used` is 0
    for what was seen not in a learning curve but in the data or in several trials.
    """

    name: str
    severity: Severity
    confidence: float
    summary: str
    evidence: Mapping[str, float | int | str | None] = field(default_factory=dict)
    onset_epoch: int | None = None
    epochs_used: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-ready form."""
        return asdict(self) | {"severity": str(self.severity)}


@dataclass(frozen=True)
class Recommendation:
    """One thing to do about it.

    `priority` counts from 1, the most promising first. `parameter` names the study's own
    hyperparameter where the advice concerns one, `change` says what to change in this study,
    `refuted_by` what would show that the advice was wrong.
    """

    action: str
    reason: str
    priority: int
    parameter: str | None = None
    change: str | None = None
    evidence: Mapping[str, float | int | str | None] = field(default_factory=dict)
    refuted_by: str | None = None


@dataclass(frozen=True)
class Reference:
    """What a score can be compared with; every field that is unknown is None.

    `target`, `human_error` and `baseline` as the user and a trivial model give them:
    `target` and `baseline` are values of `metric` (without `val_`), `human_error` is an error
    rate in [0, 1] (classification) or a value of an error metric (regression).
    `baseline_loss` is the trivial predictor's loss on the validation rows, `baseline_train_loss` on
    the training rows, with the weights that these are trained with: by the loss that is trained,
    whatever it is. `n_validation` is the number of validation rows, `n_classes` that of the classes
    (of a cross-entropy), `y_variance` the target's variance (of a mean squared error).
    """

    metric: str | None = None
    maximize: bool | None = None
    target: float | None = None
    human_error: float | None = None
    baseline: float | None = None
    baseline_loss: float | None = None
    n_validation: int | None = None
    n_classes: int | None = None
    y_variance: float | None = None
    baseline_train_loss: float | None = None

    @property
    def guess_train_loss(self) -> float | None:
        """The trivial predictor's training loss; validation's, where that is all that is known."""
        known = self.baseline_train_loss
        return self.baseline_loss if known is None else known


@dataclass(frozen=True)
class Diagnosis:
    """The verdict on one run, with what led to it and what follows from it."""

    verdict: Verdict
    confidence: float
    findings: tuple[Finding, ...] = ()
    recommendations: tuple[Recommendation, ...] = ()

    def finding(self, name: str) -> Finding | None:
        """The finding of that name, or None."""
        return next((f for f in self.findings if f.name == name), None)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-ready form, as `tuneit diagnose --json` and `summary.json` give it."""
        return {
            "verdict": str(self.verdict),
            "confidence": round(self.confidence, 3),
            "findings": [f.to_dict() for f in self.findings],
            "recommendations": [asdict(r) for r in self.recommendations],
        }

    def __str__(self) -> str:
        lines = [f"{self.verdict} (confidence {self.confidence:.2f})"]
        lines += [f"  {f.summary}" for f in self.findings]
        lines += [f"  {r.priority}. {r.action}: {r.reason}" for r in self.recommendations]
        return "\n".join(map(for_line, lines))

    def _repr_html_(self) -> str:
        findings = "".join(f"<li>{escape(f.summary)}</li>" for f in self.findings)
        advice = "".join(
            f"<li><b>{escape(r.action)}</b>: {escape(r.reason)}"
            + (f" <i>{escape(r.change)}</i>" if r.change else "")
            + "</li>"
            for r in self.recommendations
        )
        return (
            f"<p><b>{escape(str(self.verdict))}</b> (confidence {self.confidence:.2f})</p>"
            f"<ul>{findings}</ul><ol>{advice}</ol>"
        )
