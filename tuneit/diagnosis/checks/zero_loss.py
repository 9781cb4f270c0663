"""A training loss of exactly zero in every epoch."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tuneit.diagnosis.check import GOOD
from tuneit.diagnosis.checks.divergence import REGRESSION
from tuneit.diagnosis.view import CurveView
from tuneit.findings import Finding, Severity

WRITTEN = 4
"""Decimals up to which a log may have rounded a small loss to zero."""

CERTAIN, PERHAPS_ROUNDED = 0.97, 0.4
"""Confidence where another series has more decimals, and where the log may be rounded (chosen)."""

LOOK = "look for a loss, sample weights or targets that are all 0"

WRITE = (
    "write Dense(1, activation='sigmoid') and loss='binary_crossentropy' for two classes, "
    "Dense(classes, activation='softmax') and one-hot rows or sparse_categorical_crossentropy for "
    f"more, and {LOOK}"
)
"""What to write instead where the targets are, or may be, classes."""


def zero_loss(view: CurveView) -> Iterable[Finding]:
    """Look for a loss that is 0.0 from the first epoch on; one epoch is enough.

    The first epoch's loss is a mean over steps that began with random weights: it is zero only
    where the loss does not depend on the answers, as a categorical cross-entropy over one unit,
    weights of 0, or targets that are all zero.
    """
    loss = view.series.get("loss")
    if loss is None or not len(loss) or np.any(loss != 0):
        return
    sure = PERHAPS_ROUNDED if _may_be_rounded(view) else CERTAIN
    numbers = "accuracy" not in view.series and any(name in view.series for name in REGRESSION)
    write = LOOK if numbers else WRITE
    yield Finding(
        "zero_loss",
        Severity.CRITICAL if sure == CERTAIN else Severity.INFO,
        sure,
        "the training loss is exactly 0 from the first epoch on, so that there is no gradient: the "
        f"loss does not depend on the model's answers; {write}",
        {"epochs": len(loss), "write": write},
        onset_epoch=int(view.epochs[0]),
        epochs_used=len(view),
    )


def _may_be_rounded(view: CurveView) -> bool:
    """Whether all other series have few decimals, and accuracy does not contradict the zero."""
    accuracy = view.series.get("accuracy")
    if accuracy is not None and (accuracy < GOOD).any():
        return False
    others = [v for name, values in view.series.items() if "loss" not in name for v in values]
    fractions = np.array([v for v in others if np.isfinite(v) and v != round(v)])
    return bool(len(fractions)) and bool(np.all(fractions == np.round(fractions, WRITTEN)))
