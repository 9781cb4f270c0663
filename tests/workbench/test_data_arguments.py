"""Data as callers in Python give them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tuneit.data.load import as_dataset, dataset_from_arrays
from tuneit.data.stream_sources import WHOLE
from tuneit.errors import DataError, InputError, TuneitError
from tuneit.study import Study
from tuneit.workbench.data_arguments import given_data

X = np.arange(120.0).reshape(60, 2)
Y = np.arange(60) % 2


def pair(rows: int) -> tuple[Any, Any]:
    return X[:rows], Y[:rows]


def sizes(data: Any, **arguments: Any) -> list[int]:
    """Rows of the dataset's training, validation and test split."""
    given = given_data(data, arguments)
    values = {
        **{"model": "a.py:build", "objective": "val_loss", "budget": {"trials": 1}},
        "data": given.spec,
    }
    raw = given.raw("data")
    assert raw is not None
    dataset = as_dataset(raw, Study.model_validate(values).data, 0)
    return [len(split) for split in (dataset.train, dataset.validation, dataset.test)]


@pytest.mark.parametrize(
    ("data", "arguments", "rows"),
    [
        (pair(60), {}, [36, 12, 12]),
        ((*pair(60), np.ones(60)), {}, [36, 12, 12]),
        (None, {"x": X, "y": Y}, [36, 12, 12]),
        (X, {"y": Y}, [36, 12, 12]),
        (pair(60), {"validation_split": 0.3}, [30, 18, 12]),
        (pair(60), {"test": 0}, [48, 12, 0]),
        (pair(60), {"test": 0, "folds": 3}, [40, 20, 0]),
        (pair(60), {"split": {"validation": 0.1, "test": 0.1}}, [48, 6, 6]),
        (pair(60), {"validation_data": pair(10)}, [48, 10, 12]),
        (pair(60), {"validation_data": pair(10), "test": 0}, [60, 10, 0]),
        ((pair(60), pair(10)), {}, [48, 10, 12]),
        ((pair(60), pair(10), pair(8)), {}, [60, 10, 8]),
        ({"x": X, "y": Y}, {}, [36, 12, 12]),
        ({"x_train": X, "y_train": Y, "x_val": X[:9], "y_val": Y[:9]}, {"test": 0}, [60, 9, 0]),
        (pair(60), {"groups": np.arange(60) // 6}, [36, 12, 12]),
    ],
)
def test_rows_come_in_many_forms(data: Any, arguments: dict[str, Any], rows: list[int]) -> None:
    assert sizes(data, **arguments) == rows


def test_weights_and_settings_reach_the_study() -> None:
    given = given_data(pair(60), {"class_weight": {0: 1, 1.0: 2.5}, "sample_weight": np.ones(60)})
    assert given.spec["class_weight"] == {"0": 1, "1": 2.5}
    assert len(given.arrays["train"].weight) == 60
    assert given_data({"source": "sklearn", "name": "wine"}, {"test": 0, "folds": None}).spec == {
        "source": "sklearn",
        "name": "wine",
        "split": {"test": 0},
    }


def test_an_array_alone_is_inputs_without_targets() -> None:
    for data, arguments in ((X, {}), (None, {"x": X}), ({"x": X}, {})):
        given = given_data(data, {**arguments, "validation_data": X[:9]})
        assert [split.y for split in given.arrays.values()] == [None, None]
        assert len(given.arrays["validation"].x) == 9


@pytest.mark.parametrize(
    ("data", "arguments", "said"),
    [
        (None, {}, "but it is nothing"),
        (None, {"y": Y}, "but x is missing: give x="),
        (pair(60), {"x": X, "y": Y}, "as data or as x= and y=, not both"),
        (pair(60), {"validation_data": X}, "validation_data must be .* but is"),
        ((pair(60), pair(9)), {"validation_data": pair(9)}, "leave out validation_data"),
        (pair(60), {"validation_data": pair(9), "validation_split": 0.2}, "not both"),
        (pair(60), {"split": {"test": 0.1}, "test": 0.2}, r"test or split\['test'\], not both"),
        (pair(60), {"split": 0.2}, "split must be a dict"),
        (pair(60), {"missing": "mean"}, "about missing values of a DataFrame, but x is"),
        (pair(60), {"missing": "avg"}, "missing must be drop, mean, median"),
        (pair(60), {"test": pair(9)}, "give test rows as the third pair"),
        ({"source": "sklearn", "name": "wine"}, {"y": Y}, "leave out y"),
        (dataset_from_arrays(X, Y), {"test": 0}, "test does not go with a Dataset"),
    ],
)
def test_what_does_not_fit_together_is_refused(
    data: Any, arguments: dict[str, Any], said: str
) -> None:
    with pytest.raises((InputError, DataError), match=said) as raised:
        given_data(data, arguments)
    assert isinstance(raised.value, TuneitError)
    assert "\n" not in str(raised.value)


def _batches():
    yield np.zeros((4, 2), np.float32), np.arange(4) % 2


@pytest.mark.parametrize(
    ("data", "arguments", "splits"),
    [
        (_batches, {}, ["train"]),
        (None, {"x": _batches}, ["train"]),
        ((_batches, _batches), {}, ["train", "validation"]),
        ((_batches, _batches, _batches), {}, ["train", "validation", "test"]),
        (_batches, {"validation_data": _batches}, ["train", "validation"]),
        (_batches, {"validation_data": (np.zeros((4, 2)), np.zeros(4))}, ["train", "validation"]),
    ],
)
def test_streams_are_read_by_split(data, arguments, splits):
    raw = given_data(data, arguments).raw("streams")
    assert list(raw.sources) == splits
    assert all(len(list(source.elements(WHOLE))) == 1 for source in raw.sources.values())


@pytest.mark.parametrize(
    ("data", "arguments", "reason"),
    [
        (_batches, {"y": [1]}, "`y` goes with arrays, but data is a stream"),
        (_batches, {"validation_data": 3}, "validation beside a stream is a stream too"),
        ((_batches, _batches), {"validation_data": _batches}, "a stream for validation already"),
        ((np.zeros((4, 2)), np.zeros(4)), {"validation_data": _batches}, "but data are arrays"),
    ],
)
def test_what_does_not_go_with_streams_is_refused(data, arguments, reason):
    with pytest.raises(TuneitError, match=reason):
        given_data(data, arguments)


def test_missing_values_of_a_table_are_filled() -> None:
    table = pd.DataFrame({"a": [1.0, np.nan, 3.0] * 20, "b": ["x", "y", None] * 20})
    raw = given_data((table, Y), {"missing": "median"}).raw("data")
    assert raw is not None
    assert raw.missing == "median"
    assert given_data({"source": "csv"}, {"missing": "drop"}).spec["missing"] == "drop"
