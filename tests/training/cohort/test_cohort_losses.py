"""Every loss and metric that cohorts know: mapped over members as one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tuneit.training.cohort.batched_scalars import ScalarTensor, patched
from tuneit.training.cohort.supported_layers import LOSSES, METRICS
from tuneit.training.keras_loader import load_keras

load_keras()
import keras  # noqa: E402
import tensorflow as tf  # noqa: E402

RNG = np.random.default_rng(0)
MEMBERS, ROWS, CLASSES = 2, 12, 3
RAW = RNG.random((MEMBERS, ROWS, CLASSES)).astype(np.float32) + 0.1
SHARES = RAW / RAW.sum(-1, keepdims=True)
LABELS = RNG.integers(0, CLASSES, ROWS)
ONE_HOT = np.eye(CLASSES, dtype=np.float32)[LABELS]
YES_NO = (LABELS[:, None] > 0).astype(np.float32)

BY_LABEL = {"SparseCategoricalCrossentropy", "SparseCategoricalAccuracy",
            "SparseTopKCategoricalAccuracy"}  # fmt: skip
BY_ANSWER = {"Hinge", "SquaredHinge", "BinaryCrossentropy", "BinaryFocalCrossentropy",
             "BinaryAccuracy", "Precision", "Recall", "AUC", "TruePositives", "TrueNegatives",
             "FalsePositives", "FalseNegatives", "Accuracy"}  # fmt: skip


def a_case(name: str) -> tuple[Any, Any]:
    """Targets, and each member's predictions."""
    if name in BY_LABEL:
        return tf.constant(LABELS), tf.constant(SHARES)
    if name in BY_ANSWER:
        return tf.constant(YES_NO), tf.constant(SHARES[..., :1])
    return tf.constant(ONE_HOT), tf.constant(SHARES)


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_loss(name: str) -> None:
    target, predictions = a_case(name)
    loss = getattr(keras.losses, name)()
    mapped = tf.vectorized_map(lambda p: loss(target, p), predictions)
    np.testing.assert_allclose(mapped, [loss(target, p) for p in predictions], rtol=1e-5)


@pytest.mark.parametrize("name", sorted(METRICS - {"Mean"}))
def test_metric(name: str) -> None:
    target, predictions = a_case(name)
    metric = getattr(keras.metrics, name)()
    expected = []
    for prediction in predictions:
        metric.reset_state()
        metric.update_state(target, prediction)
        metric.update_state(target[:5], prediction[:5])
        expected.append(np.array(metric.result()))
    metric.reset_state()

    def result(prediction: Any) -> Any:
        with keras.StatelessScope([(v, v.value) for v in metric.variables]):
            metric.update_state(target, prediction)
            metric.update_state(target[:5], prediction[:5])
            return metric.result()

    np.testing.assert_allclose(tf.vectorized_map(result, predictions), expected, rtol=1e-5)


@pytest.mark.parametrize("name", ["CategoricalCrossentropy", "BinaryCrossentropy"])
def test_batched_label_smoothing(name: str) -> None:
    target, predictions = a_case(name)
    smoothing = tf.constant([0.1, 0.3])
    template = getattr(keras.losses, name)(label_smoothing=0.5)

    def one(member: Any) -> Any:
        prediction, smoothing = member
        place = template._fn_kwargs
        with patched([(place, "label_smoothing", ScalarTensor(smoothing))]):
            return template(target, prediction)

    expected = [
        getattr(keras.losses, name)(label_smoothing=float(s))(target, p)
        for p, s in zip(predictions, smoothing, strict=True)
    ]
    np.testing.assert_allclose(
        tf.vectorized_map(one, (predictions, smoothing)), expected, rtol=1e-5
    )
