"""Predict the test rows of a stream, whose batches may differ in length."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from tuneit.data.batch_form import Shape, arrays_of, joined, named_arrays
from tuneit.data.dataset import Array, Dataset, Split
from tuneit.data.outputs import arranged
from tuneit.data.stream import HEAD_ROWS, rows_in
from tuneit.data.stream_sources import Batch, map_parts
from tuneit.data.streamed import StreamedDataset
from tuneit.training.fitting.rows import with_texts


def predict_stream(model: Any, dataset: StreamedDataset) -> tuple[Dataset, Any]:
    """The dataset with all test rows of its stream, and the model's predictions for them.

    Inputs are kept only where they are numbers of tokens, or positions of rows are classified: they
    may mask positions. Where batches differ in length, shorter rows end in zeros; classified
    positions of these weigh 0, and training rows are read anew in the test rows' length.
    """
    from tensorflow.python.eager.context import eager_mode  # not exported

    by_position = any(output.per_position for output in dataset.outputs)
    tokens = all(array.dtype.kind in "iu" for array in arrays_of(dataset.test.x))
    tested: list[Batch] = []
    predicted: list[Any] = []
    with eager_mode():
        for batch in dataset.streams["test"].batches():
            predicted.append(model.predict_on_batch(with_texts(batch.x)))
            tested.append(batch if tokens or by_position else Batch({}, batch.y))
    if not by_position or not dataset.lengths_differ:
        test = Split(joined([b.x for b in tested]), joined([b.y for b in tested]))
        return replace(dataset, test=test), joined(predicted)
    trained: list[Batch] = []
    for batch in dataset.streams["train"].batches():
        trained.append(batch)
        if sum(map(rows_in, trained)) >= HEAD_ROWS:
            break
    longest = _longest(tested, dataset.shapes)
    outputs = tuple(
        replace(o, row_shape=_of_length(o.of(tested[0].y), longest).shape[1:])
        for o in dataset.outputs
        if o.per_position
    )
    by_name = {output.name: output for output in outputs}
    return (
        replace(
            dataset,
            train=_of_one_length(trained, dataset, longest),
            test=_of_one_length(tested, dataset, longest),
            outputs=tuple(by_name.get(o.name, o) for o in dataset.outputs),
        ),
        joined(predicted),
    )


def predict_validation(model: Any, dataset: StreamedDataset) -> tuple[Split, Any]:
    """The targets of the validation stream, without inputs, and the predictions for them."""
    from tensorflow.python.eager.context import eager_mode  # not exported

    targets: list[Any] = []
    predicted: list[Any] = []
    with eager_mode():
        for batch in dataset.streams["validation"].batches():
            predicted.append(model.predict_on_batch(with_texts(batch.x)))
            targets.append(batch.y)
    return Split({}, joined(targets)), joined(predicted)


def _longest(batches: list[Batch], shapes: Mapping[str, Shape]) -> int:
    """The most steps that a row of some batches has."""
    return max(
        int(array.shape[1])
        for batch in batches
        for label, array in named_arrays(batch.parts)
        if shapes[label][:1] == (None,)
    )


def _of_one_length(batches: list[Batch], dataset: StreamedDataset, longest: int) -> Split:
    """Rows with as many steps as `longest`; steps that the batches do not have weigh 0."""
    shapes = [shape for _, shape in dataset.shapes.items()]

    def whole(batch: Batch) -> tuple[Any, Any]:
        known = iter(shapes)
        x, y = map_parts(
            lambda array: _of_length(array, longest) if next(known)[:1] == (None,) else array,
            (batch.x, batch.y),
        )
        return x, y

    def steps(batch: Batch) -> Any:
        each = [
            _of_length(np.ones(output.of(batch.y).shape[:2], np.float32), longest)
            if output.per_position
            else np.ones(rows_in(batch), np.float32)
            for output in dataset.outputs
        ]
        return each[0] if len(each) == 1 else arranged(each, dataset.outputs)

    rows = [whole(batch) for batch in batches]
    weight = joined([steps(batch) for batch in batches])
    return Split(joined([x for x, _ in rows]), joined([y for _, y in rows]), weight)


def _of_length(array: Array, steps: int) -> Array:
    """The first steps of each row; what is absent is 0."""
    cut = array[:, :steps]
    after = [(0, 0), (0, steps - cut.shape[1]), *[(0, 0)] * (cut.ndim - 2)]
    return np.pad(cut, after)
