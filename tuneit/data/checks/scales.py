"""Find constant features, extreme values, and features of very different sizes."""

from __future__ import annotations

import numpy as np

from tuneit.data.checks.sample import feature_name, flat, is_tabular
from tuneit.data.dataset import Array, Dataset
from tuneit.data.extreme_values import Extreme, find_extremes
from tuneit.errors.wording import figures
from tuneit.findings import Finding, Severity

RATIO = 1e3
"""Largest by smallest standard deviation. The condition of the loss surface grows with its square
(LeCun et al. 1998, Efficient BackProp, section 4.3), which makes gradient descent slow."""

GRAVE_RATIO = 1e6
"""From this ratio on, the smaller feature is below the rounding of float32 sums with the other."""

GRAVE_SIZE = 1e5
"""A standard deviation of this size saturates or diverges networks with usual initial weights."""


def check_scales(dataset: Dataset) -> tuple[Finding, ...]:
    """Compare the standard deviations of training features."""
    x = flat(dataset.train.x)
    deviation = x.std(axis=0, dtype=np.float64)
    size = np.maximum(np.abs(x.max(axis=0)), np.abs(x.min(axis=0)))
    constant = deviation <= np.finfo(np.float32).eps * size
    return (
        *_constant(dataset, constant),
        *_extreme(dataset, x),
        *_wild(dataset, deviation, constant),
    )


def _constant(dataset: Dataset, constant: Array) -> tuple[Finding, ...]:
    """Find features whose standard deviation over the training rows is zero, but for rounding."""
    indices = np.flatnonzero(constant)
    # The border of pictures may be constant; a picture may not.
    if not len(indices) or not (is_tabular(dataset) or constant.all()):
        return ()
    listed = ", ".join(f"'{feature_name(dataset, int(i))}'" for i in indices[:5])
    more = f" and {len(indices) - 5} more" if len(indices) > 5 else ""
    return (
        Finding(
            "constant_features",
            Severity.INFO,
            1.0,
            f"{len(indices)} of {len(constant)} features never change in training ({listed}{more})"
            " and cannot help",
            {"count": len(indices), "features": len(constant)},
        ),
    )


def _extreme(dataset: Dataset, x: Array) -> tuple[Finding, ...]:
    if not is_tabular(dataset):
        return ()
    return tuple(_one_extreme(dataset, extreme) for extreme in find_extremes(x))


def _one_extreme(dataset: Dataset, extreme: Extreme) -> Finding:
    name = feature_name(dataset, extreme.feature)
    # A note from before scaling has the values in the data's own unit.
    noted = (note for note in dataset.notes if note.startswith(f"feature '{name}' has "))
    return Finding(
        "extreme_values",
        Severity.WARNING,
        0.8,
        next(noted, extreme.sentence(name)),
        {
            "feature": name,
            "count": extreme.count,
            "value": extreme.value,
            "median": extreme.median,
        },
    )


def _wild(dataset: Dataset, deviation: Array, constant: Array) -> tuple[Finding, ...]:
    """Compare the largest and the smallest standard deviation of a table's features."""
    varying = np.flatnonzero(~constant)
    if len(varying) == 0 or not is_tabular(dataset):
        # Pixels of a dark border vary little, which is no fault as all pixels have one unit.
        return ()
    large = int(varying[np.argmax(deviation[varying])])
    small = int(varying[np.argmin(deviation[varying])])
    ratio = float(deviation[large] / deviation[small])
    grave = ratio >= GRAVE_RATIO or deviation[large] >= GRAVE_SIZE
    if ratio < RATIO and not grave:
        return ()
    return (
        Finding(
            "wild_scales",
            Severity.WARNING if grave else Severity.INFO,
            0.9,
            f"features differ in size: '{feature_name(dataset, large)}' has a standard deviation "
            f"of {figures(deviation[large], 3)}, '{feature_name(dataset, small)}' of "
            f"{figures(deviation[small], 3)}; networks train better with `scale: standard`",
            {
                "largest": round(float(deviation[large]), 6),
                "smallest": float(deviation[small]),
                "ratio": round(ratio, 1),
            },
        ),
    )
