"""Noise: a validation score that swings more than training does."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from tuneit.diagnosis.check import LEAST_SAID, RatioLimit, number, say, severity
from tuneit.diagnosis.view import CurveView, Pair, Signal, share
from tuneit.errors.wording import figures
from tuneit.findings import Finding, Reference

MIN_EPOCHS = 6
"""Epochs from which validation is judged (chosen)."""

MIN_TO_BEST = 9
"""The fewest epochs up to the best one whose swings are measured alone (chosen)."""

SWING = RatioLimit(0.12, 1.2)
"""Noise of validation over its level and `NEAR_ZERO`, from which it hides the trend."""

NEAR_ZERO = 0.05
"""Share of the loss's fall that is added to that level: of a loss near zero any noise is large
(chosen, as in the true labels of studies/benchmarks/lab)."""

SWING_RATIO = RatioLimit(3.0, 1.25)
"""Noise of validation over noise of training: below, it is training itself that swings."""

NOISY_CERTAIN = 0.95
"""Confidence in noisy validation at the most (chosen)."""


def _binomial(metric: Pair | None, reference: Reference) -> float | None:
    """The standard error of a share measured on the validation rows, sqrt(p (1 − p) / n)."""
    if metric is None or metric.validation is None or reference.n_validation is None:
        return None
    if metric.name not in ("accuracy", "error"):
        return None
    p = min(1.0, max(0.0, metric.validation.tail))
    return math.sqrt(p * (1 - p) / max(1, reference.n_validation))


def _swing(validation: Signal) -> float:
    """The swing of the whole series or, if smaller, of its part up to the best epoch.

    The best epoch's weights are those that are kept: what swings after it, as training goes on too
    long, makes no difference to them.
    """
    kept = validation.low + 1
    if kept < MIN_TO_BEST:
        return validation.swing
    to_best = Signal(validation.values[:kept], validation.epochs[:kept])
    return min(validation.swing, to_best.swing)


def noisy_validation(view: CurveView) -> Iterable[Finding]:
    """Compare the swings of validation with training's swings, with its level, and its fall.

    Where the number of validation rows is known, the summary says how much of the metric's
    swing a set of that size explains by itself (binomial standard error).
    """
    pair = view.criterion
    if pair is None or pair.validation is None or len(pair.validation) < MIN_EPOCHS:
        return
    swing, train = _swing(pair.validation), pair.train
    # The median of the later half: a swinging series may end anywhere.
    level = float(np.median(np.abs(pair.validation.values[-max(3, len(pair.validation) // 2) :])))
    of_level = share(swing, level)
    confidence = SWING.above(share(swing, level + NEAR_ZERO * pair.scale))
    if train is not None:
        confidence *= SWING_RATIO.above(share(swing, train.noise))
    confidence = min(NOISY_CERTAIN, confidence)
    if confidence < LEAST_SAID:
        return
    expected = _binomial(view.metric, view.reference)
    evidence: dict[str, float | int | str | None] = {
        "swing": number(swing),
        "train_swing": number(train.noise) if train is not None else None,
        "swing_over_level": number(of_level),
    }
    explained = ""
    if expected is not None and view.metric is not None and view.metric.validation is not None:
        seen = view.metric.validation.noise
        evidence |= {"binomial_error": number(expected), "metric_swing": number(seen)}
        explained = (
            f"; {view.reference.n_validation} rows alone explain swings of "
            f"{say(view.metric.name, expected)} of {view.metric.full_words}, seen are "
            f"{say(view.metric.name, seen)}"
        )
    yield Finding(
        "noisy_validation",
        severity(confidence),
        confidence,
        f"validation {pair.words} swings by {figures(swing, 2)} from epoch to epoch, "
        f"{100 * of_level:.0f} % of its level{explained}",
        evidence,
        epochs_used=view.span(pair.validation),
        output=pair.output,
    )
