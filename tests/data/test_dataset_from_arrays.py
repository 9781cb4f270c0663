from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from data_builders import blobs

import tuneit
from tuneit.data.dataset import Dataset, Split
from tuneit.data.few_rows import is_about_test_rows
from tuneit.data.finite import require_finite
from tuneit.data.load import dataset_from_arrays
from tuneit.errors import DataError
from tuneit.study import Split as Shares


def test_splits_are_disjoint_seeded_and_stratified():
    x, y = blobs(120)
    x[:, 0] = np.arange(120)
    one, again, other = (dataset_from_arrays(x, y, seed=seed) for seed in (1, 1, 2))
    ids = [set(split.x[:, 0].tolist()) for split in one.splits.values()]
    assert [len(i) for i in ids] == [72, 24, 24]
    assert len(set.union(*ids)) == 120
    for split in one.splits.values():
        assert len(set(np.bincount(split.y).tolist())) == 1
    assert one.fingerprint() == again.fingerprint() != other.fingerprint()
    assert one.train.x.dtype == np.float32
    assert one.train.y.dtype == np.int64


def test_stratified_sizes_hold_for_uneven_classes():
    y = np.repeat([0, 1, 2], [3, 50, 147])
    data = dataset_from_arrays(np.random.default_rng(0).normal(size=(200, 2)), y)
    assert [len(s) for s in data.splits.values()] == [120, 40, 40]
    assert all((np.bincount(s.y, minlength=3) >= 1).all() for s in data.splits.values())


def test_given_splits_are_kept_and_missing_ones_cut_from_train():
    x, y = blobs(60)
    data = dataset_from_arrays(x, y, test=(x[:7], y[:7]))
    assert [len(s) for s in data.splits.values()] == [48, 12, 7]
    np.testing.assert_array_equal(data.test.y, y[:7])


def test_pairs_of_splits_as_two_arguments_are_told_how_to_be_given():
    x, y = blobs(60)
    with pytest.raises(DataError, match=r"train split x has 60 and y 20 .* as one argument"):
        dataset_from_arrays((x, y), (x[:20], y[:20]))


@pytest.mark.parametrize(
    ("y", "task", "word"),
    [
        (np.arange(60) % 3, "classification", "class codes"),
        ((np.arange(60) % 6) + 3, "classification", "class codes"),
        (np.array(["b", "a"] * 30), "classification", "texts"),
        (np.array(["b", "a"] * 30, dtype=object), "classification", "texts"),
        (np.array([True, False] * 30), "classification", "booleans"),
        (np.array([1.0, -1.0] * 30), "classification", "class codes"),
        ((np.arange(60) % 10) * 10 + 50, "regression", "unlike class codes"),
        (np.arange(60), "regression", "unlike class codes"),
        (np.linspace(0, 1, 60), "regression", "fractions"),
        (np.random.default_rng(0).normal(size=(60, 2)), "regression", "2 outputs"),
    ],
)
def test_the_task_is_inferred_and_said_so(y, task, word):
    data = dataset_from_arrays(np.random.default_rng(1).normal(size=(60, 2)), y)
    assert data.task == task
    assert word in " ".join(data.notes)
    assert data.train.y.dtype == (np.int64 if y.dtype.kind in "UO" else y.dtype)


def test_a_given_task_overrules():
    x, y = blobs(60)
    data = dataset_from_arrays(x, y, task="regression")
    assert (data.task, data.class_names) == ("regression", ())
    assert all(map(is_about_test_rows, data.notes))


def test_class_names_are_the_sorted_values():
    x, _ = blobs(60)
    data = dataset_from_arrays(x, ["spam", "ham", "eggs"] * 20)
    assert data.class_names == ("eggs", "ham", "spam")


def test_one_hot_is_given_where_asked_or_found():
    x, y = blobs(60)
    asked = dataset_from_arrays(x, y, one_hot=True)
    found = dataset_from_arrays(x, np.eye(3)[y])
    assert (asked.train.y.dtype, found.train.y.dtype) == (np.float32, np.float64)
    for data in (asked, found):
        assert data.train.y.shape == (36, 3)
        assert data.task == "classification"
        assert set(data.labels(data.train).tolist()) == {0, 1, 2}


