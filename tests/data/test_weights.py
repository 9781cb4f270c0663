"""How much rows count: read, carried along with their rows, multiplied."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from data_builders import blobs
from hypothesis import given
from hypothesis import strategies as st
from sklearn.utils.class_weight import compute_class_weight

from tuneit.data.checks.balance import check_balance
from tuneit.data.dataset import Dataset, Split
from tuneit.data.head import Head
from tuneit.data.load import dataset_from_arrays
from tuneit.data.output import Output
from tuneit.data.weights import balanced, class_weights_of, row_weights
from tuneit.errors import DataError
from tuneit.study import Split as Shares

X = np.arange(120, dtype=np.float32).reshape(60, 2)
Y = (np.arange(60) % 5 > 2).astype(int)
W = X[:, 0] + 1
"""Each row's weight tells which row it is."""

labels = st.lists(st.integers(0, 4), min_size=1, max_size=40)
weights = st.floats(0, 100, width=32)


def follows(split: Split) -> bool:
    assert split.weight is not None
    assert split.weight.dtype == np.float32
    return np.array_equal(split.weight, split.x[:, 0] + 1)  # type: ignore[call-overload]


# ---------------------------------------------------------------------------- the product


@given(
    labels,
    st.lists(weights, min_size=40, max_size=40),
    st.lists(weights, min_size=5, max_size=5),
    st.booleans(),
)
def test_a_row_weighs_the_product_of_its_own_and_its_classs_weight(
    y: list[int], own: list[float], by_class: list[float], one_hot: bool
) -> None:
    codes = np.array(y)
    target = np.eye(5, dtype=np.float32)[codes] if one_hot else codes
    output = Output("classification", codes=() if one_hot else tuple(range(5)), is_one_hot=one_hot)
    bare = Split(np.zeros((len(y), 1)), target)
    split = replace(bare, weight=np.array(own[: len(y)], dtype=np.float32))
    product = row_weights(split, [tuple(by_class)], [output])
    assert product is not None
    assert (product.shape, product.dtype) == ((len(y),), np.float32)
    expected = [own[i] * by_class[c] for i, c in enumerate(y)]
    np.testing.assert_allclose(product, expected, rtol=1e-6, atol=1e-37)
    assert np.array_equal(row_weights(split), split.weight)  # type: ignore[arg-type]
    alone = row_weights(bare, [tuple(by_class)], [output])
    assert np.array_equal(alone, np.float32([by_class[c] for c in y]))  # type: ignore[arg-type]
    assert row_weights(bare) is None


@given(labels, st.integers(5, 7))
def test_balanced_is_scikit_learns_rule(y: list[int], n_classes: int) -> None:
    got = balanced(np.bincount(y, minlength=n_classes))
    present = sorted(set(y))
    expected = compute_class_weight("balanced", classes=np.array(present), y=np.array(y))
    np.testing.assert_allclose([got[i] for i in present], expected)
    assert len(got) == n_classes
    assert all(got[i] == 1 for i in range(n_classes) if i not in present)
    assert sum(got[i] for i in y) == pytest.approx(len(y))


# ---------------------------------------------------------------------------- the hyperparameter


def test_the_hyperparameter_chooses_the_class_weights() -> None:
    data = dataset_from_arrays(X, Y, class_weight={"1": 3})
    assert class_weights_of(data, None) == class_weights_of(data, "given") == ((1.0, 3.0),)
    assert class_weights_of(data, "none") == (None,)
    assert class_weights_of(data, "balanced") == (balanced(np.bincount(data.train.y)),)  # type: ignore[arg-type]
    assert class_weights_of(replace(data, class_weight=None), None) == (None,)
    one_hot = dataset_from_arrays(X, Y, one_hot=True)
    counts = np.bincount(one_hot.labels(one_hot.train))
    assert class_weights_of(replace(one_hot, class_names=()), "balanced") == (balanced(counts),)


