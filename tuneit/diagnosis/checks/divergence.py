"""Divergence: a loss that stops being a number, or that training itself drives up."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from tuneit.diagnosis.check import (
    LEAST_SAID,
    MIN_EPOCHS,
    Limit,
    RatioLimit,
    number,
    severity,
)
from tuneit.diagnosis.restart import restarts
from tuneit.diagnosis.rise import measure_rise
from tuneit.diagnosis.view import CurveView, Signal, share
from tuneit.errors.wording import figures
from tuneit.findings import Finding, Severity

LOST_SHARE = RatioLimit(0.5, 1.15)
"""Share of its gains that training has lost at the end, from which it diverged."""

TIMES_LOWEST, SOME_LOST = RatioLimit(2.5, 1.2), RatioLimit(0.05, 1.25)
"""Training's final loss divided by its lowest, and the share of its gains that it lost, from which
it came back up. Both are required: the first means little near zero, the second after a fall from
far above.
"""

CAME_BACK = 0.9
"""The highest confidence in divergence by these two (chosen)."""

LOST_ALL = 10.0
"""The share of lost gains that is assumed for a run without gains."""

RELATIVE_RISE = RatioLimit(0.1, 1.25)
"""Rise of the training loss, over its lowest value, below which it has not diverged."""

RISE_Z = Limit(2.5, 0.5)
"""Standard errors of that rise, from which it is no noise."""

EXPLODED = RatioLimit(1.0, 1.3)
"""The final loss minus the first, divided by the first, from which training exploded for
certain."""

NOT_FINITE, MOST_CERTAIN, OUT_OF_PROPORTION_CERTAIN = 0.99, 0.98, 0.9
"""Confidence in divergence: if the loss is no number, the highest if it rises, and if it is out of
all proportion (chosen)."""

OUT_OF_PROPORTION = 1000.0
"""The multiple of guessing's loss that no model in training reaches (chosen)."""

MOST_CLASSES = 1000
"""An accuracy below that of guessing among this many classes (as in ImageNet) counts no classes."""

REGRESSION = frozenset({"mae", "mse", "rmse", "r2"})
"""Metrics of regressions."""

STILL = 0.02
"""A loss that moves by less than this share of itself stands still (chosen)."""


def _not_finite(view: CurveView) -> Finding | None:
    loss = view.series.get("loss")
    validation = view.series.get("val_loss")
    for name, values in (("loss", loss), ("val_loss", validation)):
        if values is None or not len(values):
            continue
        infinite = np.flatnonzero(np.isinf(values))
        index = int(infinite[0]) if len(infinite) else None
        if index is None and name == "loss" and math.isnan(values[-1]):
            # An empty cell reads as NaN too: with validation reported, only the cell is missing.
            if validation is not None and math.isfinite(validation[-1]):
                continue
            finite = np.flatnonzero(np.isfinite(values))
            index = int(finite[-1]) + 1 if len(finite) else 0
        if index is not None:
            epoch = int(view.epochs[index])
            return Finding(
                "diverged",
                Severity.CRITICAL,
                NOT_FINITE,
                f"{name} is no longer a finite number from epoch {epoch} on",
                {"quantity": name, "epoch": epoch},
                onset_epoch=epoch,
                epochs_used=len(view),
            )
    return None


def _risen(view: CurveView, train: Signal) -> Finding | None:
    rise = measure_rise(train)
    if rise.length < 2:
        return None
    lost = share(rise.size, train.fall) if train.fall > 0 else LOST_ALL
    times = CAME_BACK * TIMES_LOWEST.above(1 + rise.relative) * SOME_LOST.above(lost)
    if len(restarts(view, train)):
        # The loss jumps up on purpose, and comes back with the next small steps.
        times = 0.0
    confidence = max(LOST_SHARE.above(lost) * RELATIVE_RISE.above(rise.relative), times)
    confidence *= RISE_Z.above(rise.z)
    # Above the first epoch by a factor there is no doubt, whatever the noise.
    exploded = EXPLODED.above(share(rise.end - train.first, abs(train.first)))
    confidence = min(MOST_CERTAIN, max(confidence, exploded))
    if confidence < LEAST_SAID:
        return None
    epoch = view.epoch(train, rise.onset)
    return Finding(
        "diverged",
        severity(confidence, Severity.CRITICAL),
        confidence,
        f"the training loss rose from {figures(rise.low, 3)} at epoch {epoch} to "
        f"{figures(rise.end, 3)} (it began at {figures(train.first, 3)}): "
        "training drives the model away",
        {
            "first": number(train.first),
            "lowest": number(rise.low),
            "end": number(rise.end),
            "lost_share": number(lost),
            "z": number(rise.z),
        },
        onset_epoch=epoch,
        epochs_used=view.span(train),
    )


def _counts_classes(view: CurveView, train: Signal) -> bool:
    """Whether an accuracy shows that the loss is one of classes, where guessing costs a few nats.

    A regression's accuracy counts real targets that are predicted exactly: hardly any. And a loss
    that stays where it began did not explode, whatever its unit.
    """
    metric = view.metric
    if metric is None or metric.name != "accuracy" or not REGRESSION.isdisjoint(view.series):
        return False
    best = max(metric.shown(float(s.values.min())) for s in (metric.train, metric.validation) if s)
    still = share(float(np.ptp(train.values)), train.level) < STILL
    return best >= 1 / MOST_CLASSES and not still


def _out_of_proportion(view: CurveView, train: Signal) -> Finding | None:
    """A loss that is out of all proportion from the first epoch on: it exploded before the log."""
    usual = view.reference.guess_train_loss or view.reference.y_variance
    usual = usual or (1.0 if _counts_classes(view, train) else None)
    if usual is None or usual <= 0 or train.tail < OUT_OF_PROPORTION * usual:
        return None
    return Finding(
        "diverged",
        Severity.CRITICAL,
        OUT_OF_PROPORTION_CERTAIN,
        f"the training loss ends at {figures(train.tail, 3)}, where guessing costs about "
        f"{figures(usual, 2)}: it exploded in the first steps",
        {"end": number(train.tail), "guess_loss": number(usual)},
        onset_epoch=view.epoch(train, 0),
        epochs_used=view.span(train),
    )


def diverged(view: CurveView) -> Iterable[Finding]:
    """Look for NaN, infinity, and a training loss far above its lowest value or guessing's."""
    found = _not_finite(view)
    train = view.loss.train if view.loss is not None else None
    if found is None and train is not None and len(train) >= MIN_EPOCHS:
        found = _out_of_proportion(view, train) or _risen(view, train)
    if found is not None:
        yield found
