"""What more data would bring: scores with a quarter, half and all of the training rows.

If the error falls as a power of the number of rows, each doubling of the rows gains a fixed share
of what the doubling before it gained (Hestness et al., "Deep learning scaling is predictable,
empirically", 2017). Not all errors fall in this way: about 15 % of such curves are ill-behaved (Yan
et al., LCDB 1.1, 2025).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Any, Literal

import numpy as np

from tuneit.errors.wording import figures
from tuneit.treatments.arm import Arm, Run

SHARES = (0.25, 0.5, 1.0)
"""The shares of the training rows that are compared."""

PAIRS = 5
"""Pairs for each share."""

STEEPEST = 1.0
"""A doubling is expected to gain at most as much as the one before it: a power law flattens."""

_RESAMPLES = 4_000
_ALPHA = 0.05

Answer = Literal["verified", "not_shown", "unknown"]


@dataclass(frozen=True)
class DataProbe:
    """Scores by the number of training rows, and what twice the rows would gain.

    `scores` has a list for each of `rows`, one score a pair. `gain` is what twice the rows are
    expected to gain, positive if the objective gets better, with its 95 % interval. It is None if
    the scores do not follow a power law; `status` is then "unknown".
    """

    rows: tuple[int, ...]
    scores: tuple[tuple[float, ...], ...]
    status: Answer
    reason: str
    gain: float | None = None
    interval: tuple[float, float] | None = None
    seconds: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-ready form."""
        return {
            "rows": list(self.rows),
            "scores": [list(scores) for scores in self.scores],
            "status": self.status,
            "reason": self.reason,
            "gain": self.gain,
            "interval": None if self.interval is None else list(self.interval),
            "pairs": len(self.scores[-1]) if self.scores else 0,
            "seconds": round(self.seconds, 3),
        }


def arms_of_probe(baseline: Arm, epochs: int) -> list[Arm]:
    """The baseline with a quarter and half of the rows, and as many steps of training.

    An epoch on half of the rows has half of the steps, so the limit of epochs is doubled.
    """
    return [
        replace(
            baseline,
            action="more_data",
            change=f"{share:g} of the training rows",
            params={**baseline.params, "epochs": round(epochs / share)},
            share=share,
        )
        for share in SHARES[:-1]
    ]


def probe(
    runs: Sequence[Sequence[Run]], rows: Sequence[int], *, sign: float, worth: float
) -> DataProbe:
    """Extrapolate from the runs of each part of the rows, the smallest part first.

    A pair counts only if it was trained on every part. `sign` is +1 where a higher score is better;
    `worth` is the least relevant gain.
    """
    known = [{r.pair: r.score for r in part if r.score is not None} for part in runs]
    pairs = sorted(set.intersection(*(set(part) for part in known)))
    scores = tuple(tuple(float(part[pair]) for pair in pairs) for part in known)
    seconds = sum(run.seconds for part in runs[:-1] for run in part)
    if len(pairs) < 3:
        reason = f"only {len(pairs)} pairs were trained: at least 3 are needed"
        return DataProbe(tuple(rows), scores, "unknown", reason, seconds=seconds)
    steps = sign * np.diff(np.asarray(scores), axis=0)
    status, reason, gain, interval = _extrapolate(steps, worth)
    return DataProbe(tuple(rows), scores, status, reason, gain, interval, seconds)


def _extrapolate(
    steps: np.ndarray[Any, Any], worth: float
) -> tuple[Answer, str, float | None, tuple[float, float] | None]:
    """Predict the gain of the next doubling of the rows from those of two, shape (2, pairs)."""
    rng = np.random.default_rng(0)
    drawn = rng.integers(0, steps.shape[1], (_RESAMPLES, steps.shape[1]))
    means = steps[:, drawn].mean(axis=2)
    first, second = (fmean(step) for step in steps)
    if first <= 0:
        if second <= worth:
            return "not_shown", "neither doubling of the rows gained anything", None, None
        return (
            "unknown",
            "half of the rows score no better than a quarter of them, but all rows score better "
            "than half: this is no power law, so the gain of more rows cannot be predicted",
            None,
            None,
        )
    gains = _next_gain(means[0], means[1])
    low, high = np.quantile(gains, [_ALPHA / 2, 1 - _ALPHA / 2])
    gain = float(_next_gain(np.asarray([first]), np.asarray([second]))[0])
    interval = (float(low), float(high))
    if low > 0 and gain >= worth:
        return "verified", f"twice the rows are expected to gain {figures(gain, 2)}", gain, interval
    reason = (
        "the last doubling of the rows gained nothing"
        if second <= 0
        else "the expected gain may be none"
        if low <= 0
        else f"the expected gain is less than is worth naming ({figures(worth, 2)})"
    )
    return "not_shown", reason, gain, interval


def _next_gain(first: np.ndarray[Any, Any], second: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The third term of a geometric series, at most the second term and with its sign."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(first > 0, second / first, STEEPEST)
    shrunk: np.ndarray[Any, Any] = second * np.clip(ratio, 0.0, STEEPEST)
    # If the last doubling lowered the score, no gain is predicted.
    return np.where(second < 0, np.minimum(second, 0.0), shrunk)
