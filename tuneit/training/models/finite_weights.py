"""Find weights that are no longer finite numbers; the loss may be finite all the same.

Where TensorFlow computes Dense, bias and ReLU as one oneDNN operation (on processors with
AVX512_BF16, say), it turns NaN into 0: a network of NaN goes on with the loss of a constant.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from tuneit.training.keras_loader import load_keras

load_keras()
import keras  # noqa: E402
import numpy as np  # noqa: E402
from numpy.typing import NDArray  # noqa: E402

_FLOATS = ("float16", "bfloat16", "float32", "float64")


def non_finite_weight(model: Any, constants: Collection[str] = ()) -> str | None:
    """The path of the model's first weight that is NaN or infinite, or None.

    `constants` are paths to skip: those of constants that were not finite before training.
    """
    variables = _variables(model)
    return first_non_finite(variables, _are_finite(variables), constants)


def non_finite_constants(model: Any) -> frozenset[str]:
    """Paths of non-trainable variables that are not finite before training, such as -inf masks."""
    held = model.non_trainable_variables
    flags = _are_finite(held)
    return frozenset(v.path for v, finite in zip(held, flags, strict=True) if not finite)


def first_non_finite(
    variables: Sequence[Any], finite: Iterable[Any], constants: Collection[str]
) -> str | None:
    """The path of the first variable whose flag is False and which is no constant."""
    flagged = zip(variables, finite, strict=True)
    return next((v.path for v, fine in flagged if not fine and v.path not in constants), None)


def finite_members(stacks: Sequence[Any]) -> NDArray[np.bool_]:
    """Whether tensors of stacked members are finite: bool of shape (tensors, members)."""
    import tensorflow as tf

    def flags(stack: Any) -> Any:
        if stack.dtype.name not in _FLOATS:
            return tf.ones(stack.shape[0], tf.bool)
        finite = tf.math.is_finite(stack)
        axes = range(1, finite.shape.rank)
        return tf.reduce_all(finite, list(axes)) if axes else finite

    found: NDArray[np.bool_] = tf.stack([flags(stack) for stack in stacks]).numpy()
    return found


def _variables(model: Any) -> list[Any]:
    return [*model.trainable_variables, *model.non_trainable_variables]


def _are_finite(variables: Sequence[Any]) -> list[bool]:
    """Whether all values of each variable are finite; integers always are.

    The device sums the squares of each variable, in one operation without a mask, and one transfer
    fetches the sums. NaN and infinity survive a sum; where squares are too large for it the values
    themselves are looked at.
    """
    places = [i for i, v in enumerate(variables) if v.dtype in _FLOATS]
    finite = [True] * len(variables)
    if places:
        sums = _sums_of_squares([variables[i].value for i in places])
        for place in np.array(places)[~np.isfinite(sums)]:
            finite[place] = bool(keras.ops.all(keras.ops.isfinite(variables[place].value)))
    return finite


def _sums_of_squares(tensors: Sequence[Any]) -> NDArray[np.float64]:
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        # A fifth of the time that the same takes through keras.ops.
        sums = tf.stack([tf.cast(tf.nn.l2_loss(tensor), tf.float32) for tensor in tensors])
    else:
        squares = [keras.ops.sum(keras.ops.square(tensor)) for tensor in tensors]
        sums = keras.ops.stack([keras.ops.cast(square, "float32") for square in squares])
    return np.asarray(keras.ops.convert_to_numpy(sums), np.float64)
