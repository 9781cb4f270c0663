"""Faults of wiring are named before training; the corrected twin of each model is not accused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tuneit
from tuneit.errors import BuilderError, DataError
from tuneit.findings import Finding, Severity
from tuneit.findings.observations import OBSERVATIONS
from tuneit.findings.plans import PLANS
from tuneit.training.keras_loader import load_keras

load_keras()
import keras  # noqa: E402

L = keras.layers
ROWS = 60
RNG = np.random.default_rng(0)
X = RNG.normal(size=(ROWS, 4)).astype("float32")
REAL = RNG.normal(size=ROWS).astype("float32")
SERIES = RNG.normal(size=(ROWS, 5, 2)).astype("float32")
TOKENS = np.arange(ROWS * 3).reshape(ROWS, 3) % 11
GRID = np.arange(ROWS * 5).reshape(ROWS, 5) % 4
TWO, THREE = np.arange(ROWS) % 2, np.arange(ROWS) % 3
THREE_HOT, BINARY = np.eye(3)[THREE], "binary_crossentropy"
CATEGORICAL, SPARSE = "categorical_crossentropy", "sparse_categorical_crossentropy"


def a_model(*layers: Any, loss: Any = "mse", x: Any = X, **compiled: Any) -> Any:
    model = keras.Sequential([keras.Input(shape=x.shape[1:]), *layers])
    model.compile(optimizer="adam", loss=loss, **compiled)
    return model


def hidden(activation: str | None = "relu") -> Any:
    return L.Dense(6, activation=activation)


def check(model: Any, x: Any, y: Any, **fit: Any) -> list[Finding]:
    found = list(tuneit.check_model(model, x, y, **fit))
    for finding in found:
        assert finding.summary.endswith(str(finding.evidence["write"]))
        assert finding.name in OBSERVATIONS
        assert (finding.name in PLANS) != (finding.severity is Severity.INFO)
    return found


def two_outputs(activation: str | None, metrics: Any = None, by_name: bool = True) -> Any:
    x = keras.Input((4,), name="x")
    shared = L.Dense(6, activation="relu")(x)
    kind = L.Dense(3, activation=activation, name="kind")(shared)
    size = L.Dense(1, name="size")(L.Dense(5, activation="relu")(shared))
    model = keras.Model(x, {"kind": kind, "size": size} if by_name else [kind, size])
    losses = {"kind": SPARSE, "size": "mse"}
    model.compile("adam", losses if by_name else list(losses.values()), metrics=metrics)
    return model


@pytest.mark.parametrize("by_name", [True, False])
def test_each_output_is_checked_and_its_findings_name_it(by_name: bool) -> None:
    y: Any = {"kind": THREE, "size": REAL} if by_name else [THREE, REAL]
    assert check(two_outputs("softmax", by_name=by_name), X, y) == []
    metrics: Any = {"size": ["accuracy"]} if by_name else [["accuracy"], ["accuracy"]]
    found = check(two_outputs(None, metrics, by_name), X, y)
    assert [(f.name, f.output) for f in found] == [
        ("cross_entropy_without_softmax", "kind"),
        ("accuracy_of_regression", "size"),
    ]
    assert str(found[0]).startswith("output 'kind': ")


def test_what_all_outputs_share_is_said_once() -> None:
    y = {"kind": THREE, "size": REAL}
    found = check(two_outputs("softmax"), X, y, epochs=1)
    assert [f.name for f in found] == ["few_steps"]
    with pytest.raises(DataError, match="'size' has a loss and no target"):
        check(two_outputs("softmax"), X, {"kind": THREE})
    with pytest.raises(DataError, match=r"the target 'size' \(59,\)"):
        check(two_outputs("softmax"), X, {"kind": THREE, "size": REAL[:-1]})


OUTPUTS = [
    ("softmax_of_one_unit", (1, "softmax", BINARY, TWO), (1, "sigmoid", BINARY, TWO), "'sigmoid'"),
    ("cross_entropy_without_softmax", (3, None, SPARSE, THREE), (3, "softmax", SPARSE, THREE),
     "activation='softmax'"),
    ("binary_cross_entropy_without_sigmoid", (1, "relu", BINARY, TWO), (1, "sigmoid", BINARY, TWO),
     "activation='sigmoid'"),
    ("output_cannot_reach_targets", (1, "relu", "mse", REAL), (1, None, "mse", REAL),
     "activation=None"),
    ("target_mismatch", (3, "softmax", CATEGORICAL, THREE), (3, "softmax", SPARSE, THREE),
     "sparse_categorical_crossentropy"),
    ("target_mismatch", (1, "sigmoid", BINARY, REAL), (1, None, "mse", REAL), "use mse"),
    ("regression_loss_on_classes", (1, "sigmoid", "mse", TWO), (1, "sigmoid", BINARY, TWO), BINARY),
    ("binary_cross_entropy_on_one_hot", (3, "sigmoid", BINARY, THREE_HOT),
     (3, "softmax", CATEGORICAL, THREE_HOT), CATEGORICAL),
]  # fmt: skip


@pytest.mark.parametrize(("name", "faulty", "sound", "advice"), OUTPUTS)
def test_output_loss_and_targets(name: str, faulty: Any, sound: Any, advice: str) -> None:
    units, activation, loss, y = faulty
    first, *others = check(a_model(hidden(), L.Dense(units, activation), loss=loss), X, y)
    assert first.name == name
    assert not others
    assert advice in str(first.evidence["write"])
    units, activation, loss, y = sound
    assert check(a_model(hidden(), L.Dense(units, activation), loss=loss), X, y) == []


LAYERS = [
    ("dropout_of_the_output", (hidden(), L.Dense(1), L.Dropout(0.5)), X, REAL),
    ("no_nonlinearity", (hidden(None), L.Dense(1)), X, REAL),
    ("linear_layers_in_a_row", (hidden(), hidden(None), L.Dense(1)), X, REAL),
    ("bottleneck_of_one_unit", (hidden(), L.Dense(1, "relu"), L.Dense(1)), X, REAL),
    ("output_keeps_an_axis", (L.GRU(3, return_sequences=True), L.Dense(1)), SERIES, REAL),
    ("relu_in_recurrent_layer", (L.GRU(3, activation="relu"), L.Dense(1)), SERIES, REAL),
    ("embedding_out_of_range", (L.Embedding(10, 2), L.GRU(3), L.Dense(1)), TOKENS, REAL),
    ("embedding_of_fractions", (L.Embedding(11, 2), L.GRU(3), L.Dense(1)), TOKENS / 10, REAL),
    (
        "embedding_of_fractions",
        (L.Reshape((3, 1)), L.Reshape((3,)), L.Embedding(11, 2), L.GRU(3), L.Dense(1)),
        TOKENS / 10,
        REAL,
    ),
    ("inputs_equal_targets", (hidden(), L.Dense(1)), X, X[:, 2]),
    ("inputs_far_from_unit_scale", (hidden(), L.Dense(1)), X * 300, REAL),
    ("targets_far_from_unit_scale", (hidden(), L.Dense(1)), X, REAL * 300),
    ("constant_target", (hidden(), L.Dense(1)), X, REAL * 0),
    ("not_finite", (hidden(), L.Dense(1)), np.where(X > 0, X, np.nan), REAL),
]


@pytest.mark.parametrize(("name", "layers", "x", "y"), LAYERS)
def test_layers_and_data(name: str, layers: Any, x: Any, y: Any) -> None:
    assert [finding.name for finding in check(a_model(*layers, x=x), x, y)] == [name]


def test_softmax_and_relu_as_layers_of_their_own() -> None:
    start = keras.Input((4,))
    logits = L.Dense(3, name="logits")(hidden()(start))
    for last, names in ((L.ReLU(name="r")(logits), ["relu_on_logits"]), (logits, [])):
        model = keras.Model(start, L.Softmax()(last))
        model.compile("adam", SPARSE)
        assert [finding.name for finding in check(model, X, THREE)] == names


@pytest.mark.parametrize(
    ("layers", "loss", "x", "y"),
    [
        ((L.Dense(2), L.Dense(4)), "mse", X, X),
        ((L.GRU(3, return_sequences=True), L.Dense(4, "softmax")), SPARSE, SERIES, GRID),
        ((L.GRU(3, return_sequences=True), L.Dense(1)), "mse", SERIES, SERIES[..., 0] + 1),
        ((hidden(), L.Dense(1)), "mse", X, np.arange(ROWS) % 6),
        ((L.Dense(1, "sigmoid"),), BINARY, X, TWO[:, None]),
        ((hidden(), L.Dense(3)), keras.losses.SparseCategoricalCrossentropy(True), X, THREE),
        ((keras.Sequential([hidden()]), L.Dense(3, "softmax")), SPARSE, X, THREE),
    ],
)
def test_sound_models_are_not_accused(layers: Any, loss: Any, x: Any, y: Any) -> None:
    assert check(a_model(*layers, loss=loss, x=x), x, y) == []


def test_metric_and_fit() -> None:
    model = a_model(hidden(), L.Dense(1), metrics=["accuracy"])
    assert [f.name for f in check(model, X, REAL)] == ["accuracy_of_regression"]
    labels = (np.arange(ROWS)[:, None] % (2, 3, 5) == 0).astype("float32")
    for given, found in (("accuracy", ["accuracy_of_several_labels"]), ("binary_accuracy", [])):
        model = a_model(hidden(), L.Dense(3, "sigmoid"), loss=BINARY, metrics=[given])
        assert [f.name for f in check(model, X, labels)] == found
    model = a_model(hidden(), L.Dense(1))
    [few] = check(model, X, REAL, epochs=2)
    assert few.name == "few_steps"
    assert "4 steps" in few.summary
    [batch] = check(model, X, REAL, batch_size=ROWS + 1)
    assert batch.name == "batch_larger_than_data"
    [one] = check(model, X, REAL, validation_split=0.99)
    assert one.name == "one_training_row"
    model.optimizer.learning_rate = 7.0
    [rate] = check(model, X, REAL)
    assert rate.name == "unusual_learning_rate"


def test_models_whose_graph_is_not_known_are_built_or_left_alone() -> None:
    late = keras.Sequential([hidden(), L.Dense(1, "softmax")])
    late.compile("adam", BINARY)
    assert [f.name for f in check(late, X, TWO)] == ["softmax_of_one_unit"]
    start = keras.Input((4,))
    several = keras.Model(start, [L.Dense(1)(start), L.Dense(1)(start)])
    several.compile("adam", ["mse", "mse"])
    assert check(several, X, REAL) == []


def test_what_cannot_be_checked_is_an_error_of_one_sentence() -> None:
    with pytest.raises(BuilderError, match="compiled model"):
        tuneit.check_model(keras.Sequential([L.Dense(1)]), X, REAL)
    model = a_model(L.Dense(1))
    with pytest.raises(DataError, match="as many rows"):
        tuneit.check_model(model, X, REAL[1:])
    with pytest.raises(DataError, match="cannot train on"):
        tuneit.check_model(model, X, np.array(["a"] * ROWS))


class Block(L.Layer):  # type: ignore[misc]
    """A layer of one's own that holds layers."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = hidden()

    def call(self, x: Any) -> Any:
        return self.inner(x)


