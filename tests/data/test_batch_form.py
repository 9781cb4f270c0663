"""Batches of a stream that differ in length, and those that differ in what may not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tuneit.data.batch_form import alike, joined, merged
from tuneit.data.load import as_dataset
from tuneit.data.pipeline import Pipeline
from tuneit.data.stream_reading import RawStreams
from tuneit.data.stream_sources import Generating
from tuneit.data.streamed import StreamedDataset
from tuneit.errors import DataError
from tuneit.study import PythonData

SPEC = PythonData(source="python", function="memory:arrays")
TOKENS = [np.arange(4 * n).reshape(4, n) % 9 + 1 for n in (5, 3, 7, 6, 4)]


def streamed(batches: Any) -> StreamedDataset:
    found = as_dataset(
        RawStreams("s", {}, sources={"train": Generating(lambda: iter(batches))}), SPEC, 0
    )
    assert isinstance(found, StreamedDataset)
    return found


def test_shorter_sequences_end_in_zeros_where_batches_are_joined() -> None:
    whole = joined([{"a": np.ones((1, 2, 3))}, {"a": np.ones((2, 4, 3))}])["a"]
    assert whole.shape == (3, 4, 3)
    assert whole.sum() == 6 + 24
    texts = alike([(np.array([["a"]], object),), (np.array([["b", "c"]], object),)])
    assert texts[0][0].tolist() == [["a", ""]]
    assert merged({"x": (5, 2)}, {"x": (4, 2)}) == {"x": (None, 2)}


@pytest.mark.parametrize(
    "batches",
    [
        [(x, np.arange(4) % 2) for x in TOKENS],
        [(x, x % 3) for x in TOKENS],
        [(x[..., None] * np.ones(2), np.arange(4) % 2) for x in TOKENS],
        [({"a": x, "b": np.ones((4, 2))}, np.eye(9)[x - 1], np.ones(x.shape)) for x in TOKENS],
    ],
    ids=["a label a row", "a label a step", "features", "weights of steps"],
)
def test_batches_may_differ_in_length(batches: Any) -> None:
    data = streamed(batches)
    assert data.lengths_differ
    first = data.shapes.get("x") or data.shapes["x['a']"]
    assert first[0] is None
    assert None not in first[1:]
    longest = max(x.shape[1] for x in TOKENS)
    shape: Any = data.input_shape
    assert (shape["a"] if isinstance(shape, dict) else shape)[0] == longest
    assert data.fingerprint() == streamed(batches).fingerprint()
    assert any("differ in the length" in note for note in data.notes)


def test_the_pipeline_takes_new_rows_of_any_length() -> None:
    pipeline = Pipeline.of(streamed([(x, np.arange(4) % 2) for x in TOKENS]), SPEC)
    found, _ = pipeline.features(np.ones((2, 30), int), "rows")
    assert np.shape(found) == (2, 30)
    assert Pipeline.of(streamed([(np.ones(4), np.arange(4))] * 5), SPEC).inputs[0].shape == (1,)


@pytest.mark.parametrize(
    ("batches", "said"),
    [
        ([(np.ones((4, n)), np.ones(4)) for n in [6] * 9 + [5, 5]], r"\(5,\), but .* \(6,\)"),
        ([(np.ones((4, 3, n)), np.ones(4)) for n in [2] * 9 + [1, 1]], "number of their features"),
        ([(np.ones((4, 2)), np.ones((4, n))) for n in [2] * 9 + [1, 1]], r"of y of shape \(1,\)"),
        (
            [(np.ones((4, *n)), np.ones(4)) for n in [(2,)] * 9 + [(2, 2)] * 2],
            r"x of shape \(2, 2\)",
        ),
    ],
    ids=["numbers", "features", "targets alone", "axes"],
)
def test_other_differences_are_refused(batches: Any, said: str) -> None:
    with pytest.raises(DataError, match=said):
        streamed(batches)
