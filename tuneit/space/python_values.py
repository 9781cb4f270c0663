"""Python's own numbers for NumPy's, which users' code computes with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


def plain(given: Any) -> Any:
    """The same with Python's numbers for NumPy's, in mappings, lists and tuples too."""
    if isinstance(given, np.generic):
        return given.item()
    if isinstance(given, Mapping):
        return {key: plain(value) for key, value in given.items()}
    if type(given) in (list, tuple):
        return type(given)(map(plain, given))
    return given
