"""Clearing Keras's and TensorFlow's state between trainings, and seeding their generators."""

from __future__ import annotations

import contextlib
import gc
import random
from collections.abc import Iterator, MutableMapping
from typing import Any

from tuneit.training.keras_loader import load_keras

load_keras()
import keras  # noqa: E402
import numpy as np  # noqa: E402
from keras.src.utils.naming import reset_uids  # noqa: E402 - not exported

_GRADIENT = "CustomGradient-"


def fresh_session(seed: int) -> None:
    """Clear what Keras and TensorFlow hold of earlier trainings; seed all random generators.

    TensorFlow 2.21 never frees the gradient of a `tf.custom_gradient` that a graph used, nor the
    graph: 3.8 MB for each training of the smallest network. Removing these entries here keeps
    memory constant.
    """
    registry = _gradient_registry()
    for name in [n for n in registry if n.startswith(_GRADIENT) and n not in _BEFORE_US]:
        del registry[name]
    keras.utils.clear_session(free_memory=True)
    keras.utils.set_random_seed(seed)


def reset_names_and_seeds(seed: int) -> None:
    """Make Keras name layers and draw initial weights as after `fresh_session(seed)`.

    Clearing the session itself would empty TensorFlow's cache of kernels, after which building a
    small model takes three times as long, and collect garbage. The global random generators are
    not reset; a builder that draws from them is recognised afterwards.
    """
    reset_uids()
    random.seed(seed)
    np.random.seed(seed)
    seed_graphs(seed)


def make_deterministic() -> None:
    """Let TensorFlow choose operations that give the same numbers each time.

    An operation that has none raises an error where it is called.
    """
    import tensorflow as tf

    tf.config.experimental.enable_op_determinism()


def seed_graphs(seed: int) -> None:
    """Seed the operations of graphs that are made from now on, as `fresh_session(seed)` does.

    A `fit` within a builder shuffles by them. `tf.random.set_seed` does the same, but also empties
    TensorFlow's cache of kernels, after which building a model takes three times as long.
    """
    from tensorflow.python.eager import context  # not exported

    context.context()._seed, context.context()._rng = seed, random.Random(seed)


def global_draws() -> tuple[object, object]:
    """The states of Keras's and TensorFlow's global generators; None for one not drawn from.

    Operations without a seed draw from these (`keras.random.normal(shape)`,
    `tf.random.normal(shape)`). Initializers and layers draw their seeds from Python's generator.
    """
    from keras.src.backend.common import global_state  # not exported
    from tensorflow.python.eager import context

    keras_generator = global_state.get_global_attribute("global_seed_generator")
    by_keras = None if keras_generator is None else keras_generator.state.numpy().tolist()
    generator, seed = getattr(context.context(), "_rng", None), context.global_seed()
    if generator is None or generator.getstate() == random.Random(seed).getstate():
        return by_keras, None
    return by_keras, generator.getstate()


@contextlib.contextmanager
def short_collections() -> Iterator[None]:
    """Let the garbage collector skip the objects that exist now (TensorFlow's 300,000).

    It saves 20 to 30 ms a trial, since Keras collects whenever it clears its session. If the
    program has frozen objects itself, they stay frozen, since only all can be unfrozen.
    """
    gc.collect()
    frozen_before = gc.get_freeze_count()
    gc.freeze()
    try:
        yield
    finally:
        if not frozen_before:
            gc.unfreeze()


def _gradient_registry() -> MutableMapping[str, Any]:
    try:
        from tensorflow.python.framework import ops

        registry: MutableMapping[str, Any] = ops.gradient_registry._registry
    except (ImportError, AttributeError):
        return {}  # another version of TensorFlow
    return registry


# Models that the user made before the search may still need theirs.
_BEFORE_US = frozenset(_gradient_registry())
