"""A baseline: scores of constant predictions by the trial's own loss and metric."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple, TypeVar

import numpy as np

from tuneit.data.dataset import Array, Dataset, Output
from tuneit.evaluation.constants import Constant, as_is, of_classes, of_labels, of_numbers
from tuneit.space import Params
from tuneit.training.fitting.fit import arrays_for_keras, first_rows
from tuneit.training.fitting.outcome import Execution
from tuneit.training.fitting.rows import weights_of
from tuneit.training.keras_loader import load_keras
from tuneit.training.models.head import heads_of
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
"""The most predicted numbers on which constants are compared; larger data are sampled."""

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

        Of several outputs each answers the constant that is best for the score. Fields of the
        result are unknown for a model with its own `train_step` (or the like), and for targets that
        are not those of all outputs, or whose shape does not fit theirs.
        """
        if any(getattr(type(model), step) is not getattr(keras.Model, step) for step in _STEPS):
            return Trivial()
        choice, compiled = params.get("class_weight"), compilation_key(model)
        answers = _known(lambda: _answers(model, self._dataset))
        if answers is None:
            return Trivial()
        penalised = any(map(_adds, getattr(model, "losses", ())))
        key = compiled, tuple(answer.shape for answer in answers), str(choice), penalised
        if compiled is None or key not in self._known:
            losses = _known(lambda: self._losses(model, answers, choice)) or {}
            scores = _known(lambda: self._scores(model, answers, choice)) or {}
            self._known[key] = Trivial(**losses, **scores, penalised=penalised)
        return self._known[key]

    def _losses(self, model: Any, answers: Answers, choice: Any) -> dict[str, Any]:
        """The losses of the constants with the lowest training loss, in each fold."""
        score = scorer_of(model, "loss")
        if score is None:
            return {}
        losses = []
        for fold in self._folds():
            rows = _Rows.of(model, answers, fold, choice)
            cheapest = rows.best(score, -1.0).constants
            on_training = rows.over(score, cheapest, on_training=True)
            losses.append((on_training, rows.over(score, cheapest, on_training=False)))
        (train_loss, loss), *others = losses
        known = {"train_loss": train_loss, "loss": loss, "other_folds": tuple(others)}
        return known if np.isfinite(losses).all() else {}

    def _folds(self) -> Iterator[Dataset]:
        return map(self._dataset.of_execution, range(max(1, len(self._dataset.folds))))

    def _scores(self, model: Any, answers: Answers, choice: Any) -> dict[str, Any]:
        """The best constants' objective in each fold, and the names of the first fold's."""
        metric = self._objective.metric
        score = scorer_of(model, metric.removeprefix("val_"))
        if score is None:
            return {}
        validated = metric.startswith("val_")
        names, scores = [], []
        for fold in self._folds():
            rows = _Rows.of(model, answers, fold, choice)
            # Validation rows count alike, whatever the training rows' weights are.
            known = replace(rows, weights=None) if validated else rows
            best = known.best(score, self._objective.sign)
            names.append(best.name)
            found = known.over(score, best.constants, on_training=not validated)
            scaler = self._dataset.target_scaler
            scores.append(found if scaler is None else scaler.metric_in_unit(metric, found))
        finite = all(map(math.isfinite, scores))
        return {"answer": names[0], "scores": tuple(scores)} if finite else {}


class _Answer(NamedTuple):
    """One output of the model: what its targets are, the shape of a row, and what the loss takes.

    `from_logits` are the possible forms of a share: itself, its logit, or both.
    """

    output: Output
    shape: tuple[int, ...]
    from_logits: tuple[bool, ...]


Answers = tuple[_Answer, ...]


class _Best(NamedTuple):
    """A constant for each output, and what they are called."""

    constants: tuple[Constant, ...]
    name: str