@pytest.mark.parametrize(
    ("choice", "task", "words"),
    [
        ("heavy", None, "reserved for none, balanced or given, but is 'heavy'"),
        (3.0, None, "but is 3.0: choose one of these, or rename"),
        ("given", None, "the data have no class weights: set `data.class_weight`"),
        ("balanced", "regression", "regression has no classes: choose none"),
    ],
)
def test_other_choices_have_their_own_sentence(choice: Any, task: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        class_weights_of(dataset_from_arrays(X, Y, task=task), choice)


# ---------------------------------------------------------------------------- along with the rows


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"split": Shares(stratify=False)},
        {"in_time": True},
        {"groups": np.repeat(np.arange(15), 4)},
        {"folds": 3},
        {"folds": 3, "in_time": True},
        {"folds": 3, "groups": np.repeat(np.arange(15), 4)},
        {"one_hot": True},
        {"task": "regression"},
    ],
)
def test_weights_stay_with_their_rows(arguments: dict[str, Any]) -> None:
    data = dataset_from_arrays(X, Y, sample_weight=W, **arguments)
    for index in range(3):
        assert all(follows(split) for split in data.of_execution(index).splits.values())
    assert follows(data.train.take(np.array([3, 1])))
    assert data.development is None or follows(data.development)


def test_given_splits_have_no_weights_and_need_none() -> None:
    data = dataset_from_arrays(X, Y, sample_weight=list(W), validation=(X, Y), test=(X, Y))
    assert follows(data.train)
    assert data.validation.weight is data.test.weight is None


@pytest.mark.parametrize("one_hot", [False, True])
def test_balanced_weights_are_those_of_the_training_rows(one_hot: bool) -> None:
    data = dataset_from_arrays(X, Y, class_weight="balanced", one_hot=one_hot)
    assert data.class_weight == balanced(np.bincount(data.labels(data.train)))
    total = row_weights(data.train, data.class_weights, data.outputs)
    assert total is not None
    by_class = np.bincount(data.labels(data.train), weights=total)
    np.testing.assert_allclose(by_class, len(data.train) / 2, rtol=1e-6)


SEVERAL = {"kind": Y + 2, "size": X[:, 0], "tags": np.arange(240).reshape(60, 4) % 3}


def several(**arguments: Any) -> Dataset:
    losses = ("sparse_categorical_crossentropy", "mean_squared_error")
    heads = [
        Head(losses[0], (4,), 4, "softmax", name="kind"),
        Head(losses[1], (1,), 1, "linear", name="size"),
        Head(losses[0], (4, 3), 3, "softmax", name="tags"),
    ]
    return dataset_from_arrays(X, SEVERAL, ask=lambda: heads, **arguments)


def test_classes_of_each_output_weigh_by_its_name() -> None:
    data = several(class_weight={"kind": {2: 0.5, "3": 2}, "tags": "balanced"}, sample_weight=W)
    assert data.class_weight == {"kind": (0.5, 2.0), "tags": data.class_weights[2]}
    assert data.class_weights[1] is None
    assert data.weight_by_class["kind"] == {"2": 0.5, "3": 2.0}
    found = row_weights(data.train, data.class_weights, data.outputs)
    own = data.train.x[:, 0] + 1  # type: ignore[call-overload]
    kind = np.where(data.train.y["kind"] == 2, 0.5, 2)  # type: ignore[call-overload]
    np.testing.assert_allclose(found["kind"], own * kind)  # type: ignore[call-overload]
    np.testing.assert_allclose(found["size"], own)  # type: ignore[call-overload]
    assert found["tags"].shape == (36, 4)  # type: ignore[call-overload]
    everywhere = several(class_weight="balanced")
    assert set(everywhere.weight_by_class) == {"kind", "tags"}
    assert class_weights_of(several(), "balanced") == everywhere.class_weights
    assert len({d.fingerprint() for d in (several(), everywhere, data)}) == 3
    assert json.loads(json.dumps(data.describe()))["class_weight"]["kind"]["2"] == 0.5
    one = data.of_output(data.outputs[0])
    assert (one.task, one.weight_by_class) == ("classification", {"2": 0.5, "3": 2.0})
    np.testing.assert_array_equal(one.train.weight, own)  # type: ignore[arg-type]


