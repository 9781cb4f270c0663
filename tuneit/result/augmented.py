"""The file `augmented.npz`: pictures of training rows before and after augmentation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuneit.errors.writing import writing
from tuneit.evaluation.images import Images

if TYPE_CHECKING:
    from tuneit.result.search_result import SearchResult


def keep_examples(result: SearchResult) -> None:
    """Write the examples at the best trial's strengths; nothing where none are to be shown.

    Raises as `writing` does.
    """
    augmentation, best = result.prepared.builder.augmentation, result.best_or_none
    if augmentation is None or best is None:
        return
    from tuneit.training.builders.augmented_examples import augmented_examples

    shown = augmented_examples(augmentation, result.prepared.dataset, best.params)
    if shown:
        named: dict[str, Any] = {one.title: one.pixels for one in shown}
        result.folder.claim()
        with writing(result.folder.augmented):
            np.savez_compressed(result.folder.augmented, **named)


def load_examples(file: Path) -> tuple[Images, ...]:
    """Read the examples; none where the file is missing or cannot be read."""
    try:
        with np.load(file) as arrays:
            return tuple(Images(title, arrays[title]) for title in arrays.files)
    except (OSError, ValueError):
        return ()