def test_tables_are_one_hot_encoded_from_training_rows():
    frame = pd.DataFrame({"n": np.arange(30.0), "kind": ["u", "v", "w"] * 10, "ok": [True] * 30})
    other = pd.DataFrame({"ok": [False] * 4, "n": [1.0] * 4, "kind": ["u", "new", "new", "w"]})
    y = [0, 1] * 15
    data = dataset_from_arrays(frame, y, validation=(other, [0, 1] * 2), test=(other, [0, 1] * 2))
    assert data.feature_names == ("n", "kind=u", "kind=v", "kind=w", "ok")
    np.testing.assert_array_equal(data.test.x[1], [1, 0, 0, 0, 0])
    assert any("2 rows of the test split have a category" in note for note in data.notes)


def test_inputs_may_be_named():
    x, y = blobs(60)
    data = dataset_from_arrays({"left": x, "right": x[:, 0]}, y, scale="standard")
    assert data.input_shape == {"left": (4,), "right": (1,)}
    assert abs(float(data.train.x["left"].mean())) < 1e-5


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        (np.zeros((10, 2)), np.zeros(9), "x has 10 and y 9"),
        (np.zeros((0, 2)), np.zeros(0), "no rows"),
        (np.zeros((30, 0)), np.arange(30) % 2, "rows and features"),
        (np.full((30, 2), np.nan), np.arange(30) % 2, "NaN values in feature '0' and 1 more"),
        (np.full((30, 2), np.inf), np.arange(30) % 2, "infinite values"),
        (np.full((30, 2), 1e300), np.arange(30) % 2, "float32"),
        (np.zeros((30, 2)), np.zeros(30, dtype=int), "at least two classes"),
        (np.zeros((30, 2), dtype=complex), np.arange(30) % 2, "complex"),
        (np.array([["a", 1.0]] * 30, dtype=object), np.arange(30) % 2, "Python objects"),
        (np.array([[1], [1, 2]] * 15, dtype=object), np.arange(30) % 2, "Python objects"),
        ([[1], [1, 2]] * 15, np.arange(30) % 2, "ragged"),
        (np.zeros((30, 2)), np.arange(30) * 1j, "complex128"),
        (
            np.zeros((30, 2)),
            np.where(np.arange(30) < 2, np.nan, 1.0),
            "2 NaN values, the first in row 0",
        ),
        (np.zeros((30, 2)), ["a", None, "b"] * 10, "missing in 10 rows"),
        (np.zeros((30, 2)), [{}, {}, {}] * 10, "objects (dict)"),
        (np.zeros((30, 2)), np.array([[1, 1], [0, 1]] * 15), "multi-label"),
        (np.zeros((3, 2)), np.array([0, 1, 0]), "rows a class"),
        (np.zeros((1, 2)), np.array([0.5]), "1 row cannot be cut into 2 splits"),
        (np.zeros((21, 2)), np.array([0, 1] * 10 + [2]), "class '2' has 1"),
        (np.float32(3), np.zeros(3), "single value"),
        ({}, np.zeros(3), "at least one input"),
        ({"a": np.zeros((3, 1)), "b": np.zeros((4, 1))}, np.zeros(3), "3 in ['a'], 4 in ['b']"),
        ((np.zeros((3, 1)), np.zeros((4, 1))), np.zeros(3), "every part, but has 3 in [0], 4 in"),
        (None, np.zeros(3), "NoneType"),
    ],
)
def test_bad_arrays_have_their_own_sentence(x, y, words):
    with pytest.raises(DataError) as caught:
        dataset_from_arrays(x, y)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"task": "regression", "y": ["a", "b"] * 15}, "regression needs numbers"),
        ({"task": "classification", "y": np.linspace(0, 1, 30)}, "30 distinct values"),
        ({"validation": 3}, "pair (x, y)"),
        ({"validation": (np.zeros((5, 3)), [0, 1, 0, 1, 0])}, "one shape"),
        ({"test": (np.zeros((5, 2)), np.zeros((5, 3)))}, "train (), test (3,)"),
    ],
)
def test_contradictions_have_their_own_sentence(arguments, words):
    given = {"x": np.zeros((30, 2)), "y": np.arange(30) % 2} | arguments
    with pytest.raises(DataError) as caught:
        dataset_from_arrays(**given)
    assert words in str(caught.value)


