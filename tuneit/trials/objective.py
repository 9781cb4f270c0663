"""What a search optimises: the metric and its direction."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from tuneit.errors import ObjectiveError, did_you_mean

Goal = Literal["minimize", "maximize"]

# Keras's own metric names, as they appear in logs without `val_`. A metric that is not here gets
# no guess: a wrong direction would silently return the worst model.
_HIGHER = (
    "accuracy", "acc", "auc", "precision", "recall", "f1", "f1_score", "fbeta", "iou", "dice",
    "cosine_similarity", "r2", "r2_score", "sensitivity", "specificity", "top_k",
)  # fmt: skip
_LOWER = (
    "loss", "error", "mse", "mae", "mape", "msle", "rmse", "hinge", "crossentropy", "divergence",
    "poisson", "log_cosh", "logcosh", "seconds", "latency", "parameters", "model_bytes",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Objective:
    """The metric to optimise, as the log names it (`val_accuracy`), and the direction."""

    metric: str
    goal: Goal

    @classmethod
    def named(cls, metric: str, goal: Goal | None = None) -> Objective:
        """Build an objective; without `goal`, infer it for metrics that Keras knows.

        Raises ObjectiveError where the direction of `metric` is unknown.
        """
        inferred = goal or infer_goal(metric)
        if inferred is None:
            known = (*_HIGHER, *_LOWER)
            near = did_you_mean(metric, [*known, *(f"val_{name}" for name in known)])
            raise ObjectiveError(
                f"whether more '{metric}' is better is not known{near or ':'} "
                f"{'Otherwise add' if near else 'add'} `goal: maximize` or `goal: minimize` to the "
                "objective",
                at=("objective", metric),
            )
        return cls(metric, inferred)

    @property
    def maximize(self) -> bool:
        """Whether higher is better."""
        return self.goal == "maximize"

    @property
    def sign(self) -> float:
        """+1 where higher is better, else −1: `sign × score` is always better when higher."""
        return 1.0 if self.maximize else -1.0

    def better(self, score: float, than: float | None) -> bool:
        """Tell whether `score` beats `than`; only finite scores count, and any beats None."""
        if not math.isfinite(score):
            return False
        return than is None or not math.isfinite(than) or self.sign * score > self.sign * than


BUILT_IN = ("seconds", "parameters", "model_bytes", "latency_ms")
"""Objectives that tuneit measures itself, all better when lower.

`seconds`: a trial's `duration_s`, building and training; `parameters`: weights, trainable or
not; `model_bytes`: bytes of these weights in their own types, without optimiser and file format;
`latency_ms`: median milliseconds in which the trained model predicts one row, warmed up, on the
machine of the search.
"""


def infer_goal(metric: str) -> Goal | None:
    """The direction of a metric that Keras knows, or None."""
    name = metric.removeprefix("val_").lower()
    if any(name == word or name.endswith(f"_{word}") for word in _LOWER):
        return "minimize"
    if any(name == word or name.startswith(word) or name.endswith(word) for word in _HIGHER):
        return "maximize"
    if any(word in name for word in _LOWER):
        return "minimize"
    return None
