"""Maps the computation of one member over all members of a stack.

Where TensorFlow's `vectorized_map` has no rule for an operation, it loops over the members, which
takes longer than all arithmetic of a small model. The rules added here hold for the whole process.
They change the speed of `vectorized_map`, not its results.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tuneit.training.keras_loader import load_keras

load_keras()
import tensorflow as tf  # noqa: E402
from tensorflow.python.ops.parallel_for import pfor  # noqa: E402 - not exported


def add_rules() -> None:
    """Register the rules that this TensorFlow does not have.

    There is one, for `tf.bitcast`, by which Keras's `argmax`, and so accuracy, reads the sign bit.
    """

    def bitcast(inputs: Any) -> Any:
        stacked = tf.bitcast(inputs.stacked_input(0), inputs.get_attr("type"))
        return pfor.wrap(stacked, True)

    if "Bitcast" not in pfor._pfor_converter_registry:
        pfor.RegisterPFor("Bitcast")(bitcast)


def over_members(one: Callable[[Any], Any], stacked: Any, members: int) -> Any:
    """`tf.vectorized_map(one, stacked)`, but a single member is computed without it.

    `vectorized_map` converts loops even for one member, and TensorFlow 2.21 cannot convert the
    gradients of two loops over time that follow each other.
    """
    if members > 1:
        return tf.vectorized_map(one, stacked)
    done = one(tf.nest.map_structure(lambda tensor: tf.squeeze(tensor, 0), stacked))
    return tf.nest.map_structure(lambda tensor: tf.expand_dims(tensor, 0), done)