class Own(keras.Model):  # type: ignore[misc]
    """A subclassed model, whose layers Keras does not connect."""

    def __init__(self, *parts: Any) -> None:
        super().__init__()
        self.parts = list(parts)

    def call(self, x: Any) -> Any:
        for part in self.parts:
            x = part(x)
        return x


def own(*parts: Any, loss: Any) -> Any:
    model = Own(*parts)
    model.compile("adam", loss, jit_compile=False)
    return model


@pytest.mark.parametrize(("name", "faulty", "sound", "advice"), OUTPUTS)
def test_output_of_a_subclassed_model(name: str, faulty: Any, sound: Any, advice: str) -> None:
    units, activation, loss, y = faulty
    model = own(Block(), L.Dropout(0.1), L.Dense(units, activation, name="last"), loss=loss)
    [found] = check(model, X, y)
    assert found.name == name
    assert advice in str(found.evidence["write"])
    before = model.get_weights()
    units, activation, loss, y = sound
    assert check(own(Block(), L.Dense(units, activation), loss=loss), X, y) == []
    assert all(map(np.array_equal, before, model.get_weights()))


@pytest.mark.parametrize(("name", "layers", "x", "y"), LAYERS)
def test_layers_of_a_subclassed_model(name: str, layers: Any, x: Any, y: Any) -> None:
    named = [type(layer).from_config(layer.get_config()) for layer in layers]
    assert [finding.name for finding in check(own(*named, loss="mse"), x, y)] == [name]


def test_operations_in_a_call_are_not_taken_for_linear_or_known() -> None:
    class Operations(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.first, self.last = L.Dense(6), L.Dense(3)

        def call(self, x: Any) -> Any:
            return keras.ops.softmax(self.last(keras.ops.relu(self.first(x / 255))))

    model = Operations()
    model.compile("adam", SPARSE, jit_compile=False)
    assert check(model, 255 * X, THREE) == []


def test_a_slice_of_the_inputs_before_an_embedding() -> None:
    x = np.column_stack([TOKENS[:, 0], X]).astype("float32")
    start = keras.Input((5,))
    both = [L.Embedding(10, 2)(start[:, 0]), hidden()(start[:, 1:])]
    model = keras.Model(start, L.Dense(1)(L.Concatenate()(both)))
    model.compile("adam", "mse")
    for tokens, names in (
        (x[:, 0], ["embedding_out_of_range"]),
        (x[:, 0] / 11, ["embedding_of_fractions"]),
        (x[:, 0] % 10, []),
    ):
        rows = np.column_stack([tokens, X])
        assert [finding.name for finding in check(model, rows, REAL)] == names
