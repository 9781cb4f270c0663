"""DiagnosisCallback and its probes on tiny real models: each planted fault, and a healthy one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tuneit
from tuneit.errors import BuilderError, DataError, InputError
from tuneit.findings import Verdict
from tuneit.training.diagnosis_callback import DiagnosisCallback
from tuneit.training.keras_loader import load_keras
from tuneit.training.probes.activations import dead_relus, saturated
from tuneit.training.probes.gradient_flow import exploding, vanishing
from tuneit.training.probes.inference_loss import fair_comparison
from tuneit.training.probes.look import Look
from tuneit.training.probes.one_batch import can_overfit
from tuneit.training.probes.sample import sample_of
from tuneit.training.probes.updates import snapshot, steps_out_of_scale, update_ratios

load_keras()
import keras  # noqa: E402


def some_data(rows: int = 512, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 6)).astype("float32")
    return x, (x[:, 0] + 0.5 * x[:, 1] + 0.2 * rng.normal(size=rows) > 0).astype("float32")


def a_model(
    *, depth: int = 2, activation: str = "relu", rate: float = 0.003, **dense: Any
) -> keras.Model:
    keras.utils.set_random_seed(1)
    hidden = [keras.layers.Dense(16, activation, **dense) for _ in range(depth)]
    model = keras.Sequential([keras.Input((6,)), *hidden, keras.layers.Dense(1, "sigmoid")])
    model.compile(
        keras.optimizers.Adam(rate), "binary_crossentropy", metrics=["accuracy"], jit_compile=False
    )
    return model


def fit(
    model: keras.Model, callback: DiagnosisCallback, epochs: int = 6, **changes: Any
) -> keras.callbacks.History:
    x, y = some_data()
    given: dict[str, Any] = {
        "x": x, "y": y, "validation_data": some_data(seed=1), "batch_size": 64, "verbose": 0,
    }  # fmt: skip
    return model.fit(epochs=epochs, callbacks=[callback], **{**given, **changes})


def names(findings: Any) -> list[str]:
    return [f.name for f in findings if f.confidence >= 0.5]


def test_a_healthy_training_is_silent() -> None:
    lines: list[str] = []
    callback = DiagnosisCallback(probes=True, stop=True, report=lines.append)
    history = fit(a_model(), callback, epochs=15)
    assert lines == []
    assert len(history.epoch) == 15
    assert callback.stopped is None
    assert callback.diagnosis.finding("dead_relus") is None


def test_probing_does_not_change_the_training() -> None:
    plain = a_model().fit(*some_data(), epochs=3, batch_size=64, verbose=0).history["loss"]
    probed = fit(a_model(), DiagnosisCallback(probes=True), 3, validation_data=None)
    np.testing.assert_allclose(probed.history["loss"], plain, rtol=1e-5)


def test_dead_relus_are_found_and_the_run_is_given_up() -> None:
    lines: list[str] = []
    callback = DiagnosisCallback(probes=True, stop=True, report=lines.append)
    history = fit(a_model(bias_initializer=keras.initializers.Constant(-50.0)), callback, epochs=14)
    assert callback.stopped is not None
    assert "no learning" in callback.stopped
    assert len(history.epoch) == 1
    assert any("its units are dead" in line for line in lines)
    assert callback.diagnosis.finding("dead_relus") is not None
    assert callback.diagnosis.verdict == Verdict.NO_LEARNING


def test_every_finding_is_told_once() -> None:
    lines: list[str] = []
    bias = keras.initializers.Constant(-50.0)
    fit(a_model(bias_initializer=bias), DiagnosisCallback(True, report=lines.append), epochs=9)
    told = [line.partition(":")[2].partition("(")[0] for line in lines]
    assert len(told) == len(set(told)) > 0


def test_a_diverging_training_is_stopped_with_a_reason() -> None:
    x, y = some_data()
    hidden = keras.layers.Dense(8, "elu")
    model = keras.Sequential([keras.Input((6,)), hidden, keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(50.0), "mse", jit_compile=False)
    y = y + x[:, 2]
    lines: list[str] = []
    callback = DiagnosisCallback(stop=True, report=lines.append)
    history = model.fit(x, y, epochs=30, verbose=0, callbacks=[callback])
    assert len(history.epoch) < 10
    assert callback.stopped is not None
    assert "diverged" in callback.stopped
    assert len(lines) == 2


@pytest.mark.parametrize("as_dataset", [False, True])
def test_the_wiring_is_checked_before_training(as_dataset: bool) -> None:
    import tensorflow as tf

    x, y = some_data(64)
    model = a_model()
    model.compile("adam", "binary_crossentropy", jit_compile=False)
    model.layers[-1].activation = keras.activations.tanh
    data = (tf.data.Dataset.from_tensor_slices((x, y)).batch(16),) if as_dataset else (x, y)
    lines: list[str] = []
    callback = DiagnosisCallback(report=lines.append)
    model.fit(*data, epochs=2, verbose=0, shuffle=False, callbacks=[callback])
    assert lines[0].startswith("before training: the loss binary_crossentropy takes probabilities")
    assert callback.diagnosis.verdict == Verdict.UNDERFITTING
    assert {r.key for r in callback.diagnosis.recommendations} == {"match_output_and_loss"}


def test_what_is_certain_is_said_after_the_first_epoch() -> None:
    model = a_model()
    loss = lambda y, p: -9 * keras.ops.mean(p)  # noqa: E731
    model.compile("sgd", loss, metrics=["accuracy"], jit_compile=False)
    lines: list[str] = []
    history = fit(model, DiagnosisCallback(stop=True, report=lines.append), epochs=4)
    assert len(history.epoch) == 1
    assert lines[0].startswith("epoch 1: negative loss (0.97)")
    assert lines[1].startswith("stopped after epoch 1 (diverged)")


def test_overfitting_stops_only_where_that_is_asked() -> None:
    x, y = some_data(40)
    y = np.random.default_rng(3).permutation(y)
    lengths = {}
    for stop in (True, ("overfitting",)):
        callback = DiagnosisCallback(stop=stop, report=lambda line: None)
        history = fit(a_model(rate=0.02), callback, 24, x=x, y=y, batch_size=20)
        lengths[stop] = len(history.epoch)
    assert lengths[True] == 24 > lengths[("overfitting",)]


def test_lines_go_to_the_screen_beside_keras_own(capsys: pytest.CaptureFixture[str]) -> None:
    x, y = some_data(64)
    fit(a_model(), DiagnosisCallback(), 2, x=x, y=np.full_like(y, np.nan), verbose=1)
    assert "\ntuneit: epoch 1: diverged" in capsys.readouterr().out


def test_what_only_the_end_shows_is_said_at_the_end() -> None:
    lines: list[str] = []
    fit(a_model(rate=0.0003), DiagnosisCallback(report=lines.append), epochs=14)
    assert [line.partition(":")[0] for line in lines] == ["epoch 14"]
    assert "not converged" in lines[0]


def test_rows_of_a_dataset_are_found_and_of_a_generator_missed() -> None:
    import tensorflow as tf

    x, y = some_data(64)
    bias = keras.initializers.Constant(-50.0)
    data = tf.data.Dataset.from_tensor_slices((x, y)).batch(32)
    callback = DiagnosisCallback(True, report=lambda line: None)
    a_model(bias_initializer=bias).fit(
        data, epochs=1, shuffle=False, verbose=0, callbacks=[callback]
    )
    assert callback.diagnosis.finding("dead_relus") is not None

    lines: list[str] = []
    batches = ((x, y) for _ in range(2))
    callback = DiagnosisCallback(True, report=lines.append)
    a_model().fit(
        batches, epochs=1, steps_per_epoch=2, shuffle=False, verbose=0, callbacks=[callback]
    )
    assert len(lines) == 1
    assert "probe_data" in lines[0]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"stop": ("overfiting",)}, "did you mean 'overfitting'"),
        ({"confidence": 0.0}, "confidence must lie above 0"),
    ],
)
def test_settings_that_mean_nothing(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        DiagnosisCallback(**settings)


def test_probe_data_must_be_rows() -> None:
    with pytest.raises(DataError, match="pair"):
        DiagnosisCallback(probe_data=np.zeros(3))  # type: ignore[arg-type]
    with pytest.raises(DataError, match="as many rows"):
        sample_of((np.zeros(3), np.zeros(4)))


def test_vanishing_gradients_of_a_deep_sigmoid_network() -> None:
    sample = sample_of(some_data())
    assert names(vanishing(Look(a_model(depth=8, activation="sigmoid"), sample)))
    assert not names(vanishing(Look(a_model(depth=8), sample)))


def test_exploding_by_large_weights() -> None:
    sample = sample_of(some_data())
    large = a_model(depth=4, kernel_initializer=keras.initializers.RandomNormal(stddev=10.0))
    for model, found in ((large, ["exploding_gradients"]), (a_model(depth=4), [])):
        assert names(exploding(Look(model, sample))) == found


def test_saturated_activations() -> None:
    sample = sample_of(some_data())
    large = keras.initializers.RandomNormal(stddev=30.0)
    model = a_model(activation="tanh", kernel_initializer=large)
    assert names(saturated(Look(model, sample))) == ["saturated_activations"]
    assert not list(saturated(Look(a_model(activation="tanh"), sample)))


def test_channels_count_as_units() -> None:
    keras.utils.set_random_seed(0)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((5, 5, 1)),
            layers.Conv2D(4, 3, bias_initializer=keras.initializers.Constant(-99.0)),
            layers.ReLU(name="dead"),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )
    sample = sample_of((np.ones((8, 5, 5, 1), "float32"), np.ones(8)))
    (finding,) = dead_relus(Look(model, sample))
    assert finding.evidence["layer"] == "dead"
    assert finding.evidence["share"] == 1.0


@pytest.mark.parametrize(
    ("rate", "found"), [(3.0, ["updates_too_large"]), (1e-12, ["updates_too_small"]), (1e-3, [])]
)
def test_update_to_weight_ratio(rate: float, found: list[str]) -> None:
    model = a_model(rate=rate)
    ratios = []
    for _ in range(3):
        before = snapshot(model)
        model.fit(*some_data(64), batch_size=64, epochs=1, verbose=0)
        ratios.append(update_ratios(before, snapshot(model)))
    assert names(steps_out_of_scale(ratios)) == found


def test_dropout_is_told_from_easy_validation() -> None:
    model, sample = a_model(), sample_of(some_data())
    now = Look(model, sample).gradients.loss

    def compared(logged: float, validation: float) -> list[Any]:
        logs = [{"loss": logged, "val_loss": validation}] * 5
        return list(fair_comparison(Look(model, sample, logs, losses=[now] * 4)))

    (easy,) = compared(2 * now, now / 2)
    assert easy.name == Verdict.UNREPRESENTATIVE_VALIDATION
    assert easy.confidence > 0.8
    (dropout,) = compared(2 * now, now)
    assert dropout.name == "regularised_training_loss"
    assert not compared(now, now)


def test_can_overfit_a_working_model_and_leaves_it_alone() -> None:
    model = a_model()
    before = [np.array(weight) for weight in model.get_weights()]
    tested = tuneit.can_overfit(model, *some_data())
    assert tested
    assert tested.last < tested.first
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_cannot_overfit_with_a_dead_network() -> None:
    dead = a_model(bias_initializer=keras.initializers.Constant(-50.0))
    tested = can_overfit(dead, *some_data())
    assert not tested
    assert tested.finding().name == "cannot_overfit"


def test_can_overfit_needs_a_compiled_model() -> None:
    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1)])
    with pytest.raises(BuilderError, match="compiled"):
        can_overfit(model, *some_data())


def test_models_without_a_graph_of_layers_are_probed_for_what_can_be_seen() -> None:
    class Own(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.inner = keras.layers.Dense(1)

        def call(self, x: Any) -> Any:
            return self.inner(x)

    model = Own()
    model.compile("sgd", "mse", jit_compile=False)
    lines: list[str] = []
    callback = DiagnosisCallback(True, report=lines.append)
    fit(model, callback, 5)
    assert not [line for line in lines if "gradient" in line or "relu" in line]


def stateful() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((6, 1), batch_size=64),
            keras.layers.LSTM(4, stateful=True),
            keras.layers.Dense(1, "sigmoid"),
        ]
    )


def words() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((6,)),
            keras.layers.Embedding(50, 4),
            keras.layers.GlobalAveragePooling1D(),
            keras.layers.Dense(1, "sigmoid"),
        ]
    )


def no_hidden_layer() -> keras.Model:
    return keras.Sequential([keras.Input((6,)), keras.layers.Dense(1, "sigmoid")])


def two_ways() -> keras.Model:
    inputs = keras.Input((6,), name="u")
    hidden = keras.layers.Dense(4, "relu")(inputs)
    out = {"a": keras.layers.Dense(1, "sigmoid")(hidden), "b": keras.layers.Dense(1)(hidden)}
    return keras.Model({"u": inputs}, out)


@pytest.mark.parametrize(
    "build", [no_hidden_layer, lambda: a_model(depth=1), words, stateful, two_ways]
)
def test_models_of_all_kinds_are_probed_and_trained_as_without(build: Any) -> None:
    x, y = some_data(128)
    x = np.abs(np.round(5 * x)) if build is words else x
    losses = []
    lines: list[str] = []
    for callbacks in ([], [DiagnosisCallback(True, report=lines.append)]):
        keras.utils.set_random_seed(4)
        model = build()
        several = build is two_ways
        model.compile(
            "sgd",
            {"a": "binary_crossentropy", "b": "mse"} if several else "binary_crossentropy",
            jit_compile=False,
        )
        given = ({"u": x}, {"a": y, "b": y}) if several else (x, y)
        history = model.fit(*given, 64, 3, verbose=0, shuffle=False, callbacks=callbacks)
        losses.append(history.history["loss"])
    assert lines == []
    np.testing.assert_allclose(losses[1], losses[0], rtol=1e-5)


def test_a_probe_that_fails_is_turned_off_and_says_so_once() -> None:
    class Eager(keras.layers.Layer):  # type: ignore[misc]
        def call(self, inputs: Any, training: bool = False) -> Any:
            if not training and hasattr(inputs, "numpy"):
                raise RuntimeError("not\nhere")
            return inputs

    model = keras.Sequential([keras.Input((6,)), Eager(), keras.layers.Dense(4)])
    model.compile("sgd", "mse", jit_compile=False)
    lines: list[str] = []
    x, y = some_data(64)
    callback = DiagnosisCallback(True, report=lines.append)
    history = fit(model, callback, 3, x=x, y=np.tile(y[:, None], 4), validation_data=None)
    assert len(history.epoch) == 3
    off = [line for line in lines if "turned off" in line]
    assert len(off) == len(set(off)) == 3
    assert all("RuntimeError: not here" in line for line in off)


def test_nan_in_the_data_is_said_before_training_and_in_the_weights_after_an_epoch() -> None:
    x, y = some_data(64)
    x[5, 2] = np.nan
    lines: list[str] = []
    inputs = keras.Input((6,))
    # What oneDNN's ReLU does on some processors; the frozen layer keeps the loss finite.
    hidden = keras.ops.nan_to_num(keras.layers.Dense(4, name="lost")(inputs))
    model = keras.Model(inputs, keras.layers.Dense(1, trainable=False)(hidden))
    model.compile("sgd", "mse", jit_compile=False)
    callback = DiagnosisCallback(stop=True, report=lines.append)
    history = fit(model, callback, 5, x=x, y=y, validation_data=None)
    assert lines[0].startswith(
        "before training: x has 1 NaN value in feature '2', the first in row 5"
    )
    assert "weights are NaN or infinite from epoch 1 on ('lost/kernel' first)" in lines[1]
    assert len(history.epoch) == 1
    assert callback.diagnosis.verdict == Verdict.DIVERGED
