"""What a member of a cohort does, done for all of a stack at once.

Where TensorFlow's `vectorized_map` has no rule for an operation it loops over the members, which
costs more than all arithmetic of a small model. The rules added here hold for every use of it in
the process: they change its speed, not its results.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tuneit.training.keras_loader import load_keras

load_keras()
import tensorflow as tf  # noqa: E402
from tensorflow.python.ops.parallel_for import pfor  # noqa: E402 - not exported


def _bitcast(inputs: Any) -> Any:
    """Keras's `argmax`, hence accuracy, looks at the sign bit of each number."""
    stacked = tf.bitcast(inputs.stacked_input(0), inputs.get_attr("type"))
    return pfor.wrap(stacked, True)


RULES = {"Bitcast": _bitcast}


def add_rules() -> None:
    """Register the rules which this TensorFlow does not have."""
    for operation, rule in RULES.items():
        if operation not in pfor._pfor_converter_registry:
            pfor.RegisterPFor(operation)(rule)


def over_members(one: Callable[[Any], Any], stacked: Any, members: int) -> Any:
    """`tf.vectorized_map(one, stacked)`; a single member is computed as it is.

    `vectorized_map` converts the loops of that one as well, and TensorFlow 2.21 cannot convert the
    gradients of two loops over time that follow each other.
    """
    if members > 1:
        return tf.vectorized_map(one, stacked)
    done = one(tf.nest.map_structure(lambda tensor: tf.squeeze(tensor, 0), stacked))
    return tf.nest.map_structure(lambda tensor: tf.expand_dims(tensor, 0), done)
