"""Convert NumPy numbers, which users' code may compute with, to Python numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


def plain(given: Any) -> Any:
    """The same value with Python numbers for NumPy's, also inside mappings, lists and tuples."""
    if isinstance(given, np.generic):
        return given.item()
    if isinstance(given, Mapping):
        return {key: plain(value) for key, value in given.items()}
    if type(given) in (list, tuple):
        return type(given)(map(plain, given))
    return given
