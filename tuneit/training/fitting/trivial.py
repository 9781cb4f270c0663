"""Scores of constant predictions, by the trial's own loss and metric: a baseline."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

from tuneit.data.dataset import Array, Dataset
from tuneit.evaluation.constants import Constant, of_classes, of_labels, of_numbers
from tuneit.space import Params
from tuneit.training.fitting.fit import arrays_for_keras, first_rows
from tuneit.training.fitting.outcome import Execution
from tuneit.training.fitting.rows import weights_of
from tuneit.training.keras_loader import load_keras
from tuneit.training.models.scorers import Scorer, compilation_key, possible_from_logits, scorer_of
from tuneit.trials import Objective
from tuneit.trials.trivial import Trivial

load_keras()
import keras  # noqa: E402

T = TypeVar("T")

_LOG = logging.getLogger(__name__)

_STEPS = ("train_step", "test_step", "compute_loss", "compute_metrics")
"""Methods that decide what is trained and reported; a class that overrides one is not scored."""

_MOST = 2**20
"""Most predicted numbers on which constants are compared: only very large data are sampled."""

_AT_ONCE = 2**22
"""Predicted numbers in one batch."""


class TrivialScores:
    """Scores constant predictions by the objective, on the data of each execution of a trial.

    Trials whose losses, metrics and weights are the same share one answer.
    """

    def __init__(self, dataset: Dataset, objective: Objective) -> None:
        self._dataset, self._objective = dataset, objective
        self._known: dict[tuple[Any, ...], Trivial] = {}

    def of_execution(self, execution: Execution, params: Params) -> Trivial:
        """As `of`, for an execution; no scores where a HyperModel's own fit returned the score."""
        model = getattr(execution.model, "keras_model", execution.model)
        returned = self._objective.metric in execution.returned
        known = self.of(model, params)
        return replace(known, answer=None, scores=()) if returned else known

    def of(self, model: Any, params: Params) -> Trivial:
        """Score constants for a trained model; `params` are its trial's hyperparameters.

        Fields of the result are unknown for a model with its own `train_step` (or the like), for
        several outputs, and for targets whose shape does not fit the output.
        """
        if any(getattr(type(model), step) is not getattr(keras.Model, step) for step in _STEPS):
            return Trivial()
        choice, compiled = params.get("class_weight"), compilation_key(model)
        shape = _known(lambda: _output(model, self._dataset))
        if shape is None:
            return Trivial()
        penalised = bool(getattr(model, "losses", ()))
        key = compiled, shape, str(choice), penalised
        if compiled is None or key not in self._known:
            losses = _known(lambda: self._losses(model, shape, choice)) or {}
            scores = _known(lambda: self._scores(model, shape, choice)) or {}
            self._known[key] = Trivial(**losses, **scores, penalised=penalised)
        return self._known[key]

    def _losses(self, model: Any, shape: tuple[int, ...], choice: Any) -> dict[str, Any]:
        """The losses of the constant with the lowest training loss, in the first fold."""
        score = scorer_of(model, "loss")
        if score is None:
            return {}
        rows = _Rows.of(model, shape, self._dataset.of_execution(0), choice)
        cheapest = rows.best(score, -1.0)
        losses = {
            "train_loss": rows.over(score, cheapest, on_training=True),
            "loss": rows.over(score, cheapest, on_training=False),
        }
        return losses if all(map(math.isfinite, losses.values())) else {}

    def _scores(self, model: Any, shape: tuple[int, ...], choice: Any) -> dict[str, Any]:
        """The best constant's objective in each fold, and the name of the first fold's constant."""
        metric = self._objective.metric
        score = scorer_of(model, metric.removeprefix("val_"))
        if score is None:
            return {}
        validated = metric.startswith("val_")
        names, scores = [], []
        for index in range(max(1, len(self._dataset.folds))):
            rows = _Rows.of(model, shape, self._dataset.of_execution(index), choice)
            # Validation rows count alike, whatever the training rows' weights are.
            known = replace(rows, weights=None) if validated else rows
            best = known.best(score, self._objective.sign)
            names.append(best.name)
            scores.append(known.over(score, best, on_training=not validated))
        finite = all(map(math.isfinite, scores))
        return {"answer": names[0], "scores": tuple(scores)} if finite else {}


