"""What a model reports of rows that have no targets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tuneit.errors.wording import score_text
from tuneit.evaluation.notebook import Displayed, Table


@dataclass(frozen=True)
class ReportedMetric:
    """A loss or metric, by the name that the model gives it."""

    name: str
    value: float


@dataclass(frozen=True)
class ReportedEvaluation(Displayed):
    """What `keras.Model.evaluate` returns for `n` rows of inputs without targets.

    There is no truth to compare predictions with, and no trivial answer. `metrics` is empty where
    the model measures nothing; then `said` is a sentence that tells why.
    """

    n: int
    metrics: tuple[ReportedMetric, ...] = ()
    said: str = ""

    task = "reported"

    @classmethod
    def of(cls, n: int, logs: Mapping[str, float]) -> ReportedEvaluation:
        """From the logs of an evaluation; the loss comes first."""
        named = sorted(logs.items(), key=lambda log: log[0] != "loss")
        return cls(n, tuple(ReportedMetric(name, float(value)) for name, value in named))

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-ready form, as `summary.json` gives it."""
        metrics = {metric.name: metric.value for metric in self.metrics}
        return {"task": self.task, "n": self.n, "metrics": metrics, "said": self.said}

    def headline(self) -> str:
        """All values, in one line."""
        found = ", ".join(f"{metric.name} {score_text(metric.value)}" for metric in self.metrics)
        return found or self.said

    def _table(self) -> Table:
        return ("metric", "value"), [[m.name, score_text(m.value)] for m in self.metrics]
