"""The curves of a classifier's classes: what happens at each threshold."""

from __future__ import annotations

from tuneit.evaluation.class_rows import ClassRows
from tuneit.evaluation.threshold_curve import ThresholdCurve, threshold_curve

MOST_CURVES = 10
"""Classes up to which each has its curve."""

_POINTS_OF_MANY = 150
"""Points of a curve where several classes have one each."""


def positive_curve(rows: ClassRows, other: ClassRows | None = None) -> ThresholdCurve | None:
    """The curve of the second of two classes; None where there are more, or no scores.

    It also has points at the thresholds of the `other` rows' curve, so that a threshold that was
    chosen there is exact here.
    """
    if rows.scores is None:
        return None
    also = None if other is None else positive_curve(other)
    return threshold_curve(
        rows.names[1],
        rows.true == 1,
        rows.scores,
        rows.weight,
        None if also is None else also.thresholds,
    )


def class_curves(rows: ClassRows, other: ClassRows | None = None) -> tuple[ThresholdCurve, ...]:
    """The curve of the positive class, or one against all others for each of several classes."""
    count, shares = len(rows.names), rows.probabilities
    if count == 2:
        curve = positive_curve(rows, other)
        return () if curve is None else (curve,)
    if shares is None or shares.shape[1] != count or count > MOST_CURVES:
        return ()
    found = (
        threshold_curve(
            name, rows.true == index, shares[:, index], rows.weight, most=_POINTS_OF_MANY
        )
        for index, name in enumerate(rows.names)
    )
    return tuple(curve for curve in found if curve is not None)