def test_positions_weigh_by_their_class_and_their_own_weight() -> None:
    tags = np.arange(240).reshape(60, 4) % 3
    head = Head("sparse_categorical_crossentropy", (4, 3), 3, "softmax")
    own = np.arange(240).reshape(60, 4).astype(np.float64)
    for weights in (own, own[..., None]):
        data = dataset_from_arrays(
            X, tags, ask=lambda: [head], sample_weight=weights, class_weight={"1": 5}, in_time=True
        )
        np.testing.assert_array_equal(data.train.weight, own[:36])  # type: ignore[arg-type]
        found = row_weights(data.train, data.class_weights, data.outputs)
        np.testing.assert_array_equal(found, own[:36] * np.where(tags[:36] == 1, 5, 1))  # type: ignore[arg-type]
    alone = dataset_from_arrays(X, tags, ask=lambda: [head], sample_weight=W, class_weight={"1": 5})
    shape = row_weights(alone.train, alone.class_weights, alone.outputs).shape  # type: ignore[union-attr]
    assert shape == (36, 4)
    with pytest.raises(DataError, match=r"or one for each of the \(4,\) positions, but those of"):
        dataset_from_arrays(X, tags, ask=lambda: [head], sample_weight=own[:, :3])


@pytest.mark.parametrize(
    ("class_weight", "words"),
    [
        ({"knid": "balanced"}, "3 outputs .* has 'knid': 'balanced' - did you mean 'kind'"),
        ({"2": 0.5}, "there are 3 outputs \\(kind, size, tags\\), .* but has '2': 0.5"),
        ({"size": "balanced"}, "'class_weight' of the output 'size' is for classification, but"),
        ({"kind": {"7": 1}}, "class '7', which the data lack"),
    ],
)
def test_bad_class_weights_of_several_outputs(class_weight: Any, words: str) -> None:
    with pytest.raises(DataError, match=words):
        several(class_weight=class_weight)


def test_with_folds_they_are_those_of_the_development_rows() -> None:
    data = dataset_from_arrays(X, Y, class_weight="balanced", folds=4, in_time=True, test=(X, Y))
    assert data.development is not None
    whole = balanced(np.bincount(data.development.y))  # type: ignore[arg-type]
    assert data.class_weight == whole == data.of_execution(2).class_weight


def test_classes_are_named_by_their_values() -> None:
    x, y = blobs(60)
    names = np.array(["eggs", "ham", "spam"])[y]
    data = dataset_from_arrays(x, names, class_weight={"spam": 2, "eggs": np.float32(0.5)})
    assert data.class_weight == (0.5, 1.0, 2.0)
    assert data.weight_by_class == {"eggs": 0.5, "ham": 1.0, "spam": 2.0}
    assert dataset_from_arrays(
        x, y * 2.0, task="classification", class_weight={4: 2}
    ).class_weight == (1, 1, 2)
    assert dataset_from_arrays(x, y == 1, class_weight={True: 2}).class_weight == (1, 2)
    unnamed = replace(data, class_names=(), outputs=())
    assert unnamed.weight_by_class == {"0": 0.5, "1": 1.0, "2": 2.0}
    assert replace(data, class_weight=None).weight_by_class == {}


# ---------------------------------------------------------------------------- what is told


def test_fingerprints_see_weights_and_are_what_they_were_without() -> None:
    def made(**arguments: Any) -> Dataset:
        return dataset_from_arrays(X, Y, seed=3, **arguments)

    # That of commit fee9c87, before there were weights: searches begun then still resume.
    assert made().fingerprint() == (
        "0a5cfbcf061e730137d8267df348800d0317affd0f93068faf1156b63e28c23a"
    )
    other = W.copy()
    other[7] += 1
    prints = [
        made(**arguments).fingerprint()
        for arguments in (
            {},
            {"sample_weight": W},
            {"sample_weight": other},
            {"class_weight": "balanced"},
            {"class_weight": {"1": 2}},
            {"class_weight": {"1": 2}, "sample_weight": W},
        )
    ]
    assert len(set(prints)) == len(prints)
    assert prints[1] == made(sample_weight=W.astype(np.int64)).fingerprint()


