"""Scale features; the scale is fitted on the training split only."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from tuneit.data.nested import Array, Nested, is_text, named

Scaling = Literal["standard", "minmax", "none"]


@dataclass(frozen=True, eq=False)
class ArrayScaler:
    """Computes `(x - shift) / factor`; both broadcast over the rows of x."""

    shift: Array
    factor: Array

    def apply(self, x: Array) -> Array:
        """Return x scaled, float32, shape as given."""
        scaled = (x.astype(np.float32, copy=False) - self.shift) / self.factor
        result: Array = scaled.astype(np.float32, copy=False)
        return result


@dataclass(frozen=True, eq=False)
class Scaler:
    """One ArrayScaler per input: by name or place, a single array under "". Texts have none.

    A model that was trained on scaled features needs it to scale new rows for predictions.
    """

    kind: Scaling
    inputs: Mapping[str, ArrayScaler]

    def apply(self, x: Nested) -> Nested:
        """Return features scaled, float32, shapes as given; texts as they are."""
        scaled = {
            name: self.inputs[name].apply(array) if name in self.inputs else array
            for name, array in named(x)
        }
        if isinstance(x, dict):
            return scaled
        return tuple(scaled.values()) if isinstance(x, tuple) else scaled[""]

    def to_dict(self) -> dict[str, Any]:
        """Return shifts and factors as plain lists, for JSON."""
        inputs = {
            name: {"shift": scaler.shift.tolist(), "factor": scaler.factor.tolist()}
            for name, scaler in self.inputs.items()
        }
        return {"kind": self.kind, "inputs": inputs}


def fit_scaler(x: Nested, kind: Scaling, but: Collection[str] = ()) -> Scaler | None:
    """Fit `standard` (mean 0, standard deviation 1) or `minmax` (0 to 1) on training features.

    Rows of one axis are scaled feature by feature. Sequences (rows, time, features) are scaled
    feature by feature over all times. Pictures without a channel axis (rows, n, n) are scaled as a
    whole, because all pixels have one unit; pictures with one (rows, height, width, channels) are
    scaled channel by channel. A constant feature is shifted to 0 and not scaled. The inputs `but`
    stay as they are. Returns None for `none`.
    """
    if kind == "none":
        return None
    numbers = [
        (name, array.astype(np.float32, copy=False))
        for name, array in named(x)
        if not is_text(array) and name not in but
    ]
    return Scaler(kind, {name: _FITS[kind](array) for name, array in numbers})


def _axes(x: Array) -> tuple[int, ...]:
    """The axes over which one shift and factor is shared."""
    is_picture = x.ndim == 3 and x.shape[1] == x.shape[2]
    return tuple(range(x.ndim if is_picture else x.ndim - 1))


def _standard(x: Array) -> ArrayScaler:
    axes = _axes(x)
    # Sums in float64: a float32 sum of a large set loses the digits that matter.
    mean = x.mean(axis=axes, dtype=np.float64)
    deviation = np.sqrt(np.maximum(_mean_square(x, mean, axes), 0))
    return ArrayScaler(mean.astype(np.float32), _factor(deviation, np.abs(mean)))


def _mean_square(x: Array, mean: Array, axes: tuple[int, ...]) -> Array:
    squares: Array = np.square(x - mean.astype(np.float32)).mean(axis=axes, dtype=np.float64)
    return squares


def _minmax(x: Array) -> ArrayScaler:
    low, high = x.min(axis=_axes(x)), x.max(axis=_axes(x))
    span = high.astype(np.float64) - low
    return ArrayScaler(np.asarray(low), _factor(span, np.maximum(np.abs(low), np.abs(high))))


def _factor(spread: Array, size: Array) -> Array:
    """The factor: the spread, or 1 where the spread is below float32's resolution (a constant)."""
    constant = spread <= np.finfo(np.float32).eps * size
    return np.where(constant, 1.0, spread).astype(np.float32)


_FITS = {"standard": _standard, "minmax": _minmax}
