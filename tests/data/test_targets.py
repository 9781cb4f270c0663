"""What the user gives as targets is what Keras gets, and how it is told apart as classes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tuneit.data.dataset import Dataset, Split
from tuneit.data.head import ERRORS, Head
from tuneit.data.load import dataset_from_arrays
from tuneit.data.target_mismatch import target_mismatch
from tuneit.errors import DataError
from tuneit.study import PythonData
from tuneit.study import Split as Shares

X = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)
INDICES = np.arange(60) % 3
SPAM = np.array(["ham", "spam"])[np.arange(60) % 2]

SIGMOID = Head("binary_crossentropy", (1,), 1, "sigmoid")
LINEAR = Head("mean_squared_error", (1,), 1, "linear")
SPARSE = Head("sparse_categorical_crossentropy", (3,), 3, "softmax")


def dataset(y: Any, head: Head | None = None, **arguments: Any) -> Dataset:
    return dataset_from_arrays(X, y, ask=lambda: () if head is None else (head,), **arguments)


# ---------------------------------------------------------------------------- kept as given


@pytest.mark.parametrize("column", [False, True])
@pytest.mark.parametrize(
    ("y", "names"),
    [
        (INDICES, ("0", "1", "2")),
        (INDICES.astype(np.uint8), ("0", "1", "2")),
        (INDICES.astype(np.float32), ("0", "1", "2")),
        (INDICES + 1, ("1", "2", "3")),
        (INDICES % 2 * 2.0 - 1, ("-1", "1")),
        (INDICES == 1, ("False", "True")),
        (X[:, 0], ()),
        (X[:, 0].astype(np.float64), ()),
        (np.arange(60) * 7, ()),
    ],
)
def test_numbers_keep_values_dtype_and_shape(
    y: np.ndarray[Any, Any], names: tuple[str, ...], column: bool
) -> None:
    x = np.arange(60, dtype=np.float32)[:, None]
    y = y[:, None] if column else y
    data = dataset_from_arrays(x, y, folds=2)
    assert data.class_names == names
    for split in (data.train, data.validation, data.test, data.of_execution(1).train):
        expected = y[split.x[:, 0].astype(int)]  # type: ignore[index,call-overload]
        np.testing.assert_array_equal(split.y, expected)
        assert (split.y.dtype, split.y.shape) == (y.dtype, expected.shape)
        assert data.labels(split).shape == (len(split),)
        if names:
            values = np.unique(y)
            np.testing.assert_array_equal(values[data.labels(split)], expected.reshape(-1))


@pytest.mark.parametrize("column", [False, True])
def test_only_texts_are_encoded_and_said_so(column: bool) -> None:
    data = dataset(SPAM[:, None] if column else SPAM)
    assert data.train.y.dtype == np.int64
    assert data.train.y.shape == ((36, 1) if column else (36,))
    assert data.class_names == ("ham", "spam")
    note = "encoded as whole numbers: 'ham' is 0, 'spam' is 1; 'spam' is the positive class"
    assert note in " ".join(data.notes)
    assert "encoded" not in " ".join(dataset(INDICES).notes)


def test_hand_made_data_tell_their_classes_by_the_labels() -> None:
    def made(y: Any, **fields: Any) -> Dataset:
        split = Split(X[: len(y)], np.asarray(y))
        return Dataset("mine", "classification", split, split, split, **fields)

    assert made([0, 2, 2]).class_names == ("0", "1", "2")
    named = made([0, 1], class_names=("a", "b", "c"))
    assert named.labels(named.train).tolist() == [0, 1]
    signs = made([[-1.0], [1.0], [-1.0]])
    assert (signs.class_names, signs.labels(signs.train).tolist()) == (("-1", "1"), [0, 1, 0])
    assert signs.labels(signs.train.take(np.array([1]))).tolist() == [1]


def test_searches_on_targets_that_were_kept_before_still_resume() -> None:
    # Earlier versions hashed class indices as int64 vectors and reals as float32.
    prints = {
        dataset(y, task="classification").fingerprint()
        for y in (INDICES, INDICES.astype(np.uint8), INDICES * 1.0, INDICES[:, None])
    }
    assert len(prints) == 1
    assert dataset(X[:, 0]).fingerprint() == dataset(X[:, 0].astype(np.float64)).fingerprint()
    # These they changed: another study was trained.
    assert dataset(INDICES + 1).fingerprint() not in prints
    assert dataset(X[:, :1]).fingerprint() != dataset(X[:, 0]).fingerprint()


# ---------------------------------------------------------------------------- the task


@pytest.mark.parametrize(
    ("y", "head", "task"),
    [
        (INDICES + 3, LINEAR, "regression"),  # ratings
        (INDICES, Head("poisson", (1,), 1, "exponential"), "regression"),  # counts
        (INDICES, Head("", (1,), 1, "linear"), "regression"),  # one unit and a loss of one's own
        (INDICES, Head("mean_squared_error"), "regression"),  # a subclassed model
        (INDICES == 1, LINEAR, "regression"),
        (INDICES == 1, replace(LINEAR, activation="tanh"), "classification"),
        (INDICES == 1, Head("hinge", (1,), 1, "linear"), "classification"),
        (INDICES, SPARSE, "classification"),
        (np.arange(60) // 3 * 10, replace(SPARSE, units=300), "classification"),
        (INDICES, Head("", (3,), 3, "linear"), "classification"),  # left open: the data decide
        (INDICES, None, "classification"),
        (np.arange(60) // 2 * 10, None, "regression"),
        (X[:, 0], SPARSE, "regression"),
        (SPAM, SIGMOID, "classification"),
    ],
)
def test_the_model_decides_what_whole_numbers_are(y: Any, head: Head | None, task: str) -> None:
    data = dataset(y, head)
    assert data.task == task
    assert any(note.startswith(f"task inferred: {task}, as the ") for note in data.notes)


def test_the_note_says_what_of_the_model_decided() -> None:
    assert dataset(INDICES, LINEAR, split=Shares(test=0.2)).notes == (
        "task inferred: regression, as the model ends in 1 unit with the activation linear and the "
        "loss mean_squared_error; `task` overrules this",
    )


def test_what_is_said_goes_before_the_model_and_numbers_are_not_made_of_texts() -> None:
    def unasked() -> Head:
        raise AssertionError("the task is given")

    for task in ("classification", "regression"):
        assert dataset_from_arrays(X, INDICES, task=task, ask=unasked).task == task
    with pytest.raises(
        DataError, match=r"loss mean_squared_error, which is for numbers, but .*ham"
    ):
        dataset(SPAM, LINEAR)
    assert dataset(SPAM, LINEAR, task="classification").task == "classification"


# ---------------------------------------------------------------------------- what a loss takes


@pytest.mark.parametrize(
    ("y", "head", "words"),
    [
        (INDICES + 1, SPARSE, "takes the labels 0 to 2, but the data 'data' has 3 classes labelled "
         "1 to 3: subtract 1 in the data, or give the last layer 4 units"),
        (INDICES - 1, SPARSE, "labelled -1 to 1: add 1 in the data"),
        (INDICES * 9, SPARSE, "give the last layer 19 units"),
        (INDICES / 2, SPARSE, "is for classes, but the data 'data' has real targets"),
        (np.eye(3)[INDICES], SPARSE, "use categorical_crossentropy"),
        (INDICES, replace(SPARSE, loss="categorical_crossentropy"), "keras.utils.to_categorical"),
        (np.eye(2)[INDICES % 2], replace(SPARSE, loss="categorical_crossentropy"), "last layer 2"),
        (INDICES + 1, SIGMOID, "give Dense\\(3, activation='softmax'\\)"),
        (INDICES % 2 * 2 - 1, SIGMOID, "labelled -1 and 1: give y == 1 as the target, or use the "
         "loss hinge"),
        (X[:, 0], SIGMOID, "is for classes, but the data 'data' has real targets"),
        (INDICES % 2 + 1, Head("hinge", (1,), 1, "linear"), "holds 1, 2, …: recode it"),
        (-INDICES, Head("poisson", (1,), 1, "softplus"), "at least 0, but .* holds -2"),
        (X[:, 0], Head("mean_squared_error", (2,), 2, "linear"), "give the last layer 1 unit"),
        (X, LINEAR, "has 1 unit, but the data 'data' has 3 targets a row"),
        (INDICES, Head("mean_squared_error", (3,), 3, "softmax"), "wants one-hot targets"),
        (np.array(["a", "b", "c"])[INDICES], Head("", (1,), 1, ""), "one unit separates at most"),
    ],
)  # fmt: skip
def test_what_a_loss_cannot_take_is_said_with_the_way_to_mend_it(
    y: Any, head: Head, words: str
) -> None:
    with pytest.raises(AssertionError, match=words):
        raise AssertionError(target_mismatch(head, dataset(y, head)))


@pytest.mark.parametrize(
    ("y", "head"),
    [
        (INDICES, SPARSE),
        (INDICES[:, None], SPARSE),
        (INDICES - 1, replace(SPARSE, ignored=-1)),
        (INDICES + 3, replace(SPARSE, units=9)),
        (INDICES + 3, LINEAR),
        (X[:, :1], LINEAR),
        (INDICES % 2, SIGMOID),
        (INDICES % 2 * 2 - 1, Head("squared_hinge", (1,), 1, "tanh")),
        (INDICES % 2 * 2 - 1, replace(LINEAR, activation="tanh")),
        (np.abs(np.tanh(X[:, 0])), SIGMOID),  # shares
        (np.eye(3)[INDICES], replace(SPARSE, loss="categorical_crossentropy")),
        (INDICES * 1000, Head("", (3,), 3, "softmax")),  # a loss of one's own may take anything
        (INDICES, Head()),
    ],
)
def test_what_a_loss_takes_passes(y: Any, head: Head) -> None:
    assert target_mismatch(head, dataset(y, head)) is None


def test_targets_of_all_splits_are_alike() -> None:
    column = dataset(INDICES, SPARSE, validation=(X, INDICES[:, None]))
    assert column.validation.y.shape == INDICES.shape  # type: ignore[union-attr]
    with pytest.raises(DataError, match="target holds numbers in train, texts in validation"):
        dataset(INDICES, SPARSE, validation=(X, np.array(["a", "b", "c"] * 20)))


def test_labels_that_occur_in_the_validation_rows_alone_count() -> None:
    rows = X[:6], np.array([0, 1, 2, 7, 7, 7])
    assert "but the validation rows of the data 'data' hold other labels, such as 7" in str(
        target_mismatch(SPARSE, dataset(INDICES, SPARSE, validation=rows))
    )


def test_distances_are_known_by_their_names() -> None:
    assert {replace(LINEAR, loss=name).task for name in ERRORS} == {"regression"}
    assert Head("my_loss", (1,), 1, "linear").task is None


# ---------------------------------------------------------------------------- the positive class


@pytest.mark.parametrize("one_hot", [False, True])
@pytest.mark.parametrize(
    ("y", "positive", "names"),
    [
        (SPAM, "spam", ("ham", "spam")),
        (SPAM, "ham", ("spam", "ham")),
        (INDICES % 2, 0, ("1", "0")),
        (INDICES % 2 * 2.0 - 1, -1, ("1", "-1")),
        (INDICES % 2 == 0, False, ("True", "False")),
        (np.eye(2)[INDICES % 2], "0", ("1", "0")),
    ],
)
def test_the_positive_class_gets_the_higher_label(
    y: Any, positive: Any, names: tuple[str, str], one_hot: bool
) -> None:
    plain, data = dataset(y, one_hot=one_hot), dataset(y, one_hot=one_hot, positive=positive)
    assert (data.class_names, data.positive_class) == (names, names[1])
    assert data.train.y.dtype == plain.train.y.dtype
    for name, split in data.splits.items():
        by_name = np.array(data.class_names)[data.labels(split)]
        known = np.array(plain.class_names)[plain.labels(plain.splits[name])]
        np.testing.assert_array_equal(by_name, known)
    swapped = plain.class_names != data.class_names
    assert ("change places" in " ".join(data.notes)) == (swapped and y is not SPAM)
    assert data.describe()["positive_class"] == names[1]


@pytest.mark.parametrize(
    ("y", "positive", "words"),
    [
        (SPAM, "spma", "'spma', which the target lacks - did you mean 'spam'"),
        (SPAM, 1, "'1', which the target lacks; it has ham or spam"),
        (INDICES, 2, "one of two classes, but the target has 3"),
        (X[:, 0], "high", "but this is regression"),
    ],
)
def test_a_positive_class_that_there_is_not(y: Any, positive: Any, words: str) -> None:
    with pytest.raises(DataError, match=words):
        dataset(y, positive=positive)


def test_the_study_has_the_key() -> None:
    spec = {"source": "python", "function": "data.py:load"}
    assert PythonData.model_validate({**spec, "positive": "fraud"}).positive == "fraud"
    assert PythonData.model_validate({**spec, "positive": 0}).positive == 0
    with pytest.raises(ValueError, match="positive names a class, but the task is regression"):
        PythonData.model_validate({**spec, "positive": "fraud", "task": "regression"})
