"""Score predictions with the loss and the metrics that a model was compiled with."""

from __future__ import annotations

import json
import math
from types import FunctionType
from typing import Any, Protocol

from tuneit.data.dataset import Array
from tuneit.training.keras_loader import load_keras
from tuneit.training.models.metrics import metrics_of

load_keras()
import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402


class Scorer(Protocol):
    """Scores predictions batch by batch, as training does in an epoch."""

    def begin(self) -> None:
        """Start anew, with no rows."""

    def add(self, rows: int, y: Any, predicted: Any, weights: Any) -> None:
        """Add rows: targets, predictions, and the weight of each row (None: all count alike).

        All are arrays; of several outputs lists or dicts of arrays, in the form of the model's.
        """

    def value(self) -> float:
        """The score of all rows added; NaN where the model has no such score."""


class LossScorer:
    """The compiled loss without the penalties on weights, as the mean over rows.

    Of several outputs it is the weighted sum of their losses.
    """

    def __init__(self, model: Any) -> None:
        self._loss = model._compile_loss
        self.begin()

    def begin(self) -> None:
        """Start anew, with no rows."""
        self._sum, self._rows = 0.0, 0

    def add(self, rows: int, y: Any, predicted: Any, weights: Any) -> None:
        """Add rows."""
        batch = self._loss(_tensors(y), _tensors(predicted), _tensors(weights))
        self._sum += float(batch) * rows
        self._rows += rows

    def value(self) -> float:
        """The mean over rows."""
        return self._sum / self._rows if self._rows else math.nan


class OutputLossScorer:
    """The loss of one of several outputs, as logs name it without `val_`: `kind_loss`."""

    def __init__(self, model: Any, tracker: Any) -> None:
        self._loss, self._tracker = model._compile_loss, tracker
        self.begin()

    def begin(self) -> None:
        """Start anew, with no rows."""
        self._tracker.reset_state()

    def add(self, rows: int, y: Any, predicted: Any, weights: Any) -> None:
        """Add rows."""
        self._loss(_tensors(y), _tensors(predicted), _tensors(weights))

    def value(self) -> float:
        """The mean over rows."""
        return float(self._tracker.result())


class MetricScorer:
    """One of the compiled metrics, as logs name it without `val_`."""

    def __init__(self, model: Any, name: str) -> None:
        self._metrics, self._name = model._compile_metrics, name
        self.begin()

    def begin(self) -> None:
        """Start anew: reset the metrics' state, which training may have left."""
        self._metrics.reset_state()

    def add(self, rows: int, y: Any, predicted: Any, weights: Any) -> None:
        """Add rows."""
        self._metrics.update_state(_tensors(y), _tensors(predicted), _tensors(weights))

    def value(self) -> float:
        """The metric; NaN for one that the model was not compiled with, or several numbers."""
        found = np.asarray(self._metrics.result().get(self._name, math.nan))
        return float(found.reshape(())) if found.size == 1 else math.nan


def scorer_of(model: Any, name: str) -> Scorer | None:
    """The scorer of the number that logs call `name` (`loss`, or a metric); None for none.

    None also for a loss that is a sum over a batch's rows, since it depends on the batch size.
    """
    trackers = getattr(model._compile_loss, "metrics", ())
    tracker = next((metric for metric in trackers if metric.name == name), None)
    if name != "loss" and tracker is None:
        return None if model._compile_metrics is None else MetricScorer(model, name)
    losses = [] if model.loss is None else [part for part in tf.nest.flatten(model.loss) if part]
    means = ("sum_over_batch_size", "mean")
    if not losses or any(getattr(part, "reduction", means[0]) not in means for part in losses):
        return None
    return LossScorer(model) if tracker is None else OutputLossScorer(model, tracker)


def possible_from_logits(model: Any) -> tuple[bool, ...]:
    """Whether the compiled loss takes logits: (False,) or (True,); both for a user's own loss."""
    loss = next(iter(tf.nest.flatten(model.loss)), None)
    if isinstance(loss, str) or loss is None:
        return (False,)
    if not _is_of_keras(loss):
        return (False, True)
    return (bool(getattr(loss, "_fn_kwargs", {}).get("from_logits", False)),)


def compilation_key(model: Any) -> tuple[Any, ...] | None:
    """A key that is equal for models with the same losses and metrics.

    None where a user's own class or closure is among them, since these cannot be compared.
    """
    parts = [p for p in (*tf.nest.flatten(model.loss), *metrics_of(model)) if p is not None]
    keys = tuple(map(_key, parts))
    return None if None in keys else keys


def _key(part: Any) -> Any:
    if isinstance(part, str):
        return part
    if isinstance(part, FunctionType):
        is_closure = part.__closure__ is not None
        return None if is_closure else (part.__code__, repr(part.__defaults__))
    if not _is_of_keras(part):
        return None
    # Configurations lack some of the arguments: of Huber the delta, say.
    config = part.get_config(), getattr(part, "_fn_kwargs", {})
    return type(part).__name__, json.dumps(config, sort_keys=True, default=repr)


def _is_of_keras(part: Any) -> bool:
    function = getattr(part, "_fn", getattr(part, "fn", part))
    modules = (str(getattr(thing, "__module__", "")) for thing in (part, function))
    return all(module.startswith("keras.") for module in modules)


def _tensors(nested: Any) -> Any:
    return keras.tree.map_structure(_tensor, nested)


def _tensor(array: Array | None) -> Any:
    if array is None:
        return None
    return tf.convert_to_tensor(array, keras.config.floatx() if array.dtype.kind == "f" else None)
