"""Inputs without targets, of which the model makes its loss itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tuneit.data.checks import check_dataset
from tuneit.data.dataset import Dataset
from tuneit.data.load import as_dataset, dataset_from_arrays
from tuneit.data.matching import matched
from tuneit.data.named_arrays import splits_from_mapping
from tuneit.data.raw import RawData, RawSplit
from tuneit.data.references import fit_references
from tuneit.data.stream_reading import RawStreams
from tuneit.data.stream_sources import Generating
from tuneit.errors import DataError
from tuneit.study import PythonData

X = np.random.default_rng(0).normal(size=(60, 3))
SPEC = PythonData(source="python", function="memory:arrays")


def inputs_alone(**settings: Any) -> Dataset:
    return dataset_from_arrays(X, None, **settings)


def test_rows_are_split_described_and_checked_as_others_are() -> None:
    data = inputs_alone(scale="standard", folds=3)
    assert (data.task, data.outputs, data.output, data.train.y) == ("none", (), None, ())
    assert [len(fold[0]) for fold in data.folds] == [32, 32, 32]
    assert len(data.train) + len(data.validation) + len(data.test) == 60
    described = data.describe()
    assert (described["task"], described["target_shape"]) == ("none", [])
    assert "outputs" not in described
    assert any("inputs without targets" in note for note in data.notes)
    assert data.fingerprint() == inputs_alone(scale="standard", folds=3).fingerprint()
    assert data.fingerprint() != dataset_from_arrays(X, X, scale="standard", folds=3).fingerprint()
    assert check_dataset(data) == ()
    assert fit_references(data).skipped == "the data have no targets"


def test_several_inputs_are_told_from_rows() -> None:
    data = dataset_from_arrays([X, X[:, :1]], None)
    assert data.input_shape == ((3,), (1,))


@pytest.mark.parametrize("batch", [X[:20], (X[:20],), {"a": X[:20]}], ids=["x", "(x,)", "dict"])
def test_a_stream_of_inputs_alone(batch: Any) -> None:
    raw = RawStreams("s", {}, sources={"train": Generating(lambda: iter([batch] * 5))})
    data = as_dataset(raw, SPEC, 0)
    assert (data.task, data.row_count("train"), data.train.y) == ("none", 60, ())
    whole = batch[0] if isinstance(batch, tuple) else batch
    assert isinstance(data.train.x, dict) == isinstance(whole, dict)


def test_arrays_by_name_have_targets_unless_all_are_inputs() -> None:
    splits = splits_from_mapping({"x_train": X, "x_test": X[:9], "groups": X[:, 0]}, "data")
    assert {name: split.y for name, split in splits.items()} == {"train": None, "test": None}
    with pytest.raises(DataError, match="has no 'y'"):
        splits_from_mapping({"x": X, "labels": X[:, 0]}, "data")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"task": "regression"}, "`task` is for a single output, but there are no targets"),
        ({"sample_weight": np.ones(60)}, "weights of rows are for targets"),
        ({"class_weight": "balanced"}, "'class_weight' is for classification"),
        ({"validation": (X, X[:, 0])}, "the train split has no targets, but the validation"),
    ],
)
def test_what_needs_targets_is_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError, match=said):
        inputs_alone(**settings)


def test_splits_have_targets_all_or_none() -> None:
    splits = {"train": RawSplit(X, X[:, 0]), "test": RawSplit(X)}
    with pytest.raises(DataError, match="the test split has no targets, but the train split has"):
        matched(RawData("m", splits), in_time=False)  # type: ignore[arg-type]
