"""Scale features; the scale is fitted on the training split only."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from tuneit.data.nested import Array, Nested, is_text, named

Pieces = Callable[[], Iterable[Array]]
"""Gives the rows of one input anew, in pieces of float32."""

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
    return fit_in_pieces(lambda: [x], kind, but)


def fit_in_pieces(
    read: Callable[[], Iterable[Nested]], kind: Scaling, but: Collection[str] = ()
) -> Scaler | None:
    """As `fit_scaler`, of rows that are not in memory together: `read` gives them, piece by piece.

    It is called once for each input, for `standard` twice.
    """
    if kind == "none":
        return None
    first = next(iter(read()))
    numbers = [name for name, array in named(first) if not is_text(array) and name not in but]

    def pieces(name: str) -> Pieces:
        return lambda: (dict(named(x))[name].astype(np.float32, copy=False) for x in read())

    return Scaler(kind, {name: _FITS[kind](pieces(name)) for name in numbers})


def _axes(x: Array) -> tuple[int, ...]:
    """The axes over which one shift and factor is shared."""
    is_picture = x.ndim == 3 and x.shape[1] == x.shape[2]
    return tuple(range(x.ndim if is_picture else x.ndim - 1))


def _standard(pieces: Pieces) -> ArrayScaler:
    mean = _mean(pieces())
    shift = mean.astype(np.float32)
    deviation = np.sqrt(np.maximum(_mean(np.square(x - shift) for x in pieces()), 0))
    return ArrayScaler(shift, _factor(deviation, np.abs(mean)))


def _mean(pieces: Iterable[Array]) -> Array:
    total, count = np.float64(0), 0
    for x in pieces:
        # Sums in float64: a float32 sum of a large set loses the digits that matter.
        summed = x.sum(axis=_axes(x), dtype=np.float64)
        total, count = total + summed, count + x.size // summed.size
    mean: Array = np.asarray(total / count)
    return mean


def _minmax(pieces: Pieces) -> ArrayScaler:
    bounds = [(x.min(axis=_axes(x)), x.max(axis=_axes(x))) for x in pieces()]
    low = np.min([least for least, _ in bounds], axis=0)
    high = np.max([most for _, most in bounds], axis=0)
    span = high.astype(np.float64) - low
    return ArrayScaler(np.asarray(low), _factor(span, np.maximum(np.abs(low), np.abs(high))))


def _factor(spread: Array, size: Array) -> Array:
    """The factor: the spread, or 1 where the spread is below float32's resolution (a constant)."""
    constant = spread <= np.finfo(np.float32).eps * size
    return np.where(constant, 1.0, spread).astype(np.float32)


_FITS = {"standard": _standard, "minmax": _minmax}
