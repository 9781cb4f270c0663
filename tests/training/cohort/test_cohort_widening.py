"""Trials of unlike widths train in one cohort, each on the curve of its own model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from cohort_zoo import Bench, assert_same, rows_of
from test_cohort_layers import CLASSES, IMAGES, SERIES, VECTORS, WORDS, a_classifier

from tuneit.training.cohort import widening
from tuneit.training.cohort.layer_masks import RULES, Rule
from tuneit.training.cohort.width_classes import classes
from tuneit.training.keras_loader import load_keras
from tuneit.trials import Proposal

load_keras()
import keras  # noqa: E402
from keras import layers  # noqa: E402

L1, L2 = keras.regularizers.L1, keras.regularizers.L2


def dense(hp: Any) -> Any:
    inputs = keras.Input((6,))
    units, penalty = hp.Int("units", 2, 9), hp.Float("penalty", 0.0, 0.1)
    x = layers.Dense(units, "sigmoid", kernel_regularizer=L2(penalty))(inputs)
    x = layers.GaussianNoise(hp.Float("stddev", 0.0, 0.5))(layers.BatchNormalization()(x))
    x = layers.Dropout(hp.Float("dropout", 0.0, 0.5))(layers.PReLU()(x))
    x = layers.Dense(hp.Choice("second", [3, 5]), "softplus", kernel_constraint="max_norm")(x)
    return a_classifier(hp, inputs, x)


def merged(hp: Any) -> Any:
    inputs = keras.Input((6,))
    units = hp.Int("units", 2, 9)
    x = layers.Dense(units, kernel_regularizer=L1(hp.Float("l1", 0.0, 0.1)))(inputs)
    shared = layers.Dense(units, "tanh")
    x = layers.Add()([shared(x), layers.Multiply()([x, shared(x)])])
    x = layers.Concatenate()([x, layers.Dense(3)(inputs), layers.Average()([x, x])])
    part = keras.Sequential([keras.Input((2 * units + 3,)), layers.Dense(4), layers.Dense(units)])
    return a_classifier(hp, inputs, part(layers.Dropout(0.3)(layers.LeakyReLU()(x))))


def images(hp: Any) -> Any:
    inputs = keras.Input((8, 8, 2))
    x = layers.Conv2D(hp.Int("filters", 2, 6), 3, padding="same", activation="relu")(inputs)
    x = layers.SpatialDropout2D(hp.Float("dropout", 0.0, 0.5))(layers.MaxPooling2D(2)(x))
    x = layers.SeparableConv2D(hp.Int("separable", 2, 5), 2)(layers.BatchNormalization()(x))
    x = layers.DepthwiseConv2D(2, depth_multiplier=2)(layers.ZeroPadding2D()(x))
    x = layers.Conv2DTranspose(hp.Int("last", 1, 3), 2)(x)
    pooled = layers.GlobalAveragePooling2D()(x)
    flat = layers.Dropout(0.2)(layers.Flatten()(layers.Permute((2, 1, 3))(x)))
    return a_classifier(hp, inputs, layers.Concatenate()([flat, pooled]))


def series(hp: Any) -> Any:
    inputs = keras.Input((6, 3))
    x = layers.Conv1D(hp.Int("filters", 2, 6), 3, padding="causal", activation="elu")(inputs)
    x = layers.SeparableConv1D(4, 2)(layers.SpatialDropout1D(0.2)(layers.MaxPooling1D(2)(x)))
    x = layers.TimeDistributed(layers.Dense(hp.Int("timed", 2, 4)))(layers.UpSampling1D(2)(x))
    x = layers.Reshape((-1,))(layers.DepthwiseConv1D(2)(layers.Cropping1D(1)(x)))
    return a_classifier(hp, inputs, layers.Flatten()(layers.RepeatVector(2)(x)))


def words(hp: Any) -> Any:
    inputs = keras.Input((5,))
    x = layers.Embedding(11, hp.Int("width", 2, 5), mask_zero=True)(inputs)
    forward = layers.LSTM(hp.Int("units", 2, 5), dropout=0.2, return_sequences=True)
    x = layers.Bidirectional(forward)(x)
    x = layers.GRU(hp.Int("gru", 2, 4), recurrent_dropout=0.2, return_sequences=True)(x)
    return a_classifier(hp, inputs, layers.SimpleRNN(hp.Int("simple", 2, 4))(x))


ZOO: dict[Callable[[Any], Any], Any] = {
    dense: VECTORS,
    merged: VECTORS,
    images: IMAGES,
    series: SERIES,
    words: WORDS,
}


@pytest.mark.parametrize("build", ZOO, ids=lambda build: build.__name__)
def test_follows_the_curve_of_its_own_model(build: Callable[[Any], Any]) -> None:
    bench = Bench(build, rows_of(ZOO[build], CLASSES, train=16))
    trials = bench.prepared(2)
    assert len({trial.executions[0].fingerprint.structure for trial in trials}) == 2
    masks = [mask for trial in trials for mask in trial.executions[0].embedding.masks]
    assert any(mask is not None for mask in masks)
    assert_same(bench)


def of_width(hidden: Callable[[int], Any]) -> Callable[[Any], Any]:
    def build(hp: Any) -> Any:
        model = keras.Sequential(
            [layers.Input((6,)), *hidden(hp.Int("units", 2, 5)), layers.Dense(3, "softmax")]
        )
        rate = hp.Float("rate", 1e-3, 1e-1)
        model.compile(
            keras.optimizers.SGD(rate), "sparse_categorical_crossentropy", jit_compile=False
        )
        return model

    return build


MIXED: dict[str, Callable[[int], list[Any]]] = {
    "softmax of searched width": lambda n: [layers.Dense(n, "softmax")],
    "a softmax layer": lambda n: [layers.Dense(n), layers.Softmax()],
    "a norm over channels": lambda n: [layers.Dense(n), layers.LayerNormalization()],
    "outputs are regularized": lambda n: [layers.Dense(n, activity_regularizer=L2(0.1))],
    "a regularizer that counts": lambda n: [
        layers.Dense(n, kernel_regularizer=keras.regularizers.OrthogonalRegularizer())
    ],
    "positions": lambda n: [layers.Dense(2 * n), layers.Reshape((-1, 2)), layers.Conv1D(2, 2),
                            layers.GlobalMaxPooling1D()],
}  # fmt: skip


@pytest.mark.parametrize("name", MIXED)
def test_what_mixes_channels_keeps_its_own_width(name: str) -> None:
    bench = Bench(of_width(MIXED[name]), rows_of(VECTORS, CLASSES, train=16))
    proposals = [Proposal(n, {"units": 2 + n, "rate": 0.1}, n) for n in range(3)]
    trials = bench.trainer._prepare(proposals)
    assert [trial.reason for trial in trials] == [None] * 3
    assert len({trial.structure for trial in trials}) == 3


def test_a_member_that_computes_otherwise_keeps_its_own_width(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wrong = Rule("i", {"gamma": "i", "beta": "i"})  # it takes the mean of all channels
    monkeypatch.setitem(RULES, layers.GroupNormalization, wrong)
    build = of_width(lambda n: [layers.Dense(n), layers.GroupNormalization(1)])
    bench = Bench(build, rows_of(VECTORS, CLASSES, train=16))
    trials = bench.trainer._prepare(
        [Proposal(n, {"units": 2 + n, "rate": 0.1}, n) for n in (0, 1, 3)]
    )
    assert [trial.reason for trial in trials] == [None] * 3
    assert len({trial.structure for trial in trials}) == 3


def test_classes_are_split_while_that_saves_more_than_it_costs() -> None:
    widths = np.array([[16, 3], [256, 3], [17, 3], [250, 3]])

    def seconds(at: Any) -> float:
        return float(at[0])

    assert classes(np.arange(4), widths, seconds, 300.0) == [[0, 2], [1, 3]]
    assert classes(np.arange(4), widths, seconds, 500.0) == [[0, 1, 2, 3]]
    assert classes(np.arange(1, 4), widths, seconds, 0.5) == [[2], [3], [1]]


@pytest.mark.usefixtures("on_cpu")
@pytest.mark.parametrize("falls", [False, True])
def test_models_of_very_unlike_widths_form_two_groups(
    falls: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(widening, "classes", lambda *_: [[0, 1], [2]])
    monkeypatch.setattr(widening, "seconds_to_trace", lambda _: 0.0)
    build = of_width(lambda n: [layers.Dense(7 - n if falls else n)])
    bench = Bench(build, rows_of(VECTORS, CLASSES, train=16))
    values = (5, 4, 2) if falls else (2, 3, 5)
    trials = bench.trainer._prepare(
        [Proposal(n, {"units": units, "rate": 0.1}, n) for n, units in enumerate(values)]
    )
    widths = [trial.executions[0].cohort_model.layers[0].units for trial in trials]
    # Where the largest value makes no model that holds both, each keeps its own width.
    assert widths == ([2, 3, 5] if falls else [3, 3, 5])


# By what their steps depend on: norms of gradients or weights, signs, decay, sums of the past. The
# others step element by element, as Adam does; test_cohort_optimizers.py compares them all.
OPTIMIZERS = ("SGD", "Adam", "AdamW", "Adagrad", "Lion", "Lamb", "Ftrl")


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers_count_a_members_own_weights(name: str) -> None:
    clips = {"Adam": {"clipnorm": 0.1}, "SGD": {"global_clipnorm": 0.1, "momentum": 0.9}}

    def build(hp: Any) -> Any:
        hidden = layers.Dense(hp.Choice("units", [3, 6, 9]), "sigmoid")
        model = keras.Sequential([layers.Input((6,)), hidden, layers.Dense(3, "softmax")])
        rate = hp.Float("rate", 1e-3, 1e-2)
        optimizer = getattr(keras.optimizers, name)(rate, **clips.get(name, {}))
        model.compile(optimizer, "sparse_categorical_crossentropy", jit_compile=False)
        return model

    assert_same(Bench(build, rows_of(VECTORS, CLASSES, train=16)))
