"""The contract of every edit: applicable or a reason; the edited model trains, saves and loads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tuneit.errors import BuilderError
from tuneit.training.keras_loader import load_keras
from tuneit.training.treating.builder import edit, treat
from tuneit.training.treating.edits import EDITS
from tuneit.training.treating.graph import CannotTreat

load_keras()
import keras  # noqa: E402
from keras import layers  # noqa: E402

ROWS = 12


@keras.saving.register_keras_serializable("tuneit_tests")
class Subclassed(keras.Model):  # type: ignore[misc]
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.dense = layers.Dense(3, activation="softmax")

    def call(self, inputs: Any) -> Any:
        return self.dense(inputs)


def own_loss(y_true: Any, y_pred: Any) -> Any:
    """A loss that Keras cannot find by name."""
    return keras.losses.sparse_categorical_crossentropy(y_true, y_pred)


def compiled(model: Any, loss: Any = "sparse_categorical_crossentropy") -> Any:
    # Nothing is traced: each model trains one step.
    rate = keras.optimizers.SGD(0.01)
    model.compile(optimizer=rate, loss=loss, metrics=["accuracy"], run_eagerly=True)
    return model


def linear() -> Any:
    return compiled(keras.Sequential([layers.Input((5,)), layers.Dense(3, activation="softmax")]))


def mlp() -> Any:
    """Two hidden layers, one without an activation, and a loss of the user's own."""
    hidden = [layers.Dense(8), layers.Dense(6, activation="relu", name="mine")]
    last = layers.Dense(3, activation="softmax")
    return compiled(keras.Sequential([layers.Input((5,)), *hidden, last]), own_loss)


