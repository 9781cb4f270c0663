"""Several inputs and outputs, multi-label rows, targets of more axes, texts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tuneit.data.dataset import Dataset
from tuneit.data.head import Head
from tuneit.data.load import dataset_from_arrays
from tuneit.data.nested import as_nested
from tuneit.errors import DataError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 4)).astype(np.float32)
KIND, SIZE = np.arange(60) % 3, X[:, 0] * 2
LABELS = (X[:, :3] > 0).astype(int)
TAGS = RNG.integers(0, 4, (60, 6))
IMAGES = RNG.random((60, 4, 4, 1)).astype(np.float32)

KINDS = Head("sparse_categorical_crossentropy", (3,), 3, "softmax", name="kind")
SIZES = Head("mean_squared_error", (1,), 1, "linear", name="size")
SIGMOID = Head("binary_crossentropy", (3,), 3, "sigmoid")
TAGGER = Head("sparse_categorical_crossentropy", (6, 4), 4, "softmax")
MASKS = Head("binary_crossentropy", (4, 4, 1), 1, "sigmoid")


def made(x: Any, y: Any, *heads: Head, **arguments: Any) -> Dataset:
    return dataset_from_arrays(x, y, ask=lambda: heads, **arguments)


@pytest.mark.parametrize("form", [list, tuple])
def test_a_list_of_arrays_is_several_inputs(form: Any) -> None:
    data = made(form([X, X[:, :2]]), KIND, KINDS)
    assert isinstance(data.train.x, tuple)
    assert data.input_shape == ((4,), (2,))
    assert data.describe()["input_shape"] == [[4], [2]]
    assert isinstance(made({"a": X, "b": X}, KIND, KINDS).train.x, dict)


def test_a_list_of_rows_is_one_array() -> None:
    rows = list(X)
    assert as_nested(rows, KIND) is rows
    assert made(rows, KIND, KINDS).input_shape == (4,)


@pytest.mark.parametrize("dtype", [np.int32, np.uint8, np.int64, np.bool_])
def test_whole_numbers_keep_their_dtype_and_studies_their_fingerprint(dtype: Any) -> None:
    ids = (np.arange(240).reshape(60, 4) % 2).astype(dtype)
    data = made(ids, KIND, KINDS)
    assert data.train.x.dtype == dtype  # type: ignore[union-attr]
    assert data.fingerprint() == made(ids.astype(np.float32), KIND, KINDS).fingerprint()


def test_texts_stay_texts() -> None:
    words = np.array(["good", "bad", "a longer text"] * 20)
    data = made(words, KIND, KINDS)
    assert data.has_texts
    assert data.input_shape == (1,)
    assert set(data.train.x[:, 0]) == set(words)  # type: ignore[call-overload,index]
    assert data.fingerprint() != made(words[::-1], KIND, KINDS).fingerprint()


@pytest.mark.parametrize(("heads", "task"), [((SIGMOID,), None), ((), "multilabel")])
def test_zero_one_rows_with_several_ones_are_multi_label(heads: Any, task: Any) -> None:
    data = made(X, LABELS, *heads, task=task)
    [output] = data.outputs
    assert (data.task, output.class_names) == ("multilabel", ("0", "1", "2"))
    np.testing.assert_array_equal(output.labels(data.train.y), data.train.y)  # type: ignore[arg-type]
    told = data.describe()
    assert told["classes"] == {}
    assert sum(told["labels"]["1"].values()) == LABELS[:, 1].sum()


@pytest.mark.parametrize("column", [False, True])
def test_tags_are_classes_at_each_position(column: bool) -> None:
    y = TAGS[..., None] if column else TAGS
    [output] = made(X, y, TAGGER).outputs
    assert (output.task, output.positions, len(output.class_names)) == ("classification", (6,), 4)
    assert output.per_position
    np.testing.assert_array_equal(output.labels(y), TAGS)
    one_hot = np.eye(4)[TAGS]
    [output] = made(X, one_hot, Head("categorical_crossentropy", (6, 4), 4, "softmax")).outputs
    assert output.is_one_hot
    assert output.positions == (6,)
    np.testing.assert_array_equal(output.labels(one_hot), TAGS)


def test_masks_and_copies_of_the_input() -> None:
    masks = (IMAGES > 0.5).astype(np.float32)
    [output] = made(IMAGES, masks, MASKS).outputs
    assert (output.task, output.positions) == ("classification", (4, 4))
    drawings = np.round(IMAGES)  # of zeros and ones, which are no labels
    for head in (Head("mean_squared_error", (4, 4, 1), 1, "linear"), MASKS):
        for images in (IMAGES, drawings):
            [output] = made(images, images, head).outputs
            assert (output.task, output.is_copy_of_input) == ("regression", True)


@pytest.mark.parametrize("y", [{"size": SIZE, "kind": KIND}, [KIND, SIZE]])
def test_several_outputs_have_the_models_names_and_order(y: Any) -> None:
    data = made(X, y, KINDS, SIZES)
    assert data.task == "several"
    assert [o.name for o in data.outputs] == ["kind", "size"]
    assert [o.task for o in data.outputs] == ["classification", "regression"]
    kind, size = (output.of(data.train.y) for output in data.outputs)
    np.testing.assert_allclose(size, 2 * data.train.x[:, 0])  # type: ignore[call-overload,index]
    assert kind.dtype == KIND.dtype
    assert "at random" in " ".join(data.notes)
    assert [o["name"] for o in data.describe()["outputs"]] == ["kind", "size"]


def test_notes_on_several_outputs_name_no_setting_that_is_refused() -> None:
    notes = " ".join(made(X, {"kind": KIND, "size": SIZE}, KINDS, SIZES).notes)
    assert "output 'kind': task inferred: classification" in notes
    assert "overrules" not in notes
    assert "overrules" in " ".join(made(X, KIND, KINDS).notes)


@pytest.mark.parametrize("by_name", [True, False])
@pytest.mark.parametrize("given", ["dict", "list"])
@pytest.mark.parametrize("weighted", ["one", "as y", "by name"])
def test_targets_and_weights_stand_as_the_models_outputs(
    by_name: bool, given: str, weighted: str
) -> None:
    heads = [replace(head, by_name=by_name) for head in (KINDS, SIZES)]
    y: Any = {"size": SIZE, "kind": KIND} if given == "dict" else [KIND, SIZE]
    named = {"size": SIZE**2, "kind": KIND + 1.0}
    weight: Any = {"one": SIZE**2, "by name": named}.get(weighted)
    if weighted == "as y":
        weight = named if given == "dict" else [KIND + 1.0, SIZE**2]
    data = made(X, y, *heads, sample_weight=weight)
    assert isinstance(data.train.y, dict if by_name else tuple)
    assert isinstance(data.train.weight, dict if by_name else tuple)
    for output in data.outputs:
        array, counts = output.of(data.train.y), output.of(data.train.weight)
        expected = array + 1 if output.name == "kind" and weighted != "one" else None
        if output.name == "size":
            expected = array**2
        if expected is not None:
            np.testing.assert_allclose(counts, expected, rtol=1e-6)
    assert ("in the order in which Keras" in " ".join(data.notes)) == (by_name and given == "list")


def test_weights_of_several_outputs_have_the_form_of_the_targets() -> None:
    y = {"kind": KIND, "size": SIZE}
    data = made(X, y, KINDS, SIZES, sample_weight=np.arange(60))
    assert isinstance(data.train.weight, dict)
    assert set(data.train.weight) == {"kind", "size"}
    in_order = made(X, y, KINDS, SIZES, sample_weight=[np.ones(60), np.arange(60)])
    weight: Any = in_order.train.weight
    assert (weight["kind"].max(), weight["size"].max() > 1) == (1, True)


@pytest.mark.parametrize(
    ("x", "y", "heads", "words"),
    [
        ([X, X[:50]], KIND, (), r"60 in \[0\], 50 in \[1\]"),
        (X, {"kind": KIND, "size": SIZE[:50]}, (), r"60 in \['kind'\], 50 in \['size'\]"),
        (X, KIND[:50], (), r"x has 60 and y 50 \(shapes \(60, 4\) and \(50,\)\)"),
        (X, {"kind": KIND}, (KINDS, SIZES), "'size' has a loss and no target"),
        (X, {"kind": KIND, "sise": SIZE}, (KINDS, SIZES), "did you mean 'size'"),
        (X, [KIND, SIZE, SIZE], (KINDS, SIZES), "the data have 3 targets"),
        (X, LABELS, (), "the task is multilabel"),
    ],
)
def test_what_does_not_match_is_said_in_a_sentence(x: Any, y: Any, heads: Any, words: str) -> None:
    with pytest.raises(DataError, match=words):
        made(x, y, *heads)


@pytest.mark.parametrize("y", [{"out": KIND}, [KIND]])
def test_the_only_target_of_a_dict_or_list_is_that_of_the_only_output(y: Any) -> None:
    weight = {"out": KIND + 1.0} if isinstance(y, dict) else [KIND + 1.0]
    data = made(X, y, replace(KINDS, name=""), sample_weight=weight)
    assert isinstance(data.train.y, np.ndarray)
    np.testing.assert_allclose(data.train.weight, data.train.y + 1.0)  # type: ignore[arg-type]


def test_inputs_of_all_splits_are_alike() -> None:
    texts = np.array([["a"] * 4] * 20)
    with pytest.raises(DataError, match="train holds numbers and validation texts"):
        made(X, KIND, KINDS, validation=(texts, KIND[:20]))


@pytest.mark.parametrize("weight", [[KIND + 1.0], {"kind": KIND + 1.0}, {"a": KIND, "b": KIND}])
def test_weights_of_other_outputs_are_told(weight: Any) -> None:
    y = [KIND, SIZE] if isinstance(weight, list) else {"kind": KIND, "size": SIZE}
    with pytest.raises(DataError, match=r"one for each \(kind, size\), in the form"):
        made(X, y, KINDS, SIZES, sample_weight=weight)


def test_validation_data_of_another_form() -> None:
    with pytest.raises(DataError, match="a dict of a, b in the train split and they are one array"):
        made({"a": X, "b": X}, KIND, KINDS, validation=(X, KIND))
