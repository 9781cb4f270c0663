"""Leaving TensorFlow's global seed as it was, without loading TensorFlow."""

from __future__ import annotations

import contextlib
import random
import sys
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def seed_kept() -> Iterator[None]:
    """Give TensorFlow's global seed back at the end: trainings set it.

    Else what a pipeline of the caller draws at random would be drawn alike after a search, and a
    second search on the same data would take them for others.
    """
    before = _context()
    seed, draws = getattr(before, "_seed", None), getattr(before, "_rng", None)
    try:
        yield
    finally:
        after = _context()
        if after is not None:
            after._seed, after._rng = seed, draws or random.Random()


def _context() -> Any:
    """TensorFlow's context, which holds the seed; None where it is not loaded."""
    module = sys.modules.get("tensorflow.python.eager.context")
    return None if module is None else module.context()
