"""Saving weights as HDF5, with the space reserved first."""

from __future__ import annotations

import math
import os
import re
from pathlib import Path
from typing import Any

_HEADS = 8192
"""Most bytes that HDF5 needs to describe a variable and its groups."""


def save_weights(model: Any, path: Path) -> None:
    """Save a model's weights and its optimiser's state at `path`, a .weights.h5 file.

    Raises OSError where there is no room.
    """
    if hasattr(os, "posix_fallocate"):
        # HDF5 ends the process where it closes a file on a full disk: reserve the space first.
        variables = [*model.variables, *(model.optimizer.variables if model.optimizer else ())]
        data = sum(math.prod(v.shape) * _item_size(v.dtype) for v in variables)
        with path.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, data + _HEADS * (len(variables) + 8))
    model.save_weights(path)


def _item_size(dtype: str) -> int:
    """Bytes of an element, from the bits in the name of Keras's type (bfloat16: 16)."""
    bits = re.search(r"\d+", dtype)
    return int(bits[0]) // 8 if bits else 1
