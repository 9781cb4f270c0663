"""A model's predictions for the test split get the evaluation of each output's task."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tuneit.api import evaluate
from tuneit.data.load import dataset_from_arrays
from tuneit.evaluation.cost_threshold import cost_threshold
from tuneit.evaluation.multilabel import MultilabelEvaluation
from tuneit.training.keras_loader import load_keras

load_keras()
import keras  # noqa: E402

from tuneit.training.saving.prediction import evaluate_on_test  # noqa: E402

pytestmark = pytest.mark.eager

L = keras.layers
RNG = np.random.default_rng(0)
ROWS = 24


def compiled(inputs: Any, outputs: Any, loss: Any) -> Any:
    model = keras.Model(inputs, outputs)
    model.compile("sgd", loss)
    return model


def dense(units: int, activation: str, loss: Any) -> Any:
    inputs = keras.Input((4,))
    return compiled(inputs, L.Dense(units, activation)(inputs), loss)


X = RNG.normal(size=(ROWS, 4)).astype("float32")
IMAGES = RNG.random((ROWS, 6, 6, 1)).astype("float32")


def test_one_unit_is_a_logit_where_the_loss_takes_logits() -> None:
    y = np.arange(ROWS) % 2
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    model = dense(1, "sigmoid", loss)  # all outputs lie in [0, 1], and are logits all the same
    assert evaluate(model, X, y).classes[1].recall == 1.0


def test_labels_are_given_from_logits_above_zero() -> None:
    y = (RNG.random((ROWS, 3)) < 0.5).astype(int)
    y[0] = 1
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    model = dense(3, "sigmoid", loss)  # all outputs lie in [0, 1], and are logits all the same
    result = evaluate(model, X, y, task="multilabel")
    assert (result.task, result.micro.recall) == ("multilabel", 1.0)


def test_thresholds_of_labels_are_chosen_on_validation_rows() -> None:
    y = (np.column_stack([X[:, 0], X[:, 1] + X[:, 2]]) > 0).astype(int)
    data = dataset_from_arrays(X, y, validation=(X, y), test=(X, y), task="multilabel")
    model = dense(2, "sigmoid", "binary_crossentropy")
    result = evaluate_on_test(model, data, use_validation=True)
    assert isinstance(result, MultilabelEvaluation)
    for label in result.labels:
        assert label.best_threshold is not None
        assert cost_threshold(label, 1, 5) is not None


def test_images_by_pixel_and_as_a_whole() -> None:
    inputs = keras.Input((6, 6, 1))
    segments = compiled(
        inputs, L.Conv2D(3, 1, activation="softmax")(inputs), "sparse_categorical_crossentropy"
    )
    result = evaluate(segments, IMAGES, RNG.integers(3, size=(ROWS, 6, 6)))
    assert result.task == "segmentation"
    assert [shown.title for shown in result.images] == ["input", "truth", "prediction"]

    copies = compiled(inputs, L.Conv2D(1, 1)(inputs), "mse")
    result = evaluate(copies, IMAGES, IMAGES)
    assert result.task == "reconstruction"
    assert [shown.title for shown in result.images] == ["truth", "prediction"]
    expected = np.abs(IMAGES - copies.predict(IMAGES, verbose=0)).mean()
    assert result.scores.mae == pytest.approx(expected, rel=1e-5)


def tagger(**embedding: Any) -> Any:
    inputs = keras.Input((5,), dtype="int32")
    steps = L.Embedding(9, 4, **embedding)(inputs)
    return inputs, L.Dense(3, "softmax")(L.LSTM(4, return_sequences=True)(steps))


def padded() -> tuple[np.ndarray, np.ndarray]:
    x = RNG.integers(1, 9, size=(ROWS, 5))
    x[:, 3:] = 0
    return x, np.where(x == 0, 0, RNG.integers(1, 3, size=x.shape))


def test_steps_that_an_embedding_masks_are_padding() -> None:
    x, tags = padded()
    model = compiled(*tagger(mask_zero=True), "sparse_categorical_crossentropy")
    result = evaluate(model, x, tags)
    assert (result.task, result.tokens, result.left_out) == ("tagging", 3 * ROWS, 2 * ROWS)
    assert result.majority_class != "0"
    without = evaluate(compiled(*tagger(), "sparse_categorical_crossentropy"), x, tags)
    assert (without.left_out, without.majority_class) == (0, "0")


def test_masks_of_models_with_a_fixed_batch_size_are_read_too() -> None:
    x, tags = padded()
    inputs = keras.Input(batch_shape=(7, 5), dtype="int32")
    steps = L.Embedding(9, 4, mask_zero=True)(inputs)
    tagged = L.Dense(3, "softmax")(L.LSTM(4, return_sequences=True, stateful=True)(steps))
    result = evaluate(compiled(inputs, tagged, "sparse_categorical_crossentropy"), x, tags)
    assert (result.tokens, result.left_out) == (3 * ROWS, 2 * ROWS)


def test_steps_whose_tag_the_loss_ignores_are_padding() -> None:
    x, tags = padded()
    tags = np.where(tags == 0, -1, tags)
    loss = keras.losses.SparseCategoricalCrossentropy(ignore_class=-1)
    model = compiled(*tagger(), loss)
    result = evaluate(model, x, tags)
    assert (result.tokens, result.left_out) == (3 * ROWS, 2 * ROWS)
    found = model.predict(x, verbose=0).argmax(axis=-1)[:, :3]
    assert result.accuracy == pytest.approx((found == tags[:, :3]).mean())


def test_counts_steps_and_quantiles() -> None:
    counts = RNG.poisson(3, ROWS)
    result = evaluate(dense(1, "exponential", "poisson"), X, counts)
    assert (result.task, result.deviance > 0) == ("counts", True)

    inputs = keras.Input((4,))
    ahead = compiled(inputs, L.Reshape((3, 2))(L.Dense(6)(inputs)), "mse")
    result = evaluate(ahead, X, RNG.normal(size=(ROWS, 3, 2)))
    assert (result.task, len(result.outputs), len(result.steps)) == ("forecast", 2, 3)

    def pinball(y: Any, predicted: Any) -> Any:
        return keras.ops.mean(keras.ops.abs(y - predicted), axis=-1)

    result = evaluate(dense(3, "linear", pinball), X, X[:, :1])
    assert (result.task, len(result.columns)) == ("unmatched", 3)


@pytest.mark.parametrize("form", [dict, list])
def test_each_output_is_measured_by_name(form: type) -> None:
    inputs = keras.Input((4,))
    size, kind = L.Dense(1, name="size")(inputs), L.Dense(3, "softmax", name="kind")(inputs)
    losses = {"size": "mse", "kind": "sparse_categorical_crossentropy"}
    outputs: Any = {"size": size, "kind": kind} if form is dict else [size, kind]
    model = compiled(inputs, outputs, losses if form is dict else list(losses.values()))
    targets = {"size": X[:, 0], "kind": np.arange(ROWS) % 3}
    result = evaluate(model, X, targets if form is dict else list(targets.values()))
    predicted = model.predict(X, verbose=0)
    sizes, kinds = (predicted[i] for i in (("size", "kind") if form is dict else (0, 1)))
    assert result["size"].scores.mae == pytest.approx(np.abs(X[:, 0] - sizes[:, 0]).mean())
    assert result["kind"].accuracy == pytest.approx(
        (kinds.argmax(axis=1) == targets["kind"]).mean()
    )
