"""Lets trials of unlike widths train together, by embedding their models into a wide one."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from tuneit.space import Params
from tuneit.study import RESERVED
from tuneit.training.builders.hyperparameters import TrialHyperParameters
from tuneit.training.cohort.batched_scalars import batched_scalars, patched
from tuneit.training.cohort.capacity import too_large
from tuneit.training.cohort.cost_model import on_gpu, seconds_for, seconds_to_trace
from tuneit.training.cohort.embedding import Embedding
from tuneit.training.cohort.layer_masks import EmbeddingError
from tuneit.training.cohort.model_fingerprint import structure, without_widths
from tuneit.training.cohort.noise import Noise, noise_seed, noisy
from tuneit.training.cohort.prepared_trial import PreparedExecution, PreparedTrial
from tuneit.training.cohort.template import state_variables
from tuneit.training.cohort.width_classes import Widths, classes, operations_at, widths_of
from tuneit.training.fitting.rows import tensors
from tuneit.training.fitting.session import reset_names_and_seeds
from tuneit.training.keras_loader import load_keras
from tuneit.training.models.size import build_for
from tuneit.training.recipe import Recipe

load_keras()
import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

_LOG = logging.getLogger(__name__)

_ROWS = 8
"""Rows on which a member's own model and the wide one are compared."""

_TOLERANCE, _GPU_TOLERANCE = 1e-4, 1e-2
"""The most by which their outputs may differ, as a share of the largest. Rounding makes 1e-6, and
1e-3 on a GPU, which rounds the factors of its products."""


class Wide(NamedTuple):
    """A model that others are embedded into, and its structure."""

    model: Any
    structure: str


class Widening:
    """Knows wide models for each group of trials, and embeds the trials' models into them.

    The widest one is that of the search space, not only of the trials at hand, so that one program
    serves the whole search. Narrower ones are added where they save time.
    """

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self._wide: dict[str, list[Wide]] = {}

    def join(self, trials: Sequence[PreparedTrial]) -> None:
        """Give trials that differ in widths only the structure of a model that all fit into.

        Trials whose layers mix channels, say in a softmax of searched width, keep their own.
        """
        groups: dict[str, list[PreparedTrial]] = {}
        for trial in trials:
            if trial.reason is None:
                groups.setdefault(without_widths(trial.structure), []).append(trial)
        for kind, alike in groups.items():
            if kind not in self._wide:
                if len(alike) > 1 and len({trial.structure for trial in alike}) == 1:
                    continue
                self._wide[kind] = [self._widest(kind, alike)]
            for wide, part in self._sorted(kind, alike):
                for trial in part:
                    self._embed(trial, wide)

    def _sorted(
        self, kind: str, alike: Sequence[PreparedTrial]
    ) -> Iterator[tuple[Wide, Sequence[PreparedTrial]]]:
        """Sort trials by the wide model that they shall train in; some are left out.

        A class of trials loses no more time by its padding than a program of its own would take to
        trace. Where no model narrow enough can be built, its trials keep their own widths.
        """
        known = list(self._wide[kind])
        widest = known[0].model
        widths = np.stack([widths_of(trial.executions[0].model) for trial in alike])
        batches = sum(t.executions[0].steps * len(t.executions) for t in alike) / len(alike)
        rows_of_trial = batches * alike[0].executions[0].batch_size

        def seconds(at: Widths) -> float:
            return seconds_for(rows_of_trial * operations_at(at, widest))

        wide_widths = [widths_of(wide.model) for wide in known]
        takes = [seconds(at) for at in wide_widths]
        by_wide: dict[int, list[int]] = {}
        for row, own in enumerate(widths):
            fitting = [place for place, at in enumerate(wide_widths) if (own <= at).all()]
            by_wide.setdefault(min(fitting, key=takes.__getitem__, default=0), []).append(row)
        one_more = seconds_to_trace(widest)
        for place, rows in by_wide.items():
            for found in classes(np.array(rows), widths, seconds, one_more):
                part = [alike[row] for row in found]
                padding = takes[place] - seconds(widths[found].max(axis=0))
                if len(part) * padding <= one_more:
                    yield known[place], part
                elif (narrower := self._narrower(kind, part)) is not None:
                    yield narrower, part

    def _widest(self, kind: str, alike: Sequence[PreparedTrial]) -> Wide:
        """Begin with the largest trial and set each hyperparameter that makes it wider to its most.

        A hyperparameter that changes more than widths, or makes models narrower or too large for
        the memory, keeps its value.
        """
        largest = max(alike, key=lambda trial: trial.progress.parameters or 0)
        execution = largest.executions[0]
        wide = Wide(execution.model, largest.structure)
        params = dict(largest.progress.params)
        for parameter in self._recipe.space.active(params):
            name, extremes = parameter.name, parameter.extremes
            if name in RESERVED or extremes is None or name not in params:
                continue
            wider = {**params, name: parameter.canonical(parameter.nearest(extremes[1]))}
            found = self._built(kind, wider, execution)
            if found is None or found.structure == wide.structure or too_large(found.model):
                continue
            if _fits(wide.model, found.model):
                wide, params = found, wider
        return wide

    def _narrower(self, kind: str, part: Sequence[PreparedTrial]) -> Wide | None:
        """A model just as wide as these trials need."""
        own = [trial.progress.params for trial in part]
        numbers = {p.name for p in self._recipe.space if p.extremes is not None}
        params = {
            name: max((params.get(name, value) for params in own), key=float)  # type: ignore[arg-type]
            if name in numbers
            else value
            for name, value in own[0].items()
        }
        found = self._built(kind, params, part[0].executions[0])
        if found is None or not all(
            (widths_of(trial.executions[0].model) <= widths_of(found.model)).all() for trial in part
        ):
            return None
        self._wide[kind].append(found)
        return found

    def _built(self, kind: str, params: Params, like: PreparedExecution) -> Wide | None:
        """The model of these parameters, if it differs in widths only."""
        reset_names_and_seeds(like.seed)
        builder = self._recipe.builder
        try:
            model = builder.build(TrialHyperParameters(params, builder.specs))
            build_for(model, self._recipe.dataset)
            found = Wide(model, structure(model, like.batch_size))
        except Exception as error:  # of the builder, which would fail a trial of these values too
            _LOG.debug("%s makes no model: %s", params, error)
            return None
        return found if without_widths(found.structure) == kind else None

    def _embed(self, trial: PreparedTrial, wide: Wide) -> None:
        """Let a trial train in a wide model, if that computes the same; else with its own width."""
        try:
            found = [Embedding.of(wide.model, execution.model) for execution in trial.executions]
            for execution, embedding in zip(trial.executions, found, strict=True):
                _compare(execution, embedding, self._some_rows)
        except Exception as reason:  # EmbeddingError, or what the rules did not foresee
            number = trial.proposal.number
            _LOG.info("trial %d trains with its own width only: %s", number, reason)
            return
        trial.structure = wide.structure
        for execution, embedding in zip(trial.executions, found, strict=True):
            execution.embedding = embedding

    @cached_property
    def _some_rows(self) -> Any:
        train = self._recipe.dataset.train
        return tensors(train.take(np.arange(min(_ROWS, len(train)))).x)


