"""Models that differ in more than their configurations say."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cohort_zoo import Bench, Quiet, a_plan, assert_same, rows_of

from tuneit.training.cohort.model_fingerprint import structure
from tuneit.training.cohort.supported_layers import refusal
from tuneit.training.cohort.validation import validation_rows
from tuneit.training.keras_loader import load_keras
from tuneit.trials import Proposal, Trial

load_keras()
import keras  # noqa: E402
import tensorflow as tf  # noqa: E402
from keras import layers, losses, optimizers, regularizers  # noqa: E402
from keras.src.utils.naming import reset_uids  # noqa: E402 - not exported

RNG = np.random.default_rng(2)
X = RNG.normal(size=(40, 4)).astype(np.float32)
DATA = rows_of(X, X.sum(axis=1, keepdims=True), train=32)


def a_model(*hidden: Any, loss: Any = "mse", optimizer: Any = "sgd", outputs: int = 1) -> Any:
    model = keras.Sequential([layers.Input((4,)), *hidden, layers.Dense(outputs, name="last")])
    model.compile(optimizer, loss)
    return model


def adapted(rows: int) -> Any:
    layer = layers.Normalization()
    layer.adapt(X[:rows])
    return a_model(layer)


def regularized(strength: int) -> Any:
    model = a_model()
    model.layers[-1].kernel.regularizer = regularizers.L2(strength)
    return model


def constrained(most: int) -> Any:
    model = a_model()
    model.layers[-1].kernel.constraint = keras.constraints.MaxNorm(most)
    return model


def frozen(which: int) -> Any:
    model = a_model(layers.Dense(4), layers.Dense(4))
    model.layers[which].kernel.trainable = False
    return model


def exchanged(nesterov: int) -> Any:
    model = a_model()
    model.optimizer = optimizers.SGD(0.1, 0.9, nesterov=bool(nesterov))
    return model


def named_seed(which: int) -> Any:
    inputs = keras.Input((4,))
    model = keras.Model(inputs, {"seed": layers.Dense(1, name="seed")(inputs)})
    model.compile("sgd", {"seed": ["mse", "mae"][which]})
    return model


def text(build: Callable[[int], Any], value: int) -> str:
    reset_uids()  # as before each model of a cohort
    return structure(build(value), 8)


@pytest.mark.parametrize(
    "build",
    [
        adapted,
        lambda delta: a_model(loss=losses.Huber(delta)),
        lambda axis: a_model(loss=losses.CosineSimilarity(axis - 2)),
        regularized,
        constrained,
    ],
    ids=["adapted", "huber", "cosine", "regularized", "constrained"],
)
def test_what_configurations_lack_is_compared(build: Callable[[int], Any]) -> None:
    assert text(build, 1) == text(build, 1)
    assert text(build, 1) != text(build, 2)


@pytest.mark.parametrize("build", [frozen, exchanged, named_seed])
def test_what_was_changed_after_compiling_is_compared(build: Callable[[int], Any]) -> None:
    assert text(build, 0) == text(build, 0)
    assert text(build, 0) != text(build, 1)


def wrapped() -> Any:
    @functools.wraps(losses.mean_squared_error)
    def loss(true: Any, predicted: Any) -> Any:
        return 2.0 * losses.mean_squared_error(true, predicted)

    return a_model(loss=loss)


def with_own_step() -> Any:
    model = a_model()
    model.train_step = lambda data: {}
    return model


def with_own_call() -> Any:
    layer = layers.Dense(4)
    layer.call = lambda inputs: inputs
    return a_model(layer)


def with_own_update() -> Any:
    optimizer = optimizers.SGD()
    optimizer.update_step = lambda *_: None
    return a_model(optimizer=optimizer)


def with_own_function() -> Any:
    def double(row: Any) -> Any:
        return 2.0 * row

    inputs = keras.Input((4,))
    model = keras.Model(inputs, layers.Dense(1)(keras.ops.vectorized_map(double, inputs)))
    model.compile("sgd", "mse", jit_compile=False)
    return model


@pytest.mark.parametrize(
    "build", [wrapped, with_own_step, with_own_call, with_own_update, with_own_function]
)
def test_code_of_the_users_own_trains_alone(build: Callable[[], Any]) -> None:
    assert refusal(build()) is not None
    assert refusal(a_model(layers.Dense(4, "relu"))) is None


def by_keras() -> Any:
    return keras.random.normal((4, 1))


def by_tensorflow() -> Any:
    return tf.random.normal((4, 1))


@pytest.mark.parametrize("draw", [by_keras, by_tensorflow])
def test_who_draws_from_a_global_generator_trains_alone(draw: Callable[[], Any]) -> None:
    def build(hp: Any) -> Any:
        hp.Float("learning_rate", 1e-3, 1e-2)
        model = a_model()
        model.layers[-1].kernel.assign(draw())
        return model

    reasons = [trial.reason for trial in Bench(build, DATA).prepared(2)]
    assert reasons == ["its builder draws from the global random generators"] * 2


def test_a_builder_that_seeds_but_draws_nothing_is_fused() -> None:
    def build(hp: Any) -> Any:
        hp.Float("learning_rate", 1e-3, 1e-2)
        keras.utils.set_random_seed(1)
        return a_model()

    assert_same(Bench(build, DATA))


SHARED = {
    "l2": regularizers.L2(0.1),
    "most": keras.constraints.MaxNorm(1.0),
    "schedule": optimizers.schedules.ExponentialDecay(0.1, 10, 0.5),
    "loss": losses.Huber(),
    "frozen": layers.Dense(4, trainable=False),
    "adapted": layers.Normalization(),
}
"""What builders may make once, and set for each trial."""


def with_shared(name: str) -> Callable[[Any], Any]:
    def build(hp: Any) -> Any:
        value = hp.Choice("value", [1, 2, 3])
        shared: Any = SHARED[name]
        if name == "l2":
            shared.l2 = value
        elif name == "most":
            shared.max_value = value
        elif name == "schedule":
            shared.decay_steps = value
        elif name == "loss":
            shared._fn_kwargs["delta"] = value
        elif name == "frozen":
            shared(keras.Input((4,)))
            shared.set_weights([np.full((4, 4), value), np.zeros(4)])
        else:
            shared.adapt(X[: 10 * value])
        hidden = {
            "l2": lambda: layers.Dense(4, kernel_regularizer=shared),
            "most": lambda: layers.Dense(4, kernel_constraint=shared),
        }.get(name, lambda: shared if isinstance(shared, layers.Layer) else layers.Dense(4))
        optimizer = optimizers.SGD(shared if name == "schedule" else 0.01)
        return a_model(hidden(), loss=shared if name == "loss" else "mse", optimizer=optimizer)

    return build


def built_together(build: Callable[[Any], Any], values: list[int]) -> list[str | None]:
    """Why trials whose models are built one after the other are not fused."""
    bench = Bench(build, DATA)
    proposals = [Proposal(i, {"value": value}, i) for i, value in enumerate(values)]
    return [trial.reason for trial in bench.trainer._prepare(proposals)]


@pytest.mark.parametrize("name", SHARED)
def test_what_the_next_builder_sets_anew_keeps_trials_apart(name: str) -> None:
    """Alone each model is trained before the next builder sets it."""
    changed = "the builder changed parts of its model for another trial"
    first, *others = built_together(with_shared(name), [1, 2, 2])
    assert first == changed
    # The wide model of a structure may be built after them, with values of its own.
    assert set(others) in ({None}, {changed})


def test_a_base_that_some_train_keeps_all_apart() -> None:
    base = keras.Sequential([layers.Input((4,)), layers.Dense(4), layers.Dense(4)])

    def build(hp: Any) -> Any:
        first = hp.Choice("value", [1, 2, 3]) - 1
        for place, layer in enumerate(base.layers):
            layer.trainable = place >= first
        return a_model(base)

    why = "other trials train its weights or use its optimizer too"
    assert built_together(build, [1, 3, 3]) == [why] * 3
    assert built_together(build, [3, 3]) == [None, None]


def twice(hp: Any) -> Any:
    inputs = keras.Input((4,))
    drop = layers.Dropout(0.5)
    model = keras.Model(inputs, layers.Subtract()([drop(inputs), drop(inputs)]))
    model = keras.Model(inputs, layers.Dense(1, use_bias=False)(model(inputs)))
    model.compile(optimizers.SGD(hp.Float("learning_rate", 1e-4, 1e-3)), "mse", jit_compile=False)
    return model


def test_a_layer_that_is_called_twice_draws_twice() -> None:
    bench = Bench(twice, rows_of(X, np.zeros((40, 1), np.float32), train=32))
    curves, _ = bench.fused()
    assert all(loss > 0 for curve in curves for loss in curve["loss"])
    assert_same(bench)


def scaled(hp: Any) -> Any:
    rate = hp.Float("learning_rate", 1e-3, 1e-2)
    return a_model(optimizer=optimizers.SGD(rate, loss_scale_factor=8.0))


def test_scaled_losses_follow_the_curve_of_training_alone() -> None:
    assert_same(Bench(scaled, DATA, a_plan(epochs=3)))


@pytest.mark.parametrize(
    "loss",
    [
        lambda value: losses.BinaryCrossentropy(label_smoothing=value),
        lambda value: losses.CategoricalCrossentropy(label_smoothing=value),
        losses.Huber,
    ],
)
def test_arguments_of_losses_are_batched(loss: Callable[[float], Any]) -> None:
    def build(hp: Any) -> Any:
        model = a_model(loss=loss(hp.Float("argument", 0.1, 0.3)), outputs=2)
        model.layers[-1].activation = keras.activations.sigmoid
        return model

    bench = Bench(build, rows_of(X, np.eye(2, dtype=np.float32)[(X[:, 0] > 0) * 1], train=32))
    assert_same(bench)


def repeated(optimizer: Any) -> Callable[[Any], Any]:
    def build(hp: Any) -> Any:
        words = layers.Embedding(3, 4), layers.GlobalAveragePooling1D()
        return a_model(*words, optimizer=optimizer(hp.Float("learning_rate", 1e-3, 1e-2)))

    return build


@pytest.mark.parametrize("optimizer", [optimizers.Adam, optimizers.Lamb])
def test_sparse_gradients_count_each_occurrence_as_keras_does(optimizer: Any) -> None:
    tokens = RNG.integers(0, 3, (40, 4)).astype(np.float32)
    assert_same(Bench(repeated(optimizer), rows_of(tokens, X[:, :1], train=32)))


def test_losses_that_depend_on_their_batch_are_validated_as_keras_does() -> None:
    assert validation_rows(a_model(), 3, 8, 100) == 100
    for depends in (
        a_model(loss=losses.MeanSquaredError(reduction="sum")),
        a_model(loss=losses.SparseCategoricalCrossentropy(ignore_class=0), outputs=3),
        a_model(loss=losses.CosineSimilarity(axis=0)),
        a_model(layers.Softmax(axis=0)),
        a_model(layers.UnitNormalization(axis=-2)),
        a_model(layers.Dense(3, activity_regularizer=regularizers.OrthogonalRegularizer())),
        attending_over_rows(),
    ):
        assert validation_rows(depends, 3, 8, 100) == 32


def attending_over_rows() -> Any:
    inputs = keras.Input((3, 4))
    attention = layers.MultiHeadAttention(1, 2, attention_axes=(0,))
    model = keras.Model(inputs, attention(inputs, inputs))
    model.compile("sgd", "mse", jit_compile=False)
    return model


def pretrained(hp: Any) -> Any:
    inputs = keras.Input((4,))
    hidden = layers.Dense(3, activation="relu")(inputs)
    encoder = keras.Model(inputs, layers.Dense(4)(hidden))
    encoder.compile("adam", "mse", jit_compile=False)
    encoder.fit(X, X, epochs=3, batch_size=8, verbose=0)
    model = keras.Model(inputs, layers.Dense(1)(hidden))
    model.compile(optimizers.SGD(hp.Float("learning_rate", 1e-3, 1e-2)), "mse", jit_compile=False)
    return model


def pretrained_by_schedule(hp: Any) -> Any:
    schedule = optimizers.schedules.ExponentialDecay(hp.Float("rate", 0.01, 0.02), 2, 0.9)
    model = a_model(optimizer=optimizers.SGD(schedule))
    model.fit(X, X.sum(axis=1, keepdims=True), epochs=1, verbose=0)
    return model


@pytest.mark.parametrize("build", [pretrained, pretrained_by_schedule])
def test_a_builder_that_trains_does_so_as_alone(
    build: Callable[[Any], Any], tmp_path: Path
) -> None:
    bench = Bench(build, DATA, models=tmp_path)
    together = sorted(bench.trainer.train(iter(bench.proposals(2)), Quiet()), key=by_number)
    alone = bench.trainer._single.train(iter(bench.proposals(2)), Quiet())
    for one, other in zip(together, alone, strict=True):
        assert one.curve is not None
        assert other.curve is not None
        for name, values in one.curve.series.items():
            np.testing.assert_allclose(values, other.curve[name], rtol=1e-4)


def by_number(trial: Trial) -> int:
    return trial.number


def test_a_model_with_a_fit_of_its_own_is_not_for_cohorts() -> None:
    model = a_model()
    model.fit = lambda *arguments, **named: None
    assert refusal(model) == f"Sequential '{model.name}' has a fit of its own"
