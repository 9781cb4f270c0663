"""Heads, losses, metrics and the optimizer of a ready-made model."""

from __future__ import annotations

from typing import Any

from tuneit.data.output import Output
from tuneit.training.keras_loader import load_keras
from tuneit.training.ready_made.form import DataForm, units_of

load_keras()
import keras  # noqa: E402


def head(x: Any, output: Output, penalty: Any) -> Any:
    """The last layer of one output, with the activation that its loss takes."""
    units = units_of(output)
    activation = "sigmoid" if output.task == "multilabel" or units == 1 else "softmax"
    regression = output.task == "regression"
    reshaped = regression and len(output.row_shape) > 1
    layer = keras.layers.Dense(
        units,
        activation=None if regression else activation,
        kernel_regularizer=penalty,
        name=None if reshaped else output.name or None,
    )
    if not reshaped:
        return layer(x)
    return keras.layers.Reshape(output.row_shape, name=output.name or None)(layer(x))


def compile_model(hp: Any, model: Any, form: DataForm, *, scheduled: bool = True) -> None:
    """Compile with the loss and metric of each output, and a searched optimizer.

    Where `scheduled`, it is also searched whether the learning rate falls.

    Label smoothing is searched where no objective is a loss: it changes what a loss means.
    """
    smoothing = 0.0
    if not form.compares_losses and any(map(_can_be_smoothed, form.outputs)):
        smoothing = hp.Float("label_smoothing", 0.0, 0.2)
    losses = [_loss(output, smoothing) for output in form.outputs]
    metrics = [_metric(output) for output in form.outputs]
    optimizer = _optimizer(hp, form, scheduled=scheduled)
    if len(form.outputs) == 1:
        model.compile(optimizer, losses[0], metrics=metrics)
        return
    names = [output.name for output in form.outputs]
    model.compile(
        optimizer,
        dict(zip(names, losses, strict=True)),
        metrics={name: [metric] for name, metric in zip(names, metrics, strict=True)},
    )


def _can_be_smoothed(output: Output) -> bool:
    return output.task == "classification" and (output.is_one_hot or units_of(output) == 1)


def _loss(output: Output, smoothing: float) -> Any:
    if output.task == "regression":
        return keras.losses.MeanSquaredError()
    if output.task == "multilabel":
        return keras.losses.BinaryCrossentropy()
    if output.is_one_hot:
        return keras.losses.CategoricalCrossentropy(label_smoothing=smoothing)
    if units_of(output) == 1:
        return keras.losses.BinaryCrossentropy(label_smoothing=smoothing)
    return keras.losses.SparseCategoricalCrossentropy()


def _metric(output: Output) -> str:
    kinds = {"regression": "mae", "multilabel": "binary_accuracy"}
    return kinds.get(output.task, "accuracy")


def _optimizer(hp: Any, form: DataForm, *, scheduled: bool) -> Any:
    name = hp.Choice("optimizer", ["adam", "adamw", "sgd"])
    rate: Any = hp.Float("learning_rate", 1e-4, 1e-1, sampling="log", default=3e-3)
    if scheduled and hp.Choice("schedule", ["constant", "cosine"]) == "cosine":
        rate = keras.optimizers.schedules.CosineDecay(rate, form.steps(hp.params))
    if name == "sgd":
        return keras.optimizers.SGD(rate, momentum=0.9, nesterov=True)
    kind = keras.optimizers.AdamW if name == "adamw" else keras.optimizers.Adam
    return kind(rate)
