"""Divergence: a loss that stops being a number, or that training itself drives up."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from tuneit.diagnosis.check import MIN_EPOCHS, log_odds, number, odds, severity
from tuneit.diagnosis.rise import measure_rise
from tuneit.diagnosis.view import CurveView, Signal, share
from tuneit.findings import Finding, Severity

LOST_SHARE = 0.5
"""Training has diverged when it loses this share of what it had gained, and stays there."""


ABSURD = 1000.0
"""A loss so many times guessing's is no model's."""

MOST_CLASSES = 1000
"""An accuracy below that of guessing among so many (ImageNet's) is not one of classes."""

REGRESSION = frozenset({"mae", "mse", "rmse", "r2"})
"""Metrics that are logged of numbers."""

STILL = 0.02
"""A loss that moves by less than this share of itself stands still."""


def _not_finite(look: CurveView) -> Finding | None:
    loss = look.series.get("loss")
    validation = look.series.get("val_loss")
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
            epoch = int(look.epochs[index])
            return Finding(
                "diverged",
                Severity.CRITICAL,
                0.99,
                f"{name} is no longer a finite number from epoch {epoch} on",
                {"quantity": name, "epoch": epoch},
                onset_epoch=epoch,
                epochs_used=len(look),
            )
    return None


def _risen(look: CurveView, train: Signal) -> Finding | None:
    rise = measure_rise(train)
    if rise.length < 2:
        return None
    lost = share(rise.size, train.fall) if train.fall > 0 else 10.0
    confidence = (
        log_odds(lost, LOST_SHARE, 1.15)
        * log_odds(rise.relative, 0.1, 1.25)
        * odds(rise.z, 2.5, 0.5)
    )
    # Above the first epoch by a factor there is no doubt, whatever the noise.
    exploded = log_odds(share(rise.end - train.first, abs(train.first)), 1.0, 1.3)
    confidence = min(0.98, max(confidence, exploded))
    if confidence < 0.2:
        return None
    epoch = look.epoch(train, rise.onset)
    return Finding(
        "diverged",
        severity(confidence, Severity.CRITICAL),
        confidence,
        f"the training loss rose from {rise.low:.3g} at epoch {epoch} to {rise.end:.3g} "
        f"(it began at {train.first:.3g}): training drives the model away",
        {
            "first": number(train.first),
            "lowest": number(rise.low),
            "end": number(rise.end),
            "lost_share": number(lost),
            "z": number(rise.z),
        },
        onset_epoch=epoch,
        epochs_used=look.span(train),
    )


def _counts_classes(look: CurveView, train: Signal) -> bool:
    """Whether an accuracy shows that the loss is one of classes, which guessing makes a few nats.

    Beside a regression, an accuracy counts real targets that are hit exactly: next to none. And a
    loss that stays where it began did not explode, whatever its unit.
    """
    metric = look.metric
    if metric is None or metric.name != "accuracy" or not REGRESSION.isdisjoint(look.series):
        return False
    best = max(metric.shown(float(s.values.min())) for s in (metric.train, metric.validation) if s)
    still = share(float(np.ptp(train.values)), train.level) < STILL
    return best >= 1 / MOST_CLASSES and not still


def _absurd(look: CurveView, train: Signal) -> Finding | None:
    """A loss that is out of all proportion from the first epoch on: it exploded before the log."""
    usual = look.reference.guess_train_loss or look.reference.y_variance
    usual = usual or (1.0 if _counts_classes(look, train) else None)
    if usual is None or usual <= 0 or train.tail < ABSURD * usual:
        return None
    return Finding(
        "diverged",
        Severity.CRITICAL,
        0.9,
        f"the training loss ends at {train.tail:.3g}, where guessing costs about {usual:.2g}: it "
        "exploded in the first steps",
        {"end": number(train.tail), "guess_loss": number(usual)},
        onset_epoch=look.epoch(train, 0),
        epochs_used=look.span(train),
    )


def diverged(look: CurveView) -> Iterable[Finding]:
    """Look for NaN, infinity, and a training loss far above its lowest value or guessing's."""
    found = _not_finite(look)
    train = look.loss.train if look.loss is not None else None
    if found is None and train is not None and len(train) >= MIN_EPOCHS:
        found = _absurd(look, train) or _risen(look, train)
    if found is not None:
        yield found
