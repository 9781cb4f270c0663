"""Mixup: training on mixtures of pairs of rows (Zhang et al., "mixup", ICLR 2018)."""

from __future__ import annotations

from typing import Any

from tuneit.training.keras_loader import load_keras

load_keras()
import tensorflow as tf  # noqa: E402


def mixed(batch: Any, alpha: float, seed: Any) -> Any:
    """Mix each row of a batch with another row of it: inputs, targets and weights alike.

    A row's share λ is drawn from the distribution Beta(alpha, alpha); the rest is the other row's.
    `batch` is a nested structure of tensors whose first axis has the rows; texts and whole numbers
    among them stay as they are. `seed`, two whole numbers, decides the pairs and the shares.
    """
    rows = tf.shape(tf.nest.flatten(batch)[0])[0]
    first, second, third = tf.unstack(tf.random.split(seed, 3))
    kept = tf.random.stateless_gamma([rows], first, alpha=alpha)
    left = tf.random.stateless_gamma([rows], second, alpha=alpha)
    # Of a small alpha both numbers may be 0: such a row stays as it is.
    share = tf.where(kept + left > 0, kept / tf.maximum(kept + left, 1e-30), 1.0)
    other = tf.argsort(tf.random.stateless_uniform([rows], third))

    def mix(part: Any) -> Any:
        if not part.dtype.is_floating:
            return part
        ours = tf.cast(tf.reshape(share, [-1] + [1] * (part.shape.rank - 1)), part.dtype)
        return ours * part + (1 - ours) * tf.gather(part, other)

    return tf.nest.map_structure(mix, batch)