@dataclass(frozen=True, eq=False)
class _Rows:
    """The rows of one training, by output: targets, weights of training rows, and constants.

    `pack` puts arrays of all outputs in the form of the model's.
    """

    names: tuple[str, ...]
    train: tuple[Array, ...]
    validation: tuple[Array, ...]
    weights: tuple[Array, ...] | None
    constants: tuple[Sequence[Constant], ...]
    pack: Callable[[Sequence[Any]], Any]

    @classmethod
    def of(cls, model: Any, answers: Answers, data: Dataset, choice: Any) -> _Rows:
        weights: Any = weights_of(data, choice)
        own = [None if weights is None else a.output.of(weights) for a in answers]
        return cls(
            tuple(answer.output.name for answer in answers),
            tuple(answer.output.of(data.train.y) for answer in answers),
            tuple(answer.output.of(data.validation.y) for answer in answers),
            None if weights is None else tuple(w for w in own if w is not None),
            tuple(
                tuple(_constants(answer, data.of_output(answer.output), weight))
                for answer, weight in zip(answers, own, strict=True)
            ),
            partial(_packed, model),
        )

    def best(self, score: Scorer, sign: float) -> _Best:
        """The constants with the best score on the training rows; the first of equals.

        Outputs do not matter for one another, as losses are sums and metrics are of one: each
        output's best constant is found while the others keep theirs.
        """
        known = self._sampled(max(options[0].value.size for options in self.constants))

        def rank(constants: Sequence[Constant]) -> float:
            value = sign * known.over(score, constants, on_training=True)
            return value if math.isfinite(value) else -math.inf

        chosen = [options[0] for options in self.constants]
        named = []
        for place, options in enumerate(self.constants):
            ranks = [rank([*chosen[:place], one, *chosen[place + 1 :]]) for one in options]
            chosen[place] = options[ranks.index(max(ranks))]
            if len(set(ranks)) > 1 or len(self.constants) == 1:
                of = f" for '{self.names[place]}'" if len(self.constants) > 1 else ""
                named.append(f"{chosen[place].name}{of}")
        return _Best(tuple(chosen), " and ".join(named))

    def _sampled(self, width: int) -> _Rows:
        """Training rows, at most as many as have `_MOST` predicted numbers together."""
        rows, most = len(self.train[0]), max(1, _MOST // max(1, width))
        if rows <= most:
            return self
        drawn = np.random.default_rng(0).choice(rows, most, replace=False)
        weights = None if self.weights is None else tuple(w[drawn] for w in self.weights)
        return replace(self, train=tuple(y[drawn] for y in self.train), weights=weights)

    def over(self, score: Scorer, constants: Sequence[Constant], *, on_training: bool) -> float:
        """The score of constants on all rows of a split; those of validation count alike."""
        y, weights = (self.train, self.weights) if on_training else (self.validation, None)
        score.begin()
        step = max(1, _AT_ONCE // max(1, max(constant.value.size for constant in constants)))
        for first in range(0, len(y[0]), step):
            parts = [array[first : first + step] for array in y]
            predicted = [
                np.broadcast_to(constant.value, (len(parts[0]), *constant.value.shape))
                for constant in constants
            ]
            own = weights and self.pack([array[first : first + step] for array in weights])
            score.add(len(parts[0]), self.pack(parts), self.pack(predicted), own)
        value = score.value()
        score.begin()
        return value


def _packed(model: Any, arrays: Sequence[Any]) -> Any:
    if len(arrays) == 1:
        return arrays[0]
    return keras.tree.pack_sequence_as(model._outputs_struct, list(arrays))


def _adds(penalty: Any) -> bool:
    """Whether a regularizer adds something to the loss; one whose factor is zero does not.

    What an activity regularizer added in a graph has no value outside of it, and counts.
    """
    try:
        return bool(np.any(np.asarray(penalty)))
    except NotImplementedError:
        return True


def _known(ask: Callable[[], T]) -> T | None:
    """The result of `ask`, or None if a user's loss or metric raises; the trial does not fail."""
    try:
        return ask()
    except Exception as error:
        _LOG.info("what a constant would score is not known: %s", error)
        return None


def _answers(model: Any, dataset: Dataset) -> Answers:
    """Each output of the model, in its order. Raises TypeError where some have no targets."""
    shapes = _shapes(model, dataset)
    if len(dataset.outputs) == 1 and len(shapes) == 1:
        return (_Answer(dataset.outputs[0], shapes[0], possible_from_logits(model)),)
    heads = heads_of(model)
    by_name = {output.name: output for output in dataset.outputs}
    if {head.name for head in heads} != set(by_name) or not all(h.trained for h in heads):
        raise TypeError("what a constant scores is known where each output has a target")
    return tuple(
        _Answer(by_name[head.name], shape, (head.from_logits,) if head.loss else (False, True))
        for head, shape in zip(heads, shapes, strict=True)
    )


def _shapes(model: Any, dataset: Dataset) -> list[tuple[int, ...]]:
    """The shape of one row of each output."""
    known: list[Any] = [getattr(model, "output_shape", None)] if dataset.output else []
    known = known or [tensor.shape for tensor in model.outputs]
    if None in known or any(None in shape[1:] for shape in known):
        row = arrays_for_keras(first_rows(dataset.validation, 1))[0]
        known = [tensor.shape for tensor in keras.tree.flatten(model(row, training=False))]
    return [tuple(int(size) for size in shape[1:]) for shape in known]


def _constants(answer: _Answer, data: Dataset, weights: Array | None) -> Iterator[Constant]:
    """Constants that suit outputs and targets, each of the shape of one row's output.

    Raises ValueError where the targets do not belong to the outputs.
    """
    shape = answer.shape
    y, names = data.outputs[0].of(data.train.y), data.class_names
    width = shape[-1] if shape else 1
    labelled = width > 1 and y.shape[1:] in (shape[:-1], (*shape[:-1], 1))
    counted = None
    if weights is not None:
        each = y.size // (1 if labelled else width) // weights.size
        counted = np.repeat(weights.reshape(-1).astype(np.float64), each)
    scaler = data.target_scaler
    in_unit = partial(scaler.in_unit, answer.output) if scaler is not None else as_is
    exclusive = between = False
    if labelled:
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
            two_names = names if width == 1 and len(names) == 2 else ()
            found = of_labels(shares, low, high, two_names, in_unit)
        else:
            found = of_numbers(targets, counted, in_unit)
    else:
        raise ValueError(f"targets of shape {y.shape[1:]} do not belong to outputs of {shape}")
    for constant in found:
        for as_logits in answer.from_logits if exclusive or between else (False,):
            shown = constant.as_logits(exclusive=exclusive) if as_logits else constant
            yield Constant(shown.name, np.broadcast_to(shown.value, shape or (1,)).reshape(shape))


def _are_shares(targets: Array) -> bool:
    """Whether each row is a distribution over classes, as one-hot rows are: constants are too."""
    return bool(targets.min() >= 0 and np.allclose(targets.sum(axis=1), 1, rtol=0, atol=1e-3))