def test_rare_classes_pass_without_stratifying():
    y = np.array([0, 1] * 15 + [2])
    data = dataset_from_arrays(np.zeros((31, 2)), y, split=Shares(stratify=False))
    assert sum(len(s) for s in data.splits.values()) == 31


def test_describe_is_plain_and_complete():
    import json

    x, y = blobs(60)
    summary = json.loads(json.dumps(dataset_from_arrays(x, y, name="b").describe()))
    assert summary["rows"] == {"train": 36, "validation": 12, "test": 12}
    assert summary["classes"]["0"] == {"train": 12, "validation": 4, "test": 4}
    assert (summary["name"], summary["input_shape"], summary["scale"]) == ("b", [4], "none")


def test_the_fingerprint_sees_every_array_and_name():
    x, y = blobs(60)
    base = dataset_from_arrays(x, y)
    changed = x.copy()
    changed[3, 1] += 1
    names = np.array(["a", "b", "c"])[y]
    prints = {
        d.fingerprint()
        for d in (base, dataset_from_arrays(changed, y), dataset_from_arrays(x, names))
    }
    assert len(prints) == 3


@pytest.mark.parametrize(
    ("split", "field", "words"),
    [
        ("validation", "x", "x of the validation split of 'mine' holds 1 NaN value in feature 'b'"),
        (
            "test",
            "y",
            "the targets of the test split of 'mine' hold 1 NaN value, the first in row 3",
        ),
        ("train", "weight", "the weights of the train split of 'mine' hold 1 NaN value"),
        ("development", "x", "x of the development split"),
    ],
)
def test_a_dataset_made_by_hand_must_be_finite(split, field, words):
    x, rng = np.ones((12, 2), np.float32), np.random.default_rng(0)
    whole = Split(x, rng.normal(size=12), np.ones(12, np.float32))
    broken = replace(whole, **{field: getattr(whole, field).copy()})
    getattr(broken, field)[(3, 1) if field == "x" else 3] = np.nan
    parts = dict.fromkeys(("train", "validation", "test", "development"), whole)
    data = Dataset("mine", "regression", **parts, feature_names=("a", "b"))
    require_finite(data)
    with pytest.raises(DataError) as caught:
        tuneit.search(lambda hp: None, replace(data, **{split: broken}), trials=1)
    assert words in str(caught.value)


@pytest.mark.parametrize(("classes", "kept"), [([0, 1, 0, 1, 0], 0), ([0, 1] * 10, 4)])
def test_few_rows_are_kept_for_a_test_or_none_and_it_is_said(classes, kept):
    x, y = np.arange(len(classes))[:, None], np.array(classes)
    data = dataset_from_arrays(x, y)
    [note] = filter(is_about_test_rows, data.notes)
    assert len(data.test) == kept
    assert note.startswith("4 of the 20 rows are kept" if kept else "no rows are kept")
    asked = Shares(test=0.2)
    if kept:
        assert not any(map(is_about_test_rows, dataset_from_arrays(x, y, split=asked).notes))
    else:
        with pytest.raises(DataError, match="at least 3 rows a class"):
            dataset_from_arrays(x, y, split=asked)


def test_a_class_with_few_of_many_rows_does_not_cost_the_test_rows():
    y = np.array([0] * 200 + [1] * 2)
    with pytest.raises(DataError, match="at least 3 rows a class"):
        dataset_from_arrays(np.arange(202)[:, None], y)
