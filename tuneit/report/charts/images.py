"""Rows of data as images: PNG pictures in a table of rows and columns."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tuneit.evaluation.images import Images, Pixels
from tuneit.report.charts.canvas import Picture

_SIDE = 128
"""CSS pixels of a picture's longer side."""

_CLASSES = (
    *("#2b2f36", "#e69f00", "#56b4e9", "#009e73"),
    *("#f0e442", "#0072b2", "#d55e00", "#cc79a7"),
)
"""Okabe and Ito's colours (2008), told apart with any colour vision."""


@dataclass(frozen=True)
class Gallery:
    """Pictures of some rows: `titles` are the columns, `rows` have a picture for each."""

    titles: tuple[str, ...]
    rows: tuple[tuple[Picture, ...], ...]


def class_colour(index: int) -> str:
    """The colour of a class: eight, then the same ones lighter, then these again."""
    colour = _CLASSES[index % len(_CLASSES)]
    if (index // len(_CLASSES)) % 2 == 0:
        return colour
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{(part + 255) // 2:02x}" for part in parts)


def draw_images(images: Sequence[Images]) -> Gallery | None:
    """A table of pictures, a row of data in each of its rows; None where there are none."""
    if not images:
        return None
    columns = [[_picture(shown, index) for index in range(len(shown.pixels))] for shown in images]
    return Gallery(tuple(shown.title for shown in images), tuple(zip(*columns, strict=False)))


def _picture(shown: Images, index: int) -> Picture:
    from matplotlib.image import imsave

    pixels = _coloured(shown.pixels[index], shown.classes)
    buffer = io.BytesIO()
    imsave(buffer, pixels, format="png", metadata={"Software": "tuneit"})
    uri = "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
    height, width = pixels.shape[:2]
    scale = _SIDE / max(height, width)
    alt = f"{shown.title} of test row {index + 1}"
    return Picture(uri, alt, max(1, round(width * scale)), max(1, round(height * scale)))


def _coloured(pixels: Pixels, classes: int) -> Any:
    """Pixels as RGB (height, width, 3): grey values repeated, class indices by their colours."""
    if classes:
        names = [class_colour(index) for index in range(256)]
        table = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in names], np.uint8)
        return table[pixels]
    return np.repeat(pixels[..., None], 3, axis=2) if pixels.ndim == 2 else pixels
