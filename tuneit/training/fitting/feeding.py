"""Convert streams to what `keras.Model.fit` takes."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from tuneit.data.batch_form import Shape, form_of, require_form
from tuneit.data.dataset import Split
from tuneit.data.mapped import MappedRows
from tuneit.data.outputs import arranged
from tuneit.data.raw import SplitName
from tuneit.data.stream import StreamSplit, as_batch, ends_early, raised
from tuneit.data.stream_sources import Batch, Indexed, TfDataset, map_parts
from tuneit.data.streamed import StreamedDataset
from tuneit.data.weights import ByClass, row_weights
from tuneit.errors import DataError
from tuneit.training.keras_loader import load_keras

load_keras()
import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402


class Feed:
    """The streams of one execution, and what went wrong in them.

    `class_weights` are those of each output, by which training rows are weighted. `seed` decides
    the order of rows that are read from arrays in files.
    """

    def __init__(
        self,
        dataset: StreamedDataset,
        batch_size: int,
        class_weights: Sequence[ByClass | None] = (),
        seed: int = 0,
    ) -> None:
        self._dataset = dataset
        self._batch_size = batch_size
        self._class_weights = class_weights
        self._seed = seed
        self.failure: str | None = None

    def arguments(self, *, validated: bool = True) -> dict[str, Any]:
        """The arguments of `fit` for the training and, where `validated`, the validation rows."""
        streams = self._dataset.streams
        train, validation = streams["train"], streams["validation"]
        arguments = {
            "x": self._fed(train),
            "validation_data": self._fed(validation) if validated else None,
            "steps_per_epoch": train.steps,
            "validation_steps": validation.steps if validated else None,
            # Keras shuffles the order of a PyDataset's batches; other streams shuffle themselves.
            "shuffle": None if isinstance(train.source, Indexed) and self._keeps_indices else False,
        }
        return {name: value for name, value in arguments.items() if value is not None}

    def arguments_of(self, split: SplitName) -> dict[str, Any]:
        """The arguments of `evaluate` for the rows of a split."""
        stream = self._dataset.streams[split]
        return {"x": self._fed(stream), "steps": stream.steps}

    def _fed(self, stream: StreamSplit) -> Any:
        if isinstance(stream.source, TfDataset):
            data = _pipeline(stream, stream.source, self._batch_size)
            if self._weighs(stream):
                return data.map(self._weighted_tensors)
            parts = data.element_spec
            weights = isinstance(parts, tuple) and len(parts) == 3 and parts[2]
            return data.map(self._arranged) if isinstance(weights, (dict, tuple)) else data
        if isinstance(stream.source, Indexed) and self._keeps_indices:
            return _Batches(stream, stream.source, self)
        if isinstance(stream.source, MappedRows):
            seed = self._seed if stream.name == "train" else None
            stream = replace(stream, source=stream.source.trained(self._batch_size, seed))
        return self._generated(stream)

    @property
    def _keeps_indices(self) -> bool:
        """Whether Keras reads PyDatasets itself: it takes only batches of one shape."""
        return not self._dataset.lengths_differ

    def _generated(self, stream: StreamSplit) -> Any:
        """A tf.data.Dataset that reads the stream's batches from Python."""
        head = self._dataset.splits[stream.name]
        kept = Batch(head.x, head.y, head.weight)
        first = next(iter(stream.batches())) if stream.source.rewinds else kept
        kinds = self._kinds(self._parts(first, stream))
        data = tf.data.Dataset.from_generator(lambda: self._read(stream), output_signature=kinds)
        data = data if stream.steps else _of_length(data, stream.count)
        return data.prefetch(1)

    def _read(self, stream: StreamSplit) -> Iterator[Any]:
        """Batches of one pass; with steps, an epoch goes on where the one before stopped."""
        try:
            for number in itertools.count():
                count = 0
                for batch in self._pass(stream, number):
                    count += 1
                    yield self.for_keras(batch, stream)
                if stream.steps is None:
                    return
                if count < stream.steps:
                    raise DataError(ends_early(stream.name, stream.steps, count))
        except Exception as error:
            self.fail(error, stream)
            raise

    def _pass(self, stream: StreamSplit, number: int) -> Iterator[Batch]:
        """All batches once; those of a PyDataset to train on come in an order of their own.

        So does Keras give them, but it takes such of one shape only.
        """
        source, count = stream.source, stream.count
        if not isinstance(source, Indexed) or stream.name != "train" or count is None:
            yield from stream.whole_pass()
            return
        for index in np.random.default_rng([self._seed, number]).permutation(count):
            yield as_batch(source.dataset[stream.part.index(int(index))], stream.name)
        source.end_of_epoch()

    def _kinds(self, parts: tuple[Any, ...]) -> Any:
        """What TensorFlow has to know of the batches: their types, and the lengths that are fixed.

        Inputs keep the sizes that are the same in all batches, since layers are built for them.
        """
        if not self._dataset.lengths_differ:
            return keras.utils.pack_x_y_sample_weight(*map_parts(_kind, parts))
        shapes = iter([s for label, s in self._dataset.shapes.items() if label[0] == "x"])
        x = map_parts(lambda array: _kind(array, next(shapes)), parts[0])
        others = map_parts(lambda array: _kind(array, (None,) * (array.ndim - 1)), parts[1:])
        return keras.utils.pack_x_y_sample_weight(x, *others)

    def for_keras(self, batch: Batch, stream: StreamSplit) -> Any:
        """A batch as `fit` takes it, with weights if its split has them."""
        return keras.utils.pack_x_y_sample_weight(*self._parts(batch, stream))

    def _parts(self, batch: Batch, stream: StreamSplit) -> tuple[Any, ...]:
        if self._weighs(stream):
            y = self._targets(batch.y)
            split = Split(batch.x, y, batch.weight)
            weight = row_weights(split, self._class_weights, self._dataset.outputs)
            batch = Batch(batch.x, y, weight)
        elif isinstance(batch.weight, (dict, tuple)):
            batch = Batch(*self._arranged(*batch))
        return tuple(map(_for_keras, batch.parts))

    def _weighs(self, stream: StreamSplit) -> bool:
        """Whether rows are weighted by class; only training rows are."""
        return stream.name == "train" and any(self._class_weights)

    def _targets(self, y: Any) -> Any:
        """Targets in the form of the model's outputs, in which Keras finds the weights, too."""
        outputs = self._dataset.outputs
        return y if len(outputs) == 1 else arranged([o.of(y) for o in outputs], outputs)

    def _weighted_tensors(self, x: Any, y: Any, *weight: Any) -> Any:
        """A batch of a pipeline with the weights that `row_weights` gives its rows."""
        y = self._targets(y)
        kinds = tf.nest.map_structure(lambda _: tf.float32, y)

        def weigh(*flat: Any) -> Any:
            arrays = [np.asarray(part) for part in flat]
            packed = tf.nest.pack_sequence_as((y, *weight), arrays)
            split = Split(np.zeros((0,)), *packed)
            weights = row_weights(split, self._class_weights, self._dataset.outputs)
            return tf.nest.flatten(weights)

        found = tf.numpy_function(weigh, tf.nest.flatten((y, *weight)), tf.nest.flatten(kinds))
        weights = tf.nest.pack_sequence_as(kinds, found)
        for output in self._dataset.outputs:
            steps = [None if self._dataset.lengths_differ else n for n in output.positions]
            output.of(weights).set_shape((None, *steps))
        return x, y, weights

    def _arranged(self, x: Any, y: Any, weight: Any) -> tuple[Any, Any, Any]:
        """A batch whose targets and weights stand in the form of the model's outputs, both alike.

        Keras finds weights in no other form.
        """
        outputs = self._dataset.outputs
        if len(outputs) == 1:
            return x, y, outputs[0].of(weight)
        return x, self._targets(y), arranged([o.of(weight) for o in outputs], outputs)

    def fail(self, error: Exception, stream: StreamSplit) -> None:
        """Remember an error that TensorFlow would hide behind its own."""
        known = isinstance(error, DataError)
        self.failure = str(error) if known else raised(stream.name, error)