def _fits(narrow: Any, wide: Any) -> bool:
    """Whether a model can be embedded into another."""
    try:
        Embedding.of(wide, narrow)
    except Exception:  # EmbeddingError, or what the rules did not foresee
        return False
    return True


def _compare(execution: PreparedExecution, embedding: Embedding, x: Any) -> None:
    """Raise EmbeddingError unless a model and the wide one, with its weights, compute the same."""
    if all(mask is None for mask in embedding.masks):
        return
    model, wide = execution.model, embedding.wide
    values = [variable.numpy() for variable in state_variables(model)]
    zeros = [np.zeros(variable.shape, variable.dtype) for variable in state_variables(wide)]
    pairs = enumerate(zip(values, zeros, strict=True))
    widened = [embedding.widen(place, *pair) for place, pair in pairs]
    step, seed = tf.constant(0), tf.constant(noise_seed(execution.seed))
    scalars = zip(batched_scalars(wide, wide.optimizer), execution.scalars, strict=True)
    with patched((scalar.holder, scalar.key, value) for scalar, value in scalars):
        found = _outputs(wide, widened, Noise(step, seed, embedding.noise_channels), x)
    expected = _outputs(model, values, Noise(step, seed), x)
    tolerance = _GPU_TOLERANCE if on_gpu() else _TOLERANCE
    for a, b in zip(found, expected, strict=True):
        if not np.allclose(a, b, rtol=0, atol=tolerance * max(1e-3, float(np.abs(b).max()))):
            raise EmbeddingError("the wide model computes something else")


def _outputs(model: Any, values: Sequence[Any], noise: Noise, x: Any) -> list[Any]:
    """The outputs of a training step, and the penalties of the regularizers."""
    state = zip(state_variables(model), values, strict=True)
    with patched(noisy(model, noise)), keras.StatelessScope(state, collect_losses=True):
        outputs = tf.nest.flatten(model(x, training=True))
        return [output.numpy() for output in (*outputs, *model.losses)]
