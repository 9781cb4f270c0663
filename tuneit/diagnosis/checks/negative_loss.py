"""A loss of classes below zero, which no cross-entropy can reach with targets from 0 to 1."""

from __future__ import annotations

from collections.abc import Iterable

from tuneit.diagnosis.check import number
from tuneit.diagnosis.checks.divergence import MOST_CLASSES, REGRESSION
from tuneit.diagnosis.view import CurveView
from tuneit.errors.wording import figures
from tuneit.findings import Finding, Severity

LOWEST = -1.0
"""A negated share, such as -Dice or -cosine, is never below this."""

CERTAIN = 0.97
"""Confidence that targets lie outside of 0 to 1 (chosen: nobody has shown another cause)."""

WRITE = (
    "look at np.unique(y): write y = y / y.max() or labels 0 and 1 for binary_crossentropy, "
    "one-hot rows for categorical_crossentropy, or loss='mse' and activation=None for numbers"
)


def negative_loss(view: CurveView) -> Iterable[Finding]:
    """Look for a loss of classes that is negative; one epoch is enough.

    -y log p - (1 - y) log(1 - p) is below zero only where y lies outside of 0 to 1, and then it has
    no lowest value. Other losses may be negative, a density's or a cosine: the check asks for an
    accuracy, or a known number of classes, beside it.
    """
    loss = view.series.get("loss")
    if loss is None or not len(loss) or not loss.min() < LOWEST or not _is_of_classes(view):
        return
    first = int((loss < LOWEST).argmax())
    end = number(float(loss[-1]))
    yield Finding(
        "negative_loss",
        Severity.CRITICAL,
        CERTAIN,
        f"the loss is {figures(end)}, but a cross-entropy is never negative: some targets lie "
        f"outside of 0 to 1, and it falls without an end; {WRITE}",
        {"end": end, "lowest": number(float(loss.min())), "write": WRITE},
        onset_epoch=int(view.epochs[first]),
        epochs_used=len(view),
    )


def _is_of_classes(view: CurveView) -> bool:
    if view.reference.n_classes:
        return True
    accuracy = view.series.get("accuracy")
    if accuracy is None or not REGRESSION.isdisjoint(view.series):
        return False
    return bool((accuracy >= 1 / MOST_CLASSES).any())