def cnn() -> Any:
    body = [layers.Conv2D(4, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten()]
    head = [layers.Dropout(0.1), layers.Dense(8, activation="relu", kernel_regularizer="l2")]
    last = layers.Dense(3, activation="softmax")
    shaped = layers.Reshape((6, 6, 1))
    return compiled(keras.Sequential([layers.Input((36,)), shaped, *body, *head, last]))


def residual() -> Any:
    """Two sums: of layers of one width, and with the input itself."""
    inputs = keras.Input((5,))
    first = layers.Dense(8, activation="relu")(inputs)
    summed = first + layers.Dense(8, activation="relu")(first)
    last = layers.Add()([layers.Dense(5, activation="relu")(summed), inputs])
    return compiled(keras.Model(inputs, layers.Dense(3, activation="softmax")(last)))


def recurrent() -> Any:
    body = [layers.Bidirectional(layers.LSTM(4)), layers.Dense(3, activation="softmax")]
    return compiled(keras.Sequential([layers.Input((4, 5)), *body]))


def subclassed() -> Any:
    model = compiled(Subclassed())
    model(np.zeros((1, 5), np.float32))
    return model


MODELS: dict[str, Callable[[], Any]] = {
    f.__name__: f for f in (linear, mlp, cnn, residual, recurrent, subclassed)
}

SUITS = {
    "linear": {"deeper", "l2"},
    "mlp": {
        *("more_capacity", "smaller_network", "deeper", "shallower", "dropout", "l2"),
        *("batch_normalisation", "missing_activation"),
    },
    "cnn": {
        *("more_capacity", "smaller_network", "deeper", "shallower", "dropout", "l2"),
        *("batch_normalisation", "less_regularisation", "distillation"),
    },
    "residual": {
        *("more_capacity", "smaller_network", "deeper", "dropout", "l2", "batch_normalisation"),
        "distillation",
    },
    "recurrent": {"more_capacity", "smaller_network", "deeper", "dropout", "distillation"},
    "subclassed": set(),
}
"""Edits of layers by model; those of the optimizer suit every model."""


def suits(kind: str, name: str) -> bool:
    if name in ("lower_learning_rate", "raise_learning_rate", "gradient_clipping"):
        return True
    of_inputs = name in ("augmentation", "normalise_inputs")
    return name in SUITS[kind] or (of_inputs and kind != "subclassed")


def rows_for(model: Any) -> np.ndarray[Any, Any]:
    shape = model.inputs[0].shape[1:] if getattr(model, "inputs", None) else (5,)
    rng = np.random.default_rng(0)
    return rng.normal(3.0, 5.0, (ROWS, *shape)).astype(np.float32)


@pytest.fixture(autouse=True)
def _cleared() -> None:
    keras.utils.clear_session()
    keras.utils.set_random_seed(0)


@pytest.mark.parametrize("name", EDITS)
@pytest.mark.parametrize("kind", MODELS)
def test_edits_keep_their_contract(kind: str, name: str, tmp_path: Path) -> None:
    model = MODELS[kind]()
    x, y = rows_for(model), np.arange(ROWS) % 3
    before, shapes = model.get_weights(), model.count_params()
    if not suits(kind, name):
        with pytest.raises(CannotTreat, match=r"\w{3} \w+ \w{3}"):
            edit(model, [name], x)
        return
    edited, said = edit(model, [name], x)
    assert said
    # The baseline is as it was, and what keeps its shape keeps its weights.
    assert model.count_params() == shapes
    assert all(map(np.array_equal, before, model.get_weights()))
    kept = {layer.name: layer.get_weights() for layer in model.layers}
    for layer in edited.layers:
        old = kept.get(layer.name, [])
        if [w.shape for w in old] == [w.shape for w in layer.get_weights()]:
            assert all(map(np.array_equal, old, layer.get_weights()))
    if kind != "subclassed":
        assert edited.output_shape == model.output_shape
    told = edited.train_on_batch(x, y, return_dict=True)
    assert {"loss", "accuracy"} <= told.keys()
    assert np.isfinite(told["loss"])
    if kind == next(other for other in ("cnn", "mlp") if suits(other, name)):
        edited.save(tmp_path / "edited.keras")
        again = keras.models.load_model(tmp_path / "edited.keras", compile=False)
        said = [np.asarray(m(x, training=False)) for m in (again, edited)]
        assert np.allclose(*said, atol=1e-5)


def sizes(model: Any) -> list[int]:
    return [
        getattr(layer, "units", getattr(layer, "filters", 0))
        for layer in model.layers
        if hasattr(layer, "units") or hasattr(layer, "filters")
    ]


def test_hidden_layers_double_and_halve_but_never_outputs() -> None:
    assert sizes(treat(cnn(), "more_capacity")) == [8, 16, 3]
    assert sizes(treat(cnn(), "smaller_network")) == [2, 4, 3]


def test_layers_that_are_added_to_an_input_keep_their_width() -> None:
    assert sizes(treat(residual(), "more_capacity")) == [16, 16, 5, 3]


def test_dropout_comes_before_dense_layers_that_hidden_layers_feed() -> None:
    edited, said = edit(mlp(), ["dropout"])
    assert [type(layer).__name__ for layer in edited.layers] == [
        *("InputLayer", "Dense", "Dropout", "Dense", "Dropout", "Dense"),
    ]
    assert said == "Dropout(0.3) before mine, dense_1"


def test_rates_and_penalties_that_are_there_change() -> None:
    edited, said = edit(cnn(), ["dropout", "l2"])
    assert said == "dropout 0.1 → 0.3, L2 0.01 → 0.1 in conv2d, dense"
    less, said = edit(cnn(), ["less_regularisation"])
    assert said == "dropout 0.1 → 0.05, L2 0.01 → 0.001"
    assert [layer.rate for layer in less.layers if hasattr(layer, "rate")] == [0.05]
    assert edited.layers[-2].kernel_regularizer.l2 == pytest.approx(0.1)


def test_pictures_are_moved_where_they_first_look_like_pictures() -> None:
    names = [type(layer).__name__ for layer in treat(cnn(), "augmentation").layers]
    assert names[:5] == ["InputLayer", "Reshape", "RandomTranslation", "RandomRotation", "Conv2D"]


def test_noise_and_scaling_act_on_the_inputs() -> None:
    model, x = mlp(), rows_for(mlp())
    scaled, _ = edit(model, ["normalise_inputs"], x)
    inner = keras.Model(scaled.input, scaled.layers[1].output)
    values = np.asarray(inner(x))
    assert np.allclose([values.mean(), values.std()], [0, 1], atol=1e-3)
    noisy, _ = edit(mlp(), ["augmentation"], x)
    assert np.array_equal(*(noisy(x, training=False) for _ in range(2)))
    assert not np.array_equal(*(noisy(x, training=True) for _ in range(2)))


def test_the_optimizer_changes_and_nothing_else() -> None:
    lower, said = edit(mlp(), ["lower_learning_rate", "gradient_clipping", "learning_rate=0.5"])
    assert said == "learning rate 0.01 → 0.0033, clipnorm=1, learning rate 0.0033 → 0.5"
    assert (float(lower.optimizer.learning_rate), lower.optimizer.clipnorm) == (0.5, 1.0)


def test_wrong_names_and_models_are_one_sentence() -> None:
    with pytest.raises(BuilderError, match="there is no edit 'dropuot' - did you mean 'dropout'"):
        treat(mlp(), "dropuot")
    with pytest.raises(BuilderError, match="cannot be treated by dropout: the model's class"):
        treat(subclassed(), "dropout")
    with pytest.raises(BuilderError, match=r"begin it with a keras\.Input"):
        treat(compiled(keras.Sequential([layers.Dense(3)])), "l2")
    with pytest.raises(BuilderError, match="a cross-entropy loss, but the model ends in 3 units"):
        treat(compiled(mlp(), "mse"), "distillation")
    scheduled = mlp()
    rate = keras.optimizers.schedules.CosineDecay(0.1, 10)
    scheduled.compile(optimizer=keras.optimizers.SGD(rate), loss="mse")
    with pytest.raises(BuilderError, match="follows a schedule"):
        treat(scheduled, "lower_learning_rate")
