"""Pair each output's predictions for the test split with its targets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tuneit.data.dataset import Array, Dataset, Nested, Split, take
from tuneit.data.head import Head
from tuneit.data.nested import rows_of
from tuneit.data.output import Output
from tuneit.data.readable_columns import readable_columns
from tuneit.data.target_scale import TargetScaler
from tuneit.evaluation import Comparison, PositionTargets
from tuneit.training.fitting.rows import with_texts
from tuneit.training.keras_loader import load_keras
from tuneit.training.models.head import heads_of
from tuneit.training.models.size import fixed_batch_size

load_keras()
import keras  # noqa: E402
from tensorflow.python.eager.context import eager_mode  # noqa: E402 - not exported

_BATCH = 256


def by_output(
    model: Any, outputs: Sequence[Output], predicted: Any
) -> Iterator[tuple[Output, int, Head | None, Array]]:
    """Each output with its place among the model's, its head, and its part of the predictions.

    Where the data had no targets, each array that the model gives is an output of numbers.
    """
    heads = heads_of(model)
    names = [head.name for head in heads]
    arrays = [np.asarray(array) for array in keras.tree.flatten(predicted)]
    for output in outputs or [
        Output("regression", str(place) if arrays[1:] else "", row_shape=a.shape[1:], place=place)
        for place, a in enumerate(arrays)
    ]:
        place = names.index(output.name) if output.name in names else output.place
        yield output, place, heads[place] if place < len(heads) else None, arrays[place]


def compare_outputs(
    model: Any, dataset: Dataset, predicted: Any, validated: tuple[Split, Any] | None = None
) -> Iterator[Comparison]:
    """Pair each of the dataset's outputs, in their order, with its part of the predictions.

    `predicted` is what the model gives for the test split: an array, or several in a list, tuple or
    dict. `validated` are validation rows and what it gives for them.
    """
    columns = readable_columns(dataset, dataset.test)
    split, others = validated or (None, [])
    other_arrays = [np.asarray(array) for array in keras.tree.flatten(others)]
    for output, place, head, array in by_output(model, dataset.outputs, predicted):
        masks = _Masks(model, place) if output.per_position and _masks_steps(model) else None
        inputs, scaler = dataset.test.x, dataset.target_scaler
        yield Comparison(
            output.task,
            _targets(output, dataset.train, head, masks, scaler),
            _targets(output, dataset.test, head, masks, scaler),
            array if scaler is None else scaler.in_unit(output, array),
            output.class_names,
            codes=output.codes,
            threshold=None if head is None else head.threshold(output.codes),
            from_logits=head is not None and head.from_logits,
            loss="" if head is None else head.loss,
            positions=output.positions,
            is_copy_of_input=output.is_copy_of_input,
            inputs=inputs if isinstance(inputs, np.ndarray) else None,
            columns=columns,
            validation=None if split is None else PositionTargets(output.of(split.y)),
            validation_predictions=None if split is None else other_arrays[place],
        )


def _targets(
    output: Output,
    split: Split,
    head: Head | None,
    masks: _Masks | None,
    scaler: TargetScaler | None,
) -> PositionTargets:
    y, weight = output.of(split.y), split.weight
    if not output.per_position:
        return PositionTargets(y if scaler is None else scaler.in_unit(output, y))
    return PositionTargets(
        y,
        weight=weight if isinstance(weight, (np.ndarray, type(None))) else output.of(weight),
        mask=None if masks is None else masks.of(split.x),
        ignored=None if head is None else head.ignored,
    )


def _masks_steps(model: Any) -> bool:
    """Whether some layer masks steps, as an Embedding with `mask_zero` and a Masking layer do."""
    return any(
        isinstance(layer, keras.layers.Masking) or getattr(layer, "mask_zero", False)
        for layer in model._flatten_layers()
    )


class _Masks:
    """The mask that reaches one output of a model, with which Keras weighs its loss."""

    def __init__(self, model: Any, place: int) -> None:
        self._model, self._place = model, place

    def of(self, x: Nested) -> Array | None:
        """The mask of each row, (rows, steps); None where none reaches the output."""
        parts, count = [], rows_of(x)
        fixed = fixed_batch_size(self._model)
        batch = fixed or min(count, _BATCH)
        for start in range(0, count, batch):
            # A last batch that must be whole is filled up with rows from the beginning.
            rows = np.arange(start, start + batch if fixed else min(start + batch, count)) % count
            with eager_mode():  # a Ctrl-C may have left TensorFlow in graph mode
                outputs = keras.tree.flatten(self._model(with_texts(take(x, rows)), training=False))
            mask = getattr(outputs[self._place], "_keras_mask", None)
            if mask is None:
                return None
            parts.append(keras.ops.convert_to_numpy(mask))
        return np.concatenate(parts)[:count]
