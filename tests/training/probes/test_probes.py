"""One contract for all probes: silent on sound models of every kind, loud on the fault of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tuneit.findings import Severity
from tuneit.training.keras_loader import load_keras
from tuneit.training.probes.guard import Guard
from tuneit.training.probes.look import Look
from tuneit.training.probes.one_batch import learns_by_heart
from tuneit.training.probes.runner import probe
from tuneit.training.probes.sample import sample_of

load_keras()
import keras  # noqa: E402
from keras import layers, ops  # noqa: E402

RNG = np.random.default_rng(0)
X = RNG.normal(size=(64, 6)).astype("float32")
REAL = (X[:, 0] - X[:, 1]).astype("float32")
TWO = (REAL > 0).astype("float32")
SERIES = RNG.normal(size=(64, 5, 3)).astype("float32")
IMAGES = RNG.normal(size=(64, 8, 8, 1)).astype("float32")
WORDS = RNG.integers(0, 20, (64, 7))
BINARY = "binary_crossentropy"


def model(x: Any, *parts: Any, loss: Any = "mse") -> Any:
    keras.utils.set_random_seed(1)
    made = keras.Sequential([keras.Input(x.shape[1:]), *parts])
    made.compile("sgd", loss, jit_compile=False)
    return made


class Own(keras.Model):  # type: ignore[misc]
    """A subclassed model: Keras does not know how its layers are connected."""

    def __init__(self, hidden: Any, last: Any) -> None:
        super().__init__()
        self.hidden, self.last = hidden, last

    def call(self, x: Any) -> Any:
        return self.last(self.hidden(x))


def own(hidden: Any, last: Any, loss: str = "mse") -> Any:
    keras.utils.set_random_seed(1)
    made = Own(hidden, last)
    made.compile("sgd", loss, jit_compile=False)
    made(X[:2])
    return made


def two_outputs() -> Any:
    start = keras.Input((6,))
    made = keras.Model(start, [layers.Dense(1)(start), layers.Dense(1)(start)])
    made.compile("sgd", ["mse", "mse"], jit_compile=False)
    return made


def found(model: Any, x: Any, y: Any) -> dict[str, Any]:
    """The findings of a second look that are more than information, by name."""
    lines: list[str] = []
    look = Look(model, sample_of((x, y)), [{"loss": 1.0}] * 2, [1.0], [1.0])
    findings = probe(look, Guard(lines.append))
    assert not lines
    return {f.name: f for f in findings if f.severity is not Severity.INFO}


RELU = layers.Dense
DEAD = keras.initializers.Constant(-50.0)
SOUND: dict[str, tuple[Callable[[], Any], Any, Any]] = {
    "no hidden layer": (lambda: model(X, RELU(1)), X, REAL),
    "two classes": (lambda: model(X, RELU(8, "relu"), RELU(1, "sigmoid"), loss=BINARY), X, TWO),
    "normalised": (
        lambda: model(IMAGES, layers.Conv2D(4, 3), layers.BatchNormalization(), layers.ReLU(),
                      layers.GlobalAveragePooling2D(), layers.Dropout(0.5), RELU(1)),
        IMAGES, REAL),
    "words": (
        lambda: model(WORDS, layers.Embedding(20, 4), layers.GRU(4), RELU(1, "sigmoid"),
                      loss=BINARY), WORDS, TWO),
    "positive": (lambda: model(X, RELU(8, "relu"), RELU(1, "relu")), X, np.abs(REAL)),
    "subclassed": (lambda: own(RELU(8, "elu"), RELU(1)), X, REAL),
    "two outputs": (two_outputs, X, [REAL, REAL]),
}  # fmt: skip

FAULTS: dict[str, tuple[str, Callable[[], Any], Any, Any, str]] = {
    "dead layer": (
        "constant_predictions",
        lambda: model(X, RELU(8, "relu", bias_initializer=DEAD, name="dead"), RELU(1)), X, REAL,
        "'dead'"),
    "dead units": (
        "dead_relus",
        lambda: model(X, RELU(8, "relu", bias_initializer=DEAD, name="dead"), RELU(1)), X, REAL,
        "leaky_relu"),
    "softmax over one unit": (
        "constant_predictions", lambda: own(RELU(8, "elu"), RELU(1, "softmax"), BINARY), X, TWO,
        "'sigmoid'"),
    "relu for negative targets": (
        "output_cannot_reach_targets", lambda: own(RELU(8, "elu"), RELU(1, "relu")),
        X, -np.abs(REAL) - 1, "activation=None"),
    "dead layer of a subclassed model": (
        "constant_predictions",
        lambda: own(RELU(8, "relu", bias_initializer=DEAD, name="dead"), RELU(1)), X, REAL,
        "'dead'"),
    "a loss that is rounded": (
        "no_gradient", lambda: model(X, RELU(1), loss=lambda y, p: 1 + ops.mean(ops.round(p))),
        X, REAL, "rounding"),
    "averages of the first weights": (
        "batch_norm_lags", lambda: model(X, layers.BatchNormalization(), RELU(1)), 100 * X, REAL,
        "momentum=0.9"),
}  # fmt: skip


@pytest.mark.parametrize("kind", SOUND)
def test_sound_models_are_not_accused(kind: str) -> None:
    build, x, y = SOUND[kind]
    assert found(build(), x, y) == {}


@pytest.mark.filterwarnings("ignore:You are using a softmax:UserWarning")
@pytest.mark.parametrize("kind", FAULTS)
def test_each_fault_is_seen_at_once_and_says_what_to_write(kind: str) -> None:
    name, build, x, y, write = FAULTS[kind]
    finding = found(build(), x, y)[name]
    assert finding.summary.endswith(str(finding.evidence["write"]))
    assert write in str(finding.evidence["write"])


def test_rows_are_learned_by_heart_but_not_those_that_look_alike() -> None:
    y = np.eye(4, dtype="float32")[np.arange(64) % 4]
    wide = model(X, RELU(64, "relu"), RELU(4, "softmax"), loss="categorical_crossentropy")
    passed = learns_by_heart(wide, X, y)
    assert passed.name == "can_overfit"
    assert passed.evidence["rows"] == 32
    start = keras.Input((6,))
    coarse = keras.Model(start, RELU(1)(RELU(400, "relu")(ops.sign(start[:, :1]))))
    coarse.compile("sgd", "mse", jit_compile=False)
    finding = learns_by_heart(coarse, X, (0.4 * np.sign(X[:, 0]) + X[:, 1]).astype("float32"))
    assert finding.name == "cannot_memorise"
    assert finding.severity is Severity.WARNING
    assert "narrow layer" in finding.summary
