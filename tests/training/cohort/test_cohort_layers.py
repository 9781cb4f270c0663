"""Every layer that cohorts know: the same curve in a cohort as alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras_tuner
import numpy as np
import pytest
from cohort_zoo import Bench, assert_same, rows_of

from tuneit.training.cohort import cost_model, programs
from tuneit.training.cohort.supported_layers import LAYERS
from tuneit.training.keras_loader import load_keras

load_keras()
import keras  # noqa: E402
from keras import layers  # noqa: E402

RNG = np.random.default_rng(0)
CLASSES = RNG.integers(0, 3, 30)
VECTORS = RNG.normal(size=(30, 6)).astype(np.float32)
SERIES = RNG.normal(size=(30, 6, 3)).astype(np.float32)
IMAGES = RNG.normal(size=(30, 8, 8, 2)).astype(np.float32)
WORDS = RNG.integers(0, 11, (30, 5))
PADDED = np.where(np.arange(5) < RNG.integers(1, 6, (30, 1)), 1 + WORDS % 10, 0)


def a_classifier(hp: Any, inputs: Any, hidden: Any) -> Any:
    outputs = layers.Dense(3, activation="softmax")(hidden)
    model = keras.Model(inputs, outputs)
    rate = hp.Float("learning_rate", 0.02, 0.2)
    # Of few operations, and it steps by the gradients themselves.
    optimizer = keras.optimizers.SGD(rate)
    loss = "sparse_categorical_crossentropy"
    model.compile(optimizer, loss, metrics=["accuracy"], jit_compile=False)
    return model


def dense(hp: Any) -> Any:
    inputs = keras.Input((6,))
    l1, l2 = hp.Float("l1", 0.0, 0.1), hp.Float("l2", 0.0, 0.1)
    x = layers.Dense(8, "relu", kernel_regularizer=keras.regularizers.L1L2(l1, l2))(inputs)
    x = layers.BatchNormalization()(x)
    x = layers.LayerNormalization(beta_regularizer=keras.regularizers.L2(l2))(x)
    x = layers.LeakyReLU()(x)
    x = layers.Dense(8, activity_regularizer=keras.regularizers.L1(l1))(x)
    x = layers.PReLU()(layers.UnitNormalization()(x))
    x = layers.Dense(8, "gelu", kernel_constraint=keras.constraints.MaxNorm(1.0))(x)
    return a_classifier(hp, inputs, x)


def noisy(hp: Any) -> Any:
    inputs = keras.Input((6,))
    x = layers.GaussianNoise(hp.Float("stddev", 0.0, 0.5))(inputs)
    x = layers.Dense(16, "selu")(x)
    x = layers.Dropout(hp.Float("dropout", 0.0, 0.7))(x)
    return a_classifier(hp, inputs, x)


def residual(hp: Any) -> Any:
    inputs = keras.Input((6,))
    x = layers.Dense(6, "tanh")(inputs)
    shared = layers.Dense(6)
    x = layers.Add()([shared(x), inputs])
    x = layers.Concatenate()([shared(x), layers.Multiply()([x, inputs])])
    x = keras.Sequential([keras.Input((12,)), layers.Dense(4, "relu"), layers.Dropout(0.2)])(x)
    return a_classifier(hp, inputs, x)


def convolutions(hp: Any) -> Any:
    inputs = keras.Input((8, 8, 2))
    x = layers.Conv2D(4, 3, padding="same", activation="relu")(inputs)
    x = layers.BatchNormalization()(x)
    x = layers.MaxPooling2D(2)(x)
    x = layers.SpatialDropout2D(hp.Float("dropout", 0.0, 0.5))(x)
    x = layers.SeparableConv2D(4, 3)(x)
    x = layers.AveragePooling2D(2)(x)
    return a_classifier(hp, inputs, layers.Flatten()(x))


def more_convolutions(hp: Any) -> Any:
    inputs = keras.Input((8, 8, 2))
    x = layers.Conv2D(4, 3, strides=2, padding="same")(inputs)
    x = layers.GroupNormalization(2)(x)
    x = layers.DepthwiseConv2D(3)(x)
    x = layers.Conv2DTranspose(2, 2)(x)
    x = layers.UpSampling2D()(layers.ZeroPadding2D()(x))
    x = layers.Concatenate()([layers.GlobalMaxPooling2D()(x), layers.GlobalAveragePooling2D()(x)])
    return a_classifier(hp, inputs, x)


def series(hp: Any) -> Any:
    inputs = keras.Input((6, 3))
    x = layers.Conv1D(4, 3, padding="causal", activation="relu")(inputs)
    x = layers.SpatialDropout1D(hp.Float("dropout", 0.0, 0.5))(x)
    x = layers.MaxPooling1D(2)(x)
    x = layers.SeparableConv1D(4, 2)(x)
    x = layers.Permute((2, 1))(x)
    x = layers.Reshape((-1,))(layers.Cropping1D(1)(x))
    return a_classifier(hp, inputs, x)


def augmented(hp: Any) -> Any:
    inputs = keras.Input((8, 8, 2))
    x = layers.Rescaling(0.5)(inputs)
    x = layers.RandomFlip("horizontal")(x)
    x = layers.RandomRotation(0.1)(x)
    x = layers.RandomTranslation(0.1, 0.1)(x)
    x = layers.RandomZoom(0.1)(x)
    x = layers.RandomContrast(0.2)(x)
    return a_classifier(hp, inputs, layers.GlobalAveragePooling2D()(layers.Conv2D(3, 3)(x)))


def words(hp: Any) -> Any:
    inputs = keras.Input((5,))
    x = layers.Embedding(11, 4)(inputs)
    x = layers.MultiHeadAttention(2, 3, dropout=0.2)(x, x)
    x = layers.Attention()([x, x])
    return a_classifier(hp, inputs, layers.GlobalAveragePooling1D()(x))


def masked_gru(hp: Any) -> Any:
    inputs = keras.Input((5,))
    x = layers.Embedding(11, 4, mask_zero=True)(inputs)
    return a_classifier(hp, inputs, layers.GRU(3)(x))


def lstm(hp: Any) -> Any:
    inputs = keras.Input((6, 3))
    x = layers.TimeDistributed(layers.Dense(2))(inputs)
    return a_classifier(hp, inputs, layers.LSTM(3, dropout=0.2)(x))


def recurrent(hp: Any) -> Any:
    inputs = keras.Input((6, 3))
    x = layers.Bidirectional(layers.SimpleRNN(2, return_sequences=True))(inputs)
    return a_classifier(hp, inputs, layers.SimpleRNN(3)(x))


def both_ways(hp: Any) -> Any:
    inputs = keras.Input((5,))
    x = layers.Embedding(11, 4, mask_zero=True)(inputs)
    return a_classifier(hp, inputs, layers.Bidirectional(layers.GRU(3))(x))


def sequences_both_ways(hp: Any) -> Any:
    inputs = keras.Input((5,))
    x = layers.Embedding(11, 4, mask_zero=True)(inputs)
    x = layers.Bidirectional(layers.LSTM(3, return_sequences=True))(x)
    return a_classifier(hp, inputs, layers.GlobalAveragePooling1D()(x))


def one_after_the_other(hp: Any) -> Any:
    inputs = keras.Input((6, 3))
    x = layers.LSTM(3, return_sequences=True)(inputs)
    return a_classifier(hp, inputs, layers.GRU(3)(x))


def more_dense(hp: Any) -> Any:
    inputs = keras.Input((6,))
    scaled = layers.Normalization(mean=0.1, variance=2.0)(inputs)
    scaled = layers.ActivityRegularization(hp.Float("l1", 0.0, 0.1), hp.Float("l2", 0.0, 0.1))(
        scaled
    )
    a = layers.Activation("tanh")(layers.EinsumDense("ab,bc->ac", 4, bias_axes="c")(scaled))
    b = layers.ELU()(layers.Dense(4)(scaled))
    c = layers.ReLU()(layers.RMSNormalization()(layers.Dense(4)(inputs)))
    x = layers.Subtract()([layers.Average()([a, b]), layers.Maximum()([b, c])])
    x = layers.Concatenate()([layers.Softmax()(x), layers.Minimum()([a, c])])
    return a_classifier(hp, inputs, layers.Concatenate()([x, layers.Dot(1)([a, b])]))


def more_series(hp: Any) -> Any:
    inputs = keras.Input((6, 3))
    x = layers.Conv1DTranspose(4, 2)(layers.ZeroPadding1D()(inputs))
    x = layers.AveragePooling1D(2)(layers.UpSampling1D(2)(x))
    x = layers.DepthwiseConv1D(2)(x)
    pooled = layers.GlobalMaxPooling1D()(x)
    x = layers.AdditiveAttention()([x, layers.RepeatVector(4)(pooled)])
    return a_classifier(hp, inputs, layers.Concatenate()([layers.Flatten()(x), pooled]))


def cropped(hp: Any) -> Any:
    inputs = keras.Input((8, 8, 2))
    x = layers.Cropping2D(1)(layers.RandomBrightness(0.1, value_range=(-3, 3))(inputs))
    return a_classifier(hp, inputs, layers.Flatten()(layers.Conv2D(2, 3)(x)))


ZOO: dict[Callable[[Any], Any], Any] = {
    dense: VECTORS,
    noisy: VECTORS,
    residual: VECTORS,
    convolutions: IMAGES,
    more_convolutions: IMAGES,
    series: SERIES,
    augmented: IMAGES,
    words: WORDS,
    masked_gru: WORDS,
    both_ways: WORDS,
    lstm: SERIES,
    recurrent: SERIES,
    more_dense: VECTORS,
    more_series: SERIES,
    cropped: IMAGES,
}


def some_rows(build: Callable[[Any], Any]) -> Any:
    """Two batches to train on; for one of the networks a smaller third, which is traced again."""
    return rows_of(ZOO[build], CLASSES, train=20 if build is dense else 16)


@pytest.mark.parametrize("build", ZOO, ids=lambda build: build.__name__)
def test_follows_the_curve_of_training_alone(build: Callable[[Any], Any]) -> None:
    assert_same(Bench(build, some_rows(build)))


@pytest.mark.parametrize(
    ("build", "rows"),
    [(both_ways, PADDED), (one_after_the_other, SERIES)],  # padded as loops on a GPU need them
)
def test_loops_over_time_have_stacks_to_themselves(
    build: Any, rows: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cost_model, "_MAX_UNROLLED", 4)  # of 5 steps, and of 6
    bench = Bench(build, rows_of(rows, CLASSES, train=16))
    assert_same(bench)
    [program] = bench.trainer._programs._kept.values()
    assert list(program._graphs) == [1]


def test_each_layer_has_a_case() -> None:
    models = [build(keras_tuner.HyperParameters()) for build in ZOO]
    found = {type(layer).__name__ for model in models for layer in model._flatten_layers()}
    assert found >= LAYERS


def test_compiled_as_not_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "compiling_saves_time", lambda *_: True)
    bench = Bench(noisy, some_rows(noisy))
    assert_same(bench)
    [program] = bench.trainer._programs._kept.values()
    assert program._compiled
