"""Rows of data shown as PNG images in a table."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tuneit.evaluation.images import Images, Pixels
from tuneit.evaluation.worst_rows import WorstRows
from tuneit.report.charts.canvas import Picture

_SIDE = 128
"""CSS pixels of a picture's longer side."""

_WORST_SIDE = 72
"""The same in a table of ten rows."""

_CLASSES = np.array(
    [
        *((120, 128, 138), (230, 159, 0), (86, 180, 233), (0, 158, 115)),
        *((240, 228, 66), (0, 114, 178), (213, 94, 0), (204, 121, 167)),
    ]
)
"""Okabe and Ito's colours (2008) in RGB, which colour-blind readers can distinguish. Grey replaces
their black, which is invisible on a dark page."""

_COLOURS = np.tile(np.concatenate([_CLASSES, (_CLASSES + 255) // 2]), (16, 1)).astype(np.uint8)
"""The colour of each class index up to 255: eight colours, the same eight lighter, and so on."""


@dataclass(frozen=True)
class Gallery:
    """Pictures of some rows: `titles` are the columns, `rows` have a picture for each."""

    titles: tuple[str, ...]
    rows: tuple[tuple[Picture, ...], ...]


def draw_images(images: Sequence[Images], rows: str = "test row") -> Gallery | None:
    """A table with the pictures of one row of data in each row; None if there are none.

    `rows` says of which split they are.
    """
    if not images:
        return None
    columns = [
        [_picture(shown, f"{rows} {index + 1}", index) for index in range(len(shown.pixels))]
        for shown in images
    ]
    return Gallery(tuple(shown.title for shown in images), tuple(zip(*columns, strict=False)))


def draw_worst(found: WorstRows | None) -> list[Picture]:
    """The worst rows as pictures, in their order; none if they are not pictures."""
    if found is None or found.pictures is None:
        return []
    return [
        _picture(found.pictures, f"test row {row.row}", i, _WORST_SIDE)
        for i, row in enumerate(found.rows)
    ]


def draw_legend(class_names: Sequence[str]) -> list[tuple[Picture, str]]:
    """The colour of each class as a picture, and the class's name."""
    return [
        (
            _png(_COLOURS[[[min(index, 255)]]], f"Colour of the class {name} in the pictures", 14),
            name,
        )
        for index, name in enumerate(class_names)
    ]


def _picture(shown: Images, row: str, index: int, side: int = _SIDE) -> Picture:
    pixels = shown.pixels[index]
    if shown.classes:
        pixels = _COLOURS[pixels]
    elif pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=2)
    return _png(pixels, f"Picture of the {shown.title} of {row}", side)


def _png(pixels: Pixels, alt: str, side: int) -> Picture:
    """RGB pixels (height, width, 3) as a picture whose longer side has `side` CSS pixels."""
    from matplotlib.image import imsave

    buffer = io.BytesIO()
    imsave(buffer, pixels, format="png", metadata={"Software": "tuneit"})
    uri = "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
    height, width = pixels.shape[:2]
    scale = side / max(height, width)
    return Picture(uri, alt, max(1, round(width * scale)), max(1, round(height * scale)))
