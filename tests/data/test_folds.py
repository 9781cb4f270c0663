"""Cross-validation: which rows, and what stays apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tuneit.data.folds import cut_groups, cut_in_time, folds_at_random, folds_in_time
from tuneit.data.load import as_dataset, dataset_from_arrays, read_data
from tuneit.data.raw import SplitName
from tuneit.errors import DataError
from tuneit.study import CsvData, SklearnData

X = np.arange(120, dtype=np.float32).reshape(60, 2)
Y = np.array([0] * 36 + [1] * 24)
GROUPS = np.repeat(np.arange(15), 4)


def test_every_row_is_validated_on_once_and_classes_keep_their_shares() -> None:
    folds = folds_at_random(60, 6, 1, Y)
    assert sorted(np.concatenate([v for _, v in folds]).tolist()) == list(range(60))
    for train, validation in folds:
        assert not set(train) & set(validation)
        assert len(train) + len(validation) == 60
        assert np.bincount(Y[validation]).tolist() == [6, 4]
    again = folds_at_random(60, 6, 1, Y)
    other = folds_at_random(60, 6, 2, Y)
    assert all(np.array_equal(a[1], b[1]) for a, b in zip(folds, again, strict=True))
    assert not all(np.array_equal(a[1], b[1]) for a, b in zip(folds, other, strict=True))


def test_in_time_nothing_trains_on_the_future() -> None:
    folds = folds_in_time(50, 4)
    assert [len(v) for _, v in folds] == [10] * 4
    assert all(train.max() < validation.min() for train, validation in folds)
    cut = cut_in_time(100, {"test": 0.2, "validation": 0.1})
    assert (cut["train"].max(), cut["validation"].max(), cut["test"].max()) == (69, 79, 99)


def test_every_split_has_rows_where_moments_and_groups_are_few() -> None:
    shares: dict[SplitName, float] = {"validation": 0.1, "test": 0.2}
    cut = cut_in_time(10, shares, np.repeat([0, 1, 2], [3, 5, 2]))
    assert [len(cut[name]) for name in ("train", "validation", "test")] == [3, 5, 2]
    cut = cut_groups(np.repeat([0, 1, 2], 2), {"validation": 0.6, "test": 0.3}, 0)
    assert [len(cut[name]) for name in ("train", "validation", "test")] == [2, 2, 2]


def test_groups_stay_together() -> None:
    data = dataset_from_arrays(X, Y, groups=GROUPS, folds=4, seed=3)
    group = {tuple(row): g for row, g in zip(X.tolist(), GROUPS, strict=True)}
    test = {group[tuple(row)] for row in data.test.x.tolist()}  # type: ignore[union-attr]
    assert len(data.test) == 12
    validated: list[int] = []
    for index in range(4):
        fold = data.of_execution(index)
        train, validation = (
            {group[tuple(row)] for row in split.x.tolist()}  # type: ignore[union-attr]
            for split in (fold.train, fold.validation)
        )
        assert not train & validation
        assert not (train | validation) & test
        validated += validation
    assert len(validated) == len(set(validated)) == 12


def test_groups_are_cut_without_folds_too() -> None:
    cut = cut_groups(GROUPS, {"test": 0.2, "validation": 0.2}, 0)
    parts = [set(GROUPS[rows]) for rows in cut.values()]
    assert sum(map(len, parts)) == 15
    assert len(set.union(*parts)) == 15


def test_folds_take_turns_and_the_first_is_the_datasets_own() -> None:
    data = dataset_from_arrays(X, Y, folds=3, seed=3, scale="standard")
    assert data.describe()["folds"] == 3
    assert np.array_equal(data.of_execution(0).validation.x, data.validation.x)
    assert np.array_equal(data.of_execution(3).train.x, data.train.x)
    assert not np.array_equal(data.of_execution(1).validation.x, data.validation.x)
    assert len(data.train) + len(data.validation) + len(data.test) == 60
    assert any("fitted on all rows but the test's" in note for note in data.notes)
    assert data.fingerprint() != dataset_from_arrays(X, Y, folds=4, seed=3).fingerprint()
    plain = dataset_from_arrays(X, Y, seed=3)
    assert plain.of_execution(5) is plain


def test_a_tables_group_column_is_no_feature(tmp_path: Path) -> None:
    rows = "".join(f"{i},{i % 7},p{i // 5},{i % 2}\n" for i in range(100))
    (tmp_path / "t.csv").write_text("a,b,patient,y\n" + rows)
    spec = CsvData(source="csv", path="t.csv", target="y", groups="patient", folds=5)
    data = as_dataset(read_data(spec, tmp_path, 0), spec, 0)
    assert data.feature_names == ("a", "b")
    assert len(data.folds) == 5
    assert any("trains on 5 folds, whole groups each" in note for note in data.notes)
    with pytest.raises(DataError, match=r"'groups' names the column 'patent'.*did you mean"):
        read_data(spec.model_copy(update={"groups": "patent"}), tmp_path, 0)


def test_ordered_data_of_a_source() -> None:
    spec = SklearnData(source="sklearn", name="diabetes", folds=3, order="time")
    data = as_dataset(read_data(spec, Path(), 0), spec, 0)
    sizes = [len(data.of_execution(i).train) for i in range(3)]
    assert sizes == sorted(sizes)
    assert len(set(sizes)) == 3
    assert any("trains on 3 folds, in order of time" in note for note in data.notes)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"folds": 40}, "40 stratified folds need at least 40 rows of each class"),
        ({"folds": 13, "groups": GROUPS}, "13 grouped folds need at least 13 groups beside"),
        ({"folds": 60, "in_time": True}, "60 folds in order of time need 61 rows or more"),
        ({"groups": np.zeros(60)}, "3 splits need at least as many groups, but there are 1"),
        ({"folds": 3, "validation": (X, Y)}, "comes with a validation split, which folds replace"),
    ],
)
def test_what_cannot_be_folded_is_told(arguments: dict[str, object], reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        dataset_from_arrays(X, Y, **arguments)  # type: ignore[arg-type]
