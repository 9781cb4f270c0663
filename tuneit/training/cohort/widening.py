"""Lets trials of unlike widths train together, by embedding their models into the widest one."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from tuneit.space import Params
from tuneit.study import RESERVED
from tuneit.training.builders.hyperparameters import TrialHyperParameters
from tuneit.training.cohort.batched_scalars import batched_scalars, patched
from tuneit.training.cohort.cost_model import on_gpu, seconds_for, seconds_to_trace
from tuneit.training.cohort.embedding import Embedding
from tuneit.training.cohort.layer_masks import EmbeddingError
from tuneit.training.cohort.noise import Noise, noise_seed, noisy
from tuneit.training.cohort.prepared_trial import PreparedExecution, PreparedTrial
from tuneit.training.cohort.structure import structure, without_widths
from tuneit.training.cohort.template import state_variables
from tuneit.training.cohort.width_classes import classes, operations_at, widths_of
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
"""Rows on which a member's own model and the widest one are compared."""

_TOLERANCE, _GPU_TOLERANCE = 1e-4, 1e-2
"""The most by which their outputs may differ, as a share of the largest. Rounding makes 1e-6, and
1e-3 on a GPU, which rounds the factors of its products."""


class Wide(NamedTuple):
    """A model that others are embedded into, its structure, and the parameters that it is built of.

    `searched` names the hyperparameters that change its widths.
    """

    model: Any
    structure: str
    params: Params
    searched: frozenset[str] = frozenset()


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
        """Sort trials by the wide model that they shall train in."""
        widest = self._wide[kind][0].model
        widths = np.stack([widths_of(trial.executions[0].model) for trial in alike])
        first = alike[0].executions[0]
        work = first.batch_size * sum(t.executions[0].steps * len(t.executions) for t in alike)
        each = work / len(alike)

        def seconds(at: Any) -> float:
            return seconds_for(each * operations_at(at, widest))

        known = [widths_of(wide.model) for wide in self._wide[kind]]
        fitting = [[i for i, at in enumerate(known) if (own <= at).all()] or [0] for own in widths]
        chosen = [min(places, key=lambda i: seconds(known[i])) for places in fitting]
        for place, wide in list(enumerate(self._wide[kind])):
            rows = [row for row, choice in enumerate(chosen) if choice == place]
            if not rows:
                continue
            one_more = seconds_to_trace(widest)
            for found in classes(widths[rows], seconds, one_more):
                part = [alike[rows[row]] for row in found]
                most = widths[rows][found].max(axis=0)
                saved = len(part) * (seconds(known[place]) - seconds(most))
                narrower = self._narrower(kind, wide, part) if saved > one_more else None
                yield narrower or wide, part

    def _widest(self, kind: str, alike: Sequence[PreparedTrial]) -> Wide:
        """Begin with the largest trial and set each hyperparameter that makes it wider to its most.

        A hyperparameter that changes more than widths, or makes models narrower, keeps its value.
        """
        largest = max(alike, key=lambda trial: trial.progress.parameters or 0)
        execution = largest.executions[0]
        wide = Wide(execution.model, largest.structure, dict(largest.progress.params))
        searched: set[str] = set()
        for parameter in self._recipe.space.active(wide.params):
            name, extremes = parameter.name, parameter.extremes
            if name in RESERVED or extremes is None or name not in wide.params:
                continue
            least, most = (parameter.canonical(parameter.nearest(end)) for end in extremes)
            other = least if wide.params[name] == most else most
            found = self._built(kind, {**wide.params, name: other}, execution)
            if found is None or found.structure == wide.structure:
                continue
            searched.add(name)
            if other == most and _fits(wide, found):
                wide = found
        return wide._replace(searched=frozenset(searched))

    def _narrower(self, kind: str, wide: Wide, part: Sequence[PreparedTrial]) -> Wide | None:
        """A model just as wide as these trials need."""
        own = [trial.progress.params for trial in part]
        params = {
            name: max((params.get(name, value) for params in own), key=float)  # type: ignore[arg-type]
            if name in wide.searched
            else value
            for name, value in wide.params.items()
        }
        found = self._built(kind, params, part[0].executions[0])
        if found is None or not all(
            (widths_of(t.executions[0].model) <= widths_of(found.model)).all() for t in part
        ):
            return None
        self._wide[kind].append(found := found._replace(searched=wide.searched))
        return found

    def _built(self, kind: str, params: Params, like: PreparedExecution) -> Wide | None:
        """The model of these parameters, if it differs in widths only."""
        reset_names_and_seeds(like.seed)
        builder = self._recipe.builder
        try:
            model = builder.build(TrialHyperParameters(params, builder.specs))
            build_for(model, self._recipe.dataset)
            found = Wide(model, structure(model, like.batch_size), params)
        except Exception as error:  # of the builder, which would fail a trial of these values too
            _LOG.debug("%s makes no model: %s", params, error)
            return None
        return found if without_widths(found.structure) == kind else None

    def _embed(self, trial: PreparedTrial, wide: Wide) -> None:
        number = trial.proposal.number
        rows = self._recipe.dataset.train
        x = tensors(rows.take(np.arange(min(_ROWS, len(rows)))).x)
        try:
            found = [Embedding.of(wide.model, e.model) for e in trial.executions]
            both = list(zip(trial.executions, found, strict=True))
            agree = all(_agree(execution, embedding, x) for execution, embedding in both)
        except Exception as reason:  # EmbeddingError, or what the rules did not foresee
            _LOG.info("trial %d trains with its own width only: %s", number, reason)
            return
        if not agree:
            trial.reason = "the widest model does not compute what its own model does"
            _LOG.warning("trial %d trains alone: %s", number, trial.reason)
            return
        trial.structure = wide.structure
        for execution, embedding in both:
            execution.embedding = embedding


def _fits(narrow: Wide, wide: Wide) -> bool:
    """Whether a model can be embedded into another."""
    try:
        Embedding.of(wide.model, narrow.model)
    except EmbeddingError:
        return False
    return True


def _agree(execution: PreparedExecution, embedding: Embedding, x: Any) -> bool:
    """Whether a model and the widest one, with its weights, compute the same on some rows."""
    model, wide = execution.model, embedding.wide
    if all(mask is None for mask in embedding.masks):
        return True
    values = [variable.numpy() for variable in state_variables(model)]
    widened = [
        embedding.widen(i, value, np.zeros(v.shape, v.dtype))
        for i, (value, v) in enumerate(zip(values, state_variables(wide), strict=True))
    ]
    noise = Noise(tf.constant(0), tf.constant(noise_seed(execution.seed)))
    scalars = batched_scalars(wide, wide.optimizer)
    own = [(s.holder, s.key, v) for s, v in zip(scalars, execution.scalars, strict=True)]
    with patched(own):
        found = _outputs(wide, widened, Noise(noise.step, noise.seed, embedding.drawn), x)
    expected = _outputs(model, values, noise, x)
    tolerance = _GPU_TOLERANCE if on_gpu() else _TOLERANCE
    return all(
        np.allclose(a, b, rtol=0, atol=tolerance * max(1e-3, float(np.abs(b).max())))
        for a, b in zip(found, expected, strict=True)
    )


def _outputs(model: Any, values: Sequence[Any], noise: Noise, x: Any) -> list[Any]:
    """The outputs of a training step, and the penalties of the regularizers."""
    state = zip(state_variables(model), values, strict=True)
    with patched(noisy(model, noise)), keras.StatelessScope(state, collect_losses=True):
        outputs = tf.nest.flatten(model(x, training=True))
        return [output.numpy() for output in (*outputs, *model.losses)]
