"""Saving weights as HDF5, which does not bear a full disk."""

from __future__ import annotations

import math
import os
import re
from pathlib import Path
from typing import Any

_HEADS = 8192
"""Bytes that HDF5 takes at most to describe a variable, and the groups that it is in."""


def save_weights(model: Any, path: Path) -> None:
    """Save a model's weights and its optimiser's state at `path`, a .weights.h5 file.

    Raises OSError where there is no room.
    """
    if hasattr(os, "posix_fallocate"):
        # HDF5 ends the process where the disk is full when it closes a file: room is made first.
        variables = [*model.variables, *(model.optimizer.variables if model.optimizer else ())]
        data = sum(math.prod(v.shape) * _item_size(v.dtype) for v in variables)
        with path.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, data + _HEADS * (len(variables) + 8))
    model.save_weights(path)


def _item_size(dtype: str) -> int:
    """Bytes of an element: Keras's names of types, such as bfloat16, have the bits in them."""
    bits = re.search(r"\d+", dtype)
    return int(bits[0]) // 8 if bits else 1