def test_the_description_has_weights_where_they_are_set() -> None:
    plain = dataset_from_arrays(X, Y).describe()
    assert not {"class_weight", "sample_weight"} & set(plain)
    data = dataset_from_arrays(X, Y, class_weight={"1": 2}, sample_weight=W, in_time=True)
    described = data.describe()
    assert described["class_weight"] == {"0": 1.0, "1": 2.0}
    assert described["sample_weight"] == {"least": 1.0, "mean": 36.0, "greatest": 71.0}


def test_an_imbalance_that_is_weighted_is_not_advised_to_be() -> None:
    y = np.array([0] * 950 + [1] * 50)
    x = np.random.default_rng(0).normal(size=(1000, 2))

    def summary(**arguments: Any) -> str:
        findings = check_balance(dataset_from_arrays(x, y, **arguments))
        return next(f.summary for f in findings if f.name == "class_imbalance")

    assert "consider class weights (`class_weight: balanced`)" in summary()
    assert "consider" not in summary(class_weight="balanced")


# ---------------------------------------------------------------------------- what is refused

SPAM = np.array(["ham", "spam"] * 30)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"sample_weight": W[:50]}, "the train split has 60 rows and 50 weights"),
        ({"sample_weight": -W}, "60 of 60 of the train split are not, such as -1: mend them"),
        ({"sample_weight": np.where(W > 100, np.nan, W)}, "10 of 60 .* such as nan"),
        (
            {"sample_weight": W.astype(np.float64) * 1e38},
            "weights must be finite and at least 0, but",
        ),
        ({"sample_weight": W * 0}, "must not all be 0, but those of the train split are"),
        ({"sample_weight": ["a"] * 60}, "must be numbers, but those of the train split hold"),
        ({"sample_weight": [{}] * 60}, "must be numbers"),
        ({"sample_weight": X}, r"one number a row, but .* have the shape \(60, 2\)"),
        ({"class_weight": {"spma": 2}}, "class 'spma', which the data lack - did you mean 'spam'"),
        ({"class_weight": {7: 2}}, "'7', which the data lack; they have ham or spam"),
        ({"class_weight": {"spam": -1}}, "at least 0, but that of 'spam' is -1"),
        ({"class_weight": {"spam": "x"}}, "at least 0, but that of 'spam' is 'x'"),
        ({"class_weight": {"spam": np.inf}}, "at least 0, but that of 'spam' is inf"),
        ({"class_weight": {"spam": True}}, "at least 0, but that of 'spam' is True"),
        ({"class_weight": {"spam": 0, "ham": 0}}, "makes every training row weigh 0"),
        ({"class_weight": [1, 2]}, r"must be 'balanced' or a number for each .* \[1, 2\]: write"),
        ({"class_weight": "even"}, "but is 'even'"),
        ({"class_weight": "balanced", "y": X}, "is for classification, but this is regression"),
        (
            {"class_weight": {"ham": 0}, "sample_weight": (SPAM == "ham") * 1},
            "must not all weigh 0, but the 36 do",
        ),
        (
            {"sample_weight": np.arange(60) >= 30, "folds": 3, "in_time": True},
            "must not all weigh 0, but the 12 of fold 1 do",
        ),
    ],
)
def test_bad_weights_have_their_own_sentence(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(DataError, match=words):
        dataset_from_arrays(**({"x": X, "y": SPAM} | arguments))


anything = st.one_of(
    st.floats(), st.integers(-2, 10**400), st.text(max_size=2), st.none(), st.booleans()
)


@given(st.lists(anything, min_size=60, max_size=60) | st.lists(anything, max_size=3))
def test_whatever_the_weights_only_a_data_error(values: list[Any]) -> None:
    try:
        data = dataset_from_arrays(X, Y, sample_weight=values, in_time=True)
    except DataError:
        return
    assert data.train.weight is not None
    assert np.isfinite(data.train.weight).all()
    assert (data.train.weight >= 0).all()
