"""Leaving TensorFlow's global randomness as it was, without loading TensorFlow."""

from __future__ import annotations

import contextlib
import random
import sys
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def randomness_kept() -> Iterator[None]:
    """Give TensorFlow's global seed and choice of operations back: trainings set them.

    Else what a pipeline of the caller draws at random would be drawn alike after a search, and a
    second search on the same data would take them for others. After a search with
    `deterministic`, a `fit` of the caller's own without a seed would raise an error.
    """
    before = _loaded("eager.context")
    context = None if before is None else before.context()
    seed, draws = getattr(context, "_seed", None), getattr(context, "_rng", None)
    config = _loaded("framework.config")
    deterministic = config is not None and config.is_op_determinism_enabled()
    try:
        yield
    finally:
        after = _loaded("eager.context")
        if after is not None:
            after.context()._seed, after.context()._rng = seed, draws or random.Random()
        config = _loaded("framework.config")
        if config is not None and not deterministic:
            config.disable_op_determinism()


def _loaded(module: str) -> Any:
    """TensorFlow's module of that name; None where it is not loaded."""
    return sys.modules.get(f"tensorflow.python.{module}")
