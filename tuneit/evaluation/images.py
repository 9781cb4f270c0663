"""A few rows as small pictures, which a report shows beside the numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROWS = 4
"""Rows of which pictures are kept."""

SIDE = 64
"""Pixels of a picture's longer side; larger images are thinned out to it."""

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Images:
    """Pictures of some rows: `pixels` is (rows, height, width) in grey, or (…, 3) in RGB.

    `title` says what they show: the input, the truth, the prediction. With `classes` the pixels are
    not grey values but the indices of so many classes.
    """

    title: str
    pixels: Pixels
    classes: int = 0


def is_image(shape: tuple[int, ...]) -> bool:
    """Whether a row of this shape can be drawn: (height, width), or with 1, 3 or 4 channels."""
    return len(shape) == 2 or (len(shape) == 3 and shape[2] in (1, 3, 4))


def pictured(title: str, values: Any, low: float, high: float, rows: int = ROWS) -> Images:
    """The first rows as pictures, `low` black and `high` white; a fourth channel is left out."""
    array = _thinned(np.asarray(values[:rows], dtype=np.float64))
    if array.ndim == 4:
        array = array[..., 0] if array.shape[3] == 1 else array[..., :3]
    spread = (high - low) or 1.0
    return Images(title, np.round(np.clip((array - low) / spread, 0, 1) * 255).astype(np.uint8))


def pictured_classes(title: str, indices: Any, classes: int) -> Images:
    """The first rows as maps of class indices; those beyond 255 count as 255."""
    return Images(title, np.minimum(_thinned(indices[:ROWS]), 255).astype(np.uint8), classes)


def pictured_inputs(inputs: Any) -> tuple[Images, ...]:
    """The first rows of the inputs as pictures; none where they are no images."""
    if not isinstance(inputs, np.ndarray) or inputs.dtype.kind not in "iufb":
        return ()
    if not is_image(inputs.shape[1:]):
        return ()
    shown = inputs[:ROWS].astype(np.float64)
    return (pictured("input", shown, float(np.nanmin(shown)), float(np.nanmax(shown))),)


def _thinned(array: NDArray[Any]) -> NDArray[Any]:
    step = max(1, -(-max(array.shape[1:3]) // SIDE))
    return array[:, ::step, ::step]