@dataclass(frozen=True, eq=False)
class _Rows:
    """The rows of one training, the weights of its training rows, and constants for its targets."""

    train: Array
    validation: Array
    weights: Array | None
    constants: Sequence[Constant]

    @classmethod
    def of(cls, model: Any, shape: tuple[int, ...], data: Dataset, choice: Any) -> _Rows:
        [output] = data.outputs
        weights: Any = weights_of(data, choice)
        constants = tuple(_constants(model, shape, data, weights))
        return cls(output.of(data.train.y), output.of(data.validation.y), weights, constants)

    def best(self, score: Scorer, sign: float) -> Constant:
        """The constant with the best score on the training rows; the first of equals."""
        y, weights = self.train, self.weights
        most = max(1, _MOST // max(1, self.constants[0].value.size))
        if len(y) > most:
            drawn = np.random.default_rng(0).choice(len(y), most, replace=False)
            y, weights = y[drawn], None if weights is None else weights[drawn]

        def rank(constant: Constant) -> float:
            value = sign * _over(score, constant, y, weights)
            return value if math.isfinite(value) else -math.inf

        return max(self.constants, key=rank)

    def over(self, score: Scorer, constant: Constant, *, on_training: bool) -> float:
        """The score of a constant on all rows of a split; those of validation count alike."""
        y, weights = (self.train, self.weights) if on_training else (self.validation, None)
        return _over(score, constant, y, weights)


def _known(ask: Callable[[], T]) -> T | None:
    """The answer; None where a user's loss or metric raises for constants, which fails no trial."""
    try:
        return ask()
    except Exception as error:
        _LOG.info("what a constant would score is not known: %s", error)
        return None


def _output(model: Any, dataset: Dataset) -> tuple[int, ...]:
    """The shape of one row's output. Raises TypeError where there are several outputs."""
    if dataset.output is None:
        raise TypeError("a constant for several outputs is not known")
    shape: Any = getattr(model, "output_shape", (None, None))
    if None in shape[1:]:
        shape = model(arrays_for_keras(first_rows(dataset.validation, 1))[0], training=False).shape
    return tuple(int(size) for size in shape[1:])


def _constants(
    model: Any, shape: tuple[int, ...], data: Dataset, weights: Array | None
) -> Iterator[Constant]:
    """Constants that suit outputs and targets, each of the shape of one row's output.

    Raises ValueError where the targets do not belong to the outputs.
    """
    y, names = data.outputs[0].of(data.train.y), data.class_names
    width = shape[-1] if shape else 1
    each = y.size // len(y) if width == 1 or y.shape[1:] != shape else y.size // len(y) // width
    counted = None if weights is None else np.repeat(weights.astype(np.float64), each)
    exclusive = between = False
    if width > 1 and y.shape[1:] in (shape[:-1], (*shape[:-1], 1)):
        labels = y.reshape(-1).astype(np.int64)
        if not np.array_equal(labels, y.reshape(-1)):
            raise ValueError("the targets are numbers, one for several outputs")
        shares = np.bincount(labels, counted, width).astype(np.float64)
        if len(shares) > width:
            raise ValueError("there are more classes than outputs")
        exclusive, found = True, of_classes(shares / shares.sum(), names)
    elif y.size // len(y) == math.prod(shape):
        targets = y.reshape(-1, width).astype(np.float64)
        low, high = float(targets.min()), float(targets.max())
        two = low < high and bool(np.isin(targets, (low, high)).all())
        exclusive, between = width > 1 and _are_shares(targets), low >= 0 and high <= 1
        if exclusive:
            found = of_classes(np.average(targets, axis=0, weights=counted), names)
        elif two:
            shares = np.average(targets == high, axis=0, weights=counted)
            found = of_labels(shares, low, high, names if width == 1 and len(names) == 2 else ())
        else:
            found = of_numbers(targets, counted)
    else:
        raise ValueError(f"targets of shape {y.shape[1:]} do not belong to outputs of {shape}")
    for constant in found:
        for as_logits in possible_from_logits(model) if exclusive or between else (False,):
            shown = constant.as_logits(exclusive=exclusive) if as_logits else constant
            yield Constant(shown.name, np.broadcast_to(shown.value, shape or (1,)).reshape(shape))


def _are_shares(targets: Array) -> bool:
    """Whether each row is a distribution over classes, as one-hot rows are: constants are too."""
    return bool(targets.min() >= 0 and np.allclose(targets.sum(axis=1), 1, rtol=0, atol=1e-3))


def _over(score: Scorer, constant: Constant, y: Array, weights: Array | None) -> float:
    """The score of a constant on all of these rows."""
    score.begin()
    step = max(1, _AT_ONCE // max(1, constant.value.size))
    for first in range(0, len(y), step):
        part = y[first : first + step]
        predicted = np.broadcast_to(constant.value, (len(part), *constant.value.shape))
        own = None if weights is None else weights[first : first + step]
        score.add(part, predicted, own)
    value = score.value()
    score.begin()
    return value