def _pipeline(stream: StreamSplit, source: TfDataset, batch_size: int) -> Any:
    data = source.part(stream.part)
    data = data if source.is_batched else data.batch(batch_size)
    if stream.steps is not None:
        return data.repeat()
    return _of_length(data, source.count(stream.part, batch_size))


def _of_length(data: Any, batches: float | None) -> Any:
    """Tell Keras how many batches there are, if TensorFlow does not know it."""
    if batches is None or math.isinf(batches):
        return data
    return data.apply(tf.data.experimental.assert_cardinality(int(batches)))


class _Batches(keras.utils.PyDataset):  # type: ignore[misc]
    """Batches of a PyDataset that belong to one split; read by as many workers as the user says."""

    def __init__(self, stream: StreamSplit, source: Indexed, feed: Feed) -> None:
        given = source.dataset
        super().__init__(
            workers=getattr(given, "workers", 1),
            use_multiprocessing=getattr(given, "use_multiprocessing", False),
            max_queue_size=getattr(given, "max_queue_size", 10),
        )
        self._stream, self._source, self._feed = stream, source, feed
        self._form = form_of(self._batch(0), stream.name, 0)

    @property
    def num_batches(self) -> int | None:
        """Batches of an epoch; None where they never end."""
        return self._stream.count

    def __getitem__(self, index: int) -> Any:
        try:
            batch = self._batch(index)
            form = form_of(batch, self._stream.name, index)
            require_form(form, self._form, self._stream.name, index)
        except Exception as error:
            self._feed.fail(error, self._stream)
            raise
        return self._feed.for_keras(batch, self._stream)

    def _batch(self, index: int) -> Batch:
        return as_batch(self._source.dataset[self._stream.part.index(index)], self._stream.name)

    def on_epoch_end(self) -> None:
        """Let the user's PyDataset shuffle after a training epoch."""
        if self._stream.name == "train":
            self._source.end_of_epoch()


def _for_keras(part: Any) -> Any:
    return map_parts(_converted, part)


def _converted(array: Any) -> Any:
    return array.astype(keras.config.floatx()) if array.dtype.kind == "f" else array


def _kind(array: Any, shape: Shape | None = None) -> Any:
    dtype = tf.string if array.dtype.kind in "OSU" else array.dtype
    return tf.TensorSpec((None, *(array.shape[1:] if shape is None else shape)), dtype)
