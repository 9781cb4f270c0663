"""The training rows in batches, in an order that is the same for every trainer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tuneit.data.dataset import Array, Dataset, Nested, Split
from tuneit.data.nested import has_targets, is_text, map_arrays
from tuneit.data.weights import ByClass, class_weights_of, row_weights
from tuneit.errors import DataError
from tuneit.study.parameters import CLASS_WEIGHTS
from tuneit.training.fitting.mixup import mixed
from tuneit.training.keras_loader import load_keras

load_keras()
import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402


@dataclass(frozen=True, eq=False)
class Rows:
    """A split of the data as tensors on the device; `x` and `y` as the model takes them.

    `y` is () where there are no targets.
    """

    x: Any
    y: Any
    count: int

    @classmethod
    def of(cls, split: Split) -> Rows:
        """Convert as `keras.Model.fit` does: real numbers to Keras's float type."""
        return cls(tensors(split.x), tensors(split.y), len(split))

    def gather(self, rows: Any) -> Any:
        """`x` and `y` of the given rows, in their order."""
        return tf.nest.map_structure(lambda t: tf.gather(t, rows), (self.x, self.y))

    def part(self, first: Any, count: Any) -> Any:
        """`x` and `y` of `count` rows from the row `first` on."""
        return tf.nest.map_structure(lambda t: t[first : first + count], (self.x, self.y))


def tensors(nested: Nested) -> Any:
    """Arrays as TensorFlow's tensors: real numbers in Keras's float type, texts as strings."""
    return map_arrays(_tensor, nested)


def _tensor(array: Array) -> Any:
    if is_text(array):
        return tf.constant(array.tolist(), tf.string)
    return tf.constant(array, keras.config.floatx() if array.dtype.kind == "f" else None)


def with_texts(x: Nested) -> Any:
    """Inputs as `keras.Model.fit` and `predict` take them: arrays, but texts as tensors."""
    return map_arrays(lambda array: _tensor(array) if is_text(array) else array, x)


def shuffled(seed: int, epoch: int, rows: int) -> np.ndarray[Any, np.dtype[np.int32]]:
    """The order of a training's rows in an epoch (from 0), which its seed decides."""
    return np.random.default_rng([seed, epoch]).permutation(rows).astype(np.int32)


def drawn(seed: int, epoch: int, rows: int, count: int) -> np.ndarray[Any, np.dtype[np.int32]]:
    """The `count` rows of an epoch (from 0), in their order.

    An epoch continues where the last one stopped; once all rows were used they are shuffled again.
    """
    begin = epoch * count
    first, last = begin // rows, -(-(begin + count) // rows)
    order = np.concatenate([shuffled(seed, index, rows) for index in range(first, last)])
    return order[begin - first * rows :][:count]


def may_weigh(dataset: Dataset, choice: Any) -> bool:
    """Whether `weights_of` may return weights: of rows, of classes, or by the choice."""
    given = dataset.class_weight is not None or dataset.train.weight is not None
    return given or choice in CLASS_WEIGHTS


def weights_of(dataset: Dataset, choice: Any) -> Nested | None:
    """The weight of each training row, as `row_weights`; None if all count alike.

    `choice` is the value of the hyperparameter `class_weight`. A value that is not among the
    study's choices belongs to a hyperparameter of the builder's own and is ignored. Raises
    DataError for a choice that does not suit the data.
    """
    by_class = chosen_class_weights(dataset, choice)
    return row_weights(dataset.train, by_class, dataset.outputs)


def chosen_class_weights(dataset: Dataset, choice: Any) -> tuple[ByClass | None, ...]:
    """The class weights of each output; `choice` and errors are those of `weights_of`."""
    try:
        return class_weights_of(dataset, choice if choice in CLASS_WEIGHTS else None)
    except ValueError as error:
        raise DataError(str(error)) from None


class Shuffling(keras.callbacks.Callback):  # type: ignore[misc]
    """Gives `keras.Model.fit` batches whose rows come in the order of `drawn`.

    An epoch has `steps` batches, or all rows once where that is None. With `mixup`, the alpha of
    `mixed`, each batch has mixtures of its rows.

    `fit` itself would shuffle arrays by a generator whose order other trainers and resumed
    trainings cannot repeat. It is a callback in order to know the epoch. The pipeline is like that
    of `fit`: indices first, then one gather a batch.
    """

    def __init__(
        self,
        split: Split,
        batch_size: int,
        seed: int,
        weights: Nested | None = None,
        steps: int | None = None,
        mixup: float | None = None,
    ) -> None:
        super().__init__()
        self._count = len(split) if steps is None else steps * batch_size
        self._rows = Rows.of(split)
        self._weights = () if weights is None else (tensors(weights),)
        self._batch_size = batch_size
        self._seed = seed
        self._epoch = 0
        self._mixup = mixup

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Remember the epoch (from 0), whose first batch is drawn next."""
        self._epoch = epoch

    def batches(self) -> Any:
        """A `tf.data.Dataset` of an epoch's batches for `fit(shuffle=False)`.

        They are (x, y), (x, y, weights) where rows are weighted, or x alone without targets.
        """
        count, size = self._count, self._batch_size

        def order(_: Any) -> Any:
            return tf.ensure_shape(tf.numpy_function(self._draw, [], tf.int32), [count])

        def cut(order: Any) -> Any:
            whole = tf.reshape(order[: count - count % size], [-1, size])
            batches = tf.data.Dataset.from_tensor_slices(whole)
            if not count % size:
                return batches
            return batches.concatenate(tf.data.Dataset.from_tensors(order[-(count % size) :]))

        indices = tf.data.Dataset.range(1).map(order).flat_map(cut)
        y = (self._rows.y,) if has_targets(self._rows.y) else ()
        data = tf.data.Dataset.from_tensors((self._rows.x, *y, *self._weights)).repeat()

        def gather(rows: Any, data: Any) -> Any:
            parts = tf.nest.map_structure(lambda t: tf.gather(t, rows), data)
            if self._mixup is not None:
                epoch = tf.numpy_function(lambda: np.int32(self._epoch), [], tf.int32)
                # The first row of a batch tells it from the others of its epoch.
                seed = tf.stack([self._seed % 2**31, epoch]) + tf.stack([0, rows[0] * 10_000])
                parts = mixed(parts, self._mixup, seed)
            return keras.utils.pack_x_y_sample_weight(*parts)

        batches = tf.data.Dataset.zip((indices, data)).map(
            gather, num_parallel_calls=tf.data.AUTOTUNE
        )
        options = tf.data.Options()
        # Optimising so small a pipeline takes longer than it saves.
        options.experimental_optimization.apply_default_optimizations = False
        batches = batches.apply(tf.data.experimental.assert_cardinality(-(-count // size)))
        return batches.with_options(options).prefetch(tf.data.AUTOTUNE)

    def _draw(self) -> np.ndarray[Any, np.dtype[np.int32]]:
        return drawn(self._seed, self._epoch, self._rows.count, self._count)
