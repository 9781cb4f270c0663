"""Which models cannot train in a cohort, and when a cohort saves time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keras_tuner
import numpy as np
import pytest
from cohort_zoo import Bench, a_plan, rows_of

from tuneit.data.head import Head
from tuneit.data.load import dataset_from_arrays
from tuneit.training.cohort import capacity, compiling, cost_model
from tuneit.training.cohort.compiling import compiling_saves_time
from tuneit.training.cohort.cost_model import (
    seconds_alone,
    seconds_to_trace,
    seconds_together,
    too_much_work,
)
from tuneit.training.cohort.fusion_plan import fusion_plan
from tuneit.training.cohort.preparing import _weighted_in_parts, prepare_trial
from tuneit.training.cohort.supported_layers import refusal
from tuneit.training.keras_loader import load_keras
from tuneit.trials import Proposal

load_keras()
import keras  # noqa: E402
from keras import layers  # noqa: E402

RNG = np.random.default_rng(1)
DATA = rows_of(RNG.normal(size=(30, 4)).astype(np.float32), RNG.integers(0, 2, 30))


def a_model(*hidden: Any, cls: Any = keras.Model, **compiled: Any) -> Any:
    inputs = x = keras.Input((4,))
    for layer in hidden or (layers.Dense(3),):
        x = layer(x)
    model = cls(inputs, layers.Dense(2, "softmax")(x))
    arguments = {"optimizer": "adam", "loss": "sparse_categorical_crossentropy"} | compiled
    model.compile(**arguments)
    return model


class OwnStep(keras.Model):  # type: ignore[misc]
    def train_step(self, data: Any) -> Any:
        return super().train_step(data)


class OwnLayer(layers.Layer):  # type: ignore[misc]
    def call(self, inputs: Any) -> Any:
        return inputs


def own_loss(y: Any, p: Any) -> Any:
    return keras.ops.mean(p)


def frozen_since() -> Any:
    model = a_model()
    model.optimizer.build(model.trainable_variables)
    model.layers[1].trainable = False
    return model


REFUSED: dict[str, Callable[[], Any]] = {
    "model class of its own": lambda: a_model(cls=OwnStep),
    "is a OwnLayer": lambda: a_model(OwnLayer()),
    "is a Lambda": lambda: a_model(layers.Lambda(lambda x: x)),
    "its own activation": lambda: a_model(layers.Dense(3, activation=lambda x: x)),
    "computes in": lambda: a_model(layers.Dense(3, dtype="mixed_float16")),
    "eagerly": lambda: a_model(run_eagerly=True),
    "loss own_loss": lambda: a_model(loss=own_loss),
    "metric own_loss": lambda: a_model(metrics=["accuracy", own_loss]),
    "metric MeanIoU": lambda: a_model(metrics=[keras.metrics.MeanIoU(2)]),
    "averages weights": lambda: a_model(optimizer=keras.optimizers.Adam(use_ema=True)),
    "schedule function": lambda: a_model(optimizer=keras.optimizers.SGD(lambda: 0.1)),
    "built for other weights": frozen_since,
    "optimizer Adafactor": lambda: a_model(optimizer="adafactor"),
    "sparse gradients": lambda: a_model(
        layers.Embedding(4, 3), layers.Flatten(), optimizer="rmsprop"
    ),
    "convolves in groups": lambda: a_model(
        layers.Reshape((2, 2)), layers.Conv1D(2, 1, groups=2), layers.Flatten()
    ),
}


@pytest.mark.parametrize("reason", REFUSED)
def test_refuses(reason: str) -> None:
    assert reason in (refusal(REFUSED[reason]()) or "")


def test_known_names_and_objects_pass() -> None:
    metrics = ["accuracy", "mae", keras.metrics.AUC(), "sparse_categorical_accuracy",
               keras.metrics.sparse_categorical_crossentropy]  # fmt: skip
    for loss in ("mse", "kld", keras.losses.mean_absolute_error, keras.losses.Huber()):
        assert refusal(a_model(loss=loss, metrics=metrics, optimizer="nadam")) is None


def test_a_hypermodel_with_its_own_fit_is_not_fused() -> None:
    class Own(keras_tuner.HyperModel):  # type: ignore[misc]
        def build(self, hp: Any) -> Any:
            return a_model()

        def fit(self, hp: Any, model: Any, *args: Any, **kwargs: Any) -> Any:
            return model.fit(*args, **kwargs)

    [trial] = Bench(Own(), DATA).prepared(1)  # type: ignore[arg-type]
    assert trial.reason == "the HyperModel has its own fit"


def test_studies_that_need_more_than_a_fit_are_not_fused() -> None:
    def one(hp: Any) -> Any:
        return a_model()

    def reason(**plan: Any) -> str:
        bench = Bench(one, DATA, a_plan(**plan))
        proposal = Proposal(0, {}, 1)
        return str(prepare_trial(bench.trainer._recipe, proposal).reason)

    assert "callbacks" in reason(callbacks=("a.py:b",))
    assert "max_parameters" in reason(max_parameters=3)


def build(hp: Any) -> Any:
    hidden = [layers.Dense(hp.Int("units", 2, 4), "relu"), layers.Dropout(hp.Float("drop", 0, 0.5))]
    rate = hp.Float("rate", 1e-3, 1e-1, sampling="log")
    name = hp.Choice("optimizer", ["adam", "sgd"])
    momentum = hp.Float("momentum", 0.5, 0.9, parent_name="optimizer", parent_values=["sgd"])
    if name == "sgd":
        return a_model(*hidden, optimizer=keras.optimizers.SGD(rate, momentum))
    return a_model(*hidden, optimizer=keras.optimizers.Adam(rate))


def test_the_plan_names_what_splits() -> None:
    bench = Bench(build, DATA)
    plan = fusion_plan(bench.recipe, 16)
    assert plan.reason is None
    assert plan.splits == ("optimizer",)
    assert plan.shared == ("units", "drop", "rate")
    assert str(plan) == (
        "up to 16 trials that agree in optimizer train as one program; "
        "they may differ in units, drop and rate"
    )


def large(hp: Any) -> Any:
    return a_model(layers.Dense(2000), layers.Dense(2000))


@pytest.mark.usefixtures("on_cpu")
def test_large_models_train_one_after_the_other() -> None:
    bench = Bench(large, DATA, a_plan(batch_size=20), Path("unused"))
    plan = fusion_plan(bench.recipe, 64)
    assert plan.reason is None
    assert not plan.is_fast
    assert 1 <= plan.members < 16
    alone = replace(plan, members=1)
    assert str(alone) == "trials train one after the other by one program"


@pytest.mark.usefixtures("on_cpu")
def test_models_larger_than_measured_train_alone() -> None:
    bench = Bench(large, DATA, a_plan(batch_size=2000), Path("unused"))
    plan = fusion_plan(bench.recipe, 16)
    assert str(plan) == (
        "one at a time: a training step takes 48 billion operations, and cohorts are known to save "
        "time only up to 30 billion"
    )
    possible = fusion_plan(bench.recipe, 16, only_if_faster=False)
    assert possible.reason is None


@pytest.mark.usefixtures("on_cpu")
def test_models_too_large_for_the_memory_train_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capacity, "free_memory", lambda: 2**28)
    bench = Bench(large, DATA, a_plan(batch_size=20), Path("unused"))
    plan = fusion_plan(bench.recipe, 16)
    assert str(plan) == (
        "one at a time: a cohort of one model would take 0.4 GB, most of the free memory"
    )


def test_small_models_pay_when_there_is_enough_to_train() -> None:
    model = a_model()
    assert too_much_work(model, 32) is None
    assert saves_time(model, 64, 20)
    assert saves_time(model, 2, 1000)
    assert not saves_time(model, 2, 4)


def saves_time(model: Any, members: int, steps: int) -> bool:
    """Whether a cohort is faster than one execution after another."""
    together = seconds_to_trace(model) + members * seconds_together(model, 32, steps)
    return together < members * seconds_alone(model, 32, steps)


def test_written_out_steps_have_to_pay_and_loops_over_time_do_at_once() -> None:
    def recurrent(layer: layers.Layer, length: int) -> Any:
        return a_model(layers.Dense(length), layers.Reshape((length, 1)), layer)

    assert saves_time(recurrent(layers.LSTM(2), 20), 4, 100)
    assert not saves_time(recurrent(layers.LSTM(2), 20), 2, 100)
    assert not saves_time(recurrent(layers.GRU(2), 20), 4, 100)
    assert saves_time(recurrent(layers.LSTM(2), 40), 2, 100)


@pytest.mark.usefixtures("on_cpu")
def test_compiling_pays_for_many_weights_and_steps() -> None:
    model = a_model(layers.Dense(300))
    assert compiling_saves_time(model, 64, 10_000)
    assert not compiling_saves_time(model, 2, 100)
    assert not compiling_saves_time(a_model(layers.PReLU()), 64, 10**9)


def test_on_a_gpu_compiling_pays_for_many_steps_or_convolutions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in (compiling, cost_model):
        monkeypatch.setattr(module, "on_gpu", lambda: True)
    assert not compiling_saves_time(a_model(), 256, 1_000)
    assert compiling_saves_time(a_model(), 256, 10_000)
    series = layers.Reshape((4, 1))
    assert compiling_saves_time(a_model(series, layers.Conv1D(2, 2), layers.Flatten()), 256, 1_000)
    assert compiling_saves_time(a_model(series, layers.LSTM(2)), 256, 3_000)
    many = layers.Reshape((100, 1))
    assert not compiling_saves_time(a_model(layers.Dense(100), many, layers.LSTM(2)), 256, 10_000)
    assert too_much_work(a_model(layers.Dense(2000), layers.Dense(2000)), 10_000) is None


TAGS = np.arange(240).reshape(60, 4) % 3
TAGGER = Head("sparse_categorical_crossentropy", (4, 3), 3, "softmax")


@pytest.mark.parametrize(
    ("y", "weights", "names", "reason"),
    [
        (TAGS, {}, (), None),
        (TAGS, {"sample_weight": np.ones(60)}, (), None),
        (TAGS, {"sample_weight": np.ones((60, 4))}, (), "at each of their positions"),
        (TAGS, {"class_weight": "balanced"}, (), "at each of their positions"),
        (TAGS, {}, ("class_weight",), "at each of their positions"),
        ([TAGS, TAGS], {"class_weight": "balanced"}, (), "for each of several outputs"),
        (TAGS[:, 0], {"class_weight": "balanced"}, ("class_weight",), None),
    ],
)
def test_weights_that_are_not_one_a_row_train_alone(
    y: Any, weights: Any, names: Any, reason: str | None
) -> None:
    heads = [TAGGER] if not isinstance(y, list) else [replace(TAGGER, name=n) for n in "ab"]
    data = dataset_from_arrays(np.zeros((60, 2)), y, ask=lambda: heads, in_time=True, **weights)
    recipe: Any = SimpleNamespace(dataset=data, space=SimpleNamespace(names=names))
    assert _weighted_in_parts(recipe) == (reason and f"rows are weighted {reason}")
