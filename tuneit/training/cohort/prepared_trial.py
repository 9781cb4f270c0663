"""Building the models that may train in one cohort."""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tuneit.data.dataset import Array, Fold
from tuneit.errors import TuneitError
from tuneit.training.builders.hyperparameters import TrialHyperParameters, seeded_draw
from tuneit.training.cohort.capacity import too_large
from tuneit.training.cohort.cost_model import too_much_work
from tuneit.training.cohort.model_fingerprint import ModelFingerprint, shared
from tuneit.training.cohort.supported_layers import refusal
from tuneit.training.fitting.execution import Progress, count, refuse_oversized
from tuneit.training.fitting.outcome import Execution, TrialFailed
from tuneit.training.fitting.rows import may_weigh, weights_of
from tuneit.training.fitting.session import global_draws, seed_graphs
from tuneit.training.keras_loader import load_keras
from tuneit.training.models.size import build_for, input_shape
from tuneit.training.recipe import Recipe
from tuneit.training.saving.checkpoints import Paused, Taken
from tuneit.training.user_code.error_text import describe
from tuneit.trials import Proposal, training_seed

load_keras()
import keras  # noqa: E402
import numpy as np  # noqa: E402
from keras.src.utils.naming import reset_uids  # noqa: E402 - not exported

_LOG = logging.getLogger(__name__)


class Shape(NamedTuple):
    """What trainings of one structure must share to be trained at once.

    The numbers of their rows, whether these are weighed, and the epochs trained before.
    """

    train: int
    validation: int
    weighed: bool
    start: int


@dataclass(eq=False)
class PreparedExecution:
    """One training of a proposal (an execution, a fold), built and ready.

    It ends after `epochs` in all, and is kept in `pauses` where another trial may go on with it.
    `taken` is what it goes on from itself. `fold` has its rows, in cross-validation; `weights` says
    how much each of its training rows counts, float32 of shape (rows,), or None. `fingerprint` is
    of what its builder left, once it is known that its model is for a cohort. In the end `model` is
    None.
    """

    index: int
    seed: int
    model: Any
    epochs: int
    batch_size: int
    shape: Shape
    fold: Fold | None = None
    weights: Array | None = None
    taken: Taken | None = None
    pauses: Paused | None = None
    fingerprint: ModelFingerprint | None = None

    @property
    def numbers(self) -> list[float]:
        """The numbers that a cohort can lift out of its model, as its builder left them."""
        return [] if self.fingerprint is None else self.fingerprint.numbers


@dataclass(eq=False)
class PreparedTrial:
    """A proposal, its trainings, and what it has come to.

    `reason` says why it is not for a cohort; `structure` is the same for trainings that may
    share one. `started` is whether its training has; `seconds` is its share of the time in which
    cohorts were trained; `ended` are trainings that wait for one before them; once it is `over`,
    `failure` says whether it failed.
    """

    proposal: Proposal
    progress: Progress
    executions: list[PreparedExecution] = field(default_factory=list)
    structure: str = ""
    reason: str | None = None
    started: bool = False
    seconds: float = 0.0
    ended: dict[int, Execution] = field(default_factory=dict)
    over: bool = False
    failure: Exception | None = None

    def forget(self) -> None:
        """Let go of all models, of which the trial made of it has no need."""
        self.progress.done.clear()
        for execution in self.executions:
            execution.model = None


def prepare_trial(
    recipe: Recipe, proposal: Proposal, *, only_if_faster: bool = False
) -> PreparedTrial:
    """Build a proposal's models as the ordinary trainer would, each with its own seed.

    A builder that raises is a reason too: the ordinary trainer then reports it, or, where it
    was the comparison that failed, trains. With `only_if_faster` so is a model too large to gain
    anything. Models that are not for a cohort are not kept.
    """
    trial = PreparedTrial(proposal, Progress(dict(proposal.params)))
    trial.reason = _reason_against(recipe)
    if trial.reason is None:
        _build(trial, recipe, only_if_faster=only_if_faster)
    if trial.reason is not None:
        trial.executions.clear()
    return trial


def _build(trial: PreparedTrial, recipe: Recipe, *, only_if_faster: bool) -> None:
    try:
        before, _ = global_draws()
        trial.executions = list(_prepared_executions(recipe, trial))
        by_keras, by_tensorflow = global_draws()
        if by_keras not in (before, None) or by_tensorflow is not None:
            trial.reason = "its builder draws from the global random generators"
            return
        first = trial.executions[0]
        parameters = trial.progress.parameters or 0
        trial.reason = (
            refusal(first.model) or recipe.plan.refusal(parameters) or too_large(first.model)
        )
        if any(c.shape.start >= c.epochs for c in trial.executions):
            trial.reason = "it has no epochs left to train"
        if only_if_faster:
            trial.reason = trial.reason or too_much_work(first.model, first.batch_size)
        if trial.reason is None:
            structures = set()
            for execution in trial.executions:
                execution.fingerprint = ModelFingerprint.of(execution.model, execution.batch_size)
                structures.add(execution.fingerprint.structure)
            trial.structure = structures.pop()
            trial.reason = "its repeats differ in structure" if structures else None
    except (TrialFailed, TuneitError) as error:  # the ordinary trainer comes upon it as well
        trial.reason = str(error)
    except Exception as error:  # what the tables of kinds did not foresee
        trial.reason = f"its model cannot be compared: {describe(error)}"
        _LOG.warning("trial %d trains alone: %s", trial.proposal.number, trial.reason)


def exclude_shared(trials: Sequence[PreparedTrial]) -> None:
    """Give entries a reason whose models others change by training, or by building theirs."""
    changed, parts = shared(
        c.fingerprint for e in trials for c in e.executions if c.fingerprint is not None
    )
    for trial in trials:
        trial.reason = trial.reason or next(_sharing_reasons(trial, changed, parts), None)


def _sharing_reasons(
    trial: PreparedTrial, changed: Mapping[int, str], parts: frozenset[int]
) -> Iterator[str]:
    for c in trial.executions:
        if c.fingerprint is None:
            continue
        yield from (why for variable, why in changed.items() if variable in c.fingerprint.variables)
        if c.fingerprint.parts & parts and c.fingerprint != ModelFingerprint.of(
            c.model, c.batch_size
        ):
            yield "what its model is made of is set anew for other trials"


def _reason_against(recipe: Recipe) -> str | None:
    """Why no model of a study is for a cohort, whatever it is."""
    if recipe.builder.own_fit is not None:
        return "the HyperModel has its own fit"
    if recipe.plan.callbacks:
        return "the study has callbacks of its own"
    if keras.config.max_steps_per_epoch() is not None:
        return "keras.config limits the batches of an epoch"
    return None


def _begin_anew(seed: int) -> None:
    """Let names count from one and Keras's initializers draw as after `fresh_session(seed)`.

    Clearing the session empties TensorFlow's cache of kernels, after which building a small model
    takes three times as long. Keras's initializers do not need that, and what a builder draws from
    generators that do is found out after it.
    """
    reset_uids()
    random.seed(seed)
    np.random.seed(seed)
    seed_graphs(seed)


def _prepared_executions(recipe: Recipe, trial: PreparedTrial) -> Iterator[PreparedExecution]:
    plan, dataset = recipe.plan, recipe.dataset
    proposal, progress = trial.proposal, trial.progress
    draw = seeded_draw(plan.seed, proposal.number)
    for index in range(plan.executions):
        seed = training_seed(plan.seed, proposal.number, index) if index else proposal.seed
        hp = TrialHyperParameters(progress.params, recipe.builder.specs, draw, recipe.space)
        _begin_anew(seed)
        model = recipe.builder.build(hp)
        build_for(model, dataset)
        progress.remember(hp)
        refuse_oversized(model, recipe, progress)
        progress.parameters = int(model.count_params())
        taken, paused = None, recipe.paused(index)
        if proposal.parent is not None:
            taken = paused.continue_from(proposal.parent, model, input_shape(dataset))
            progress.continued = 0 if taken is None else len(taken.rows)
        limits = count(hp, "epochs", plan.epochs), keras.config.max_epochs()
        whole = min(limit for limit in limits if limit is not None)
        epochs = min(whole, proposal.epochs or whole)
        fold = dataset.folds[index % len(dataset.folds)] if dataset.folds else None
        train, validation = fold or (dataset.train, dataset.validation)
        choice, weights = hp.params.get("class_weight"), None
        if may_weigh(dataset, choice):  # else the fold's rows need not be copied out
            weights = weights_of(dataset.of_training(index), choice)
        start = 0 if taken is None else len(taken.rows)
        yield PreparedExecution(
            index,
            seed,
            model,
            epochs,
            count(hp, "batch_size", plan.batch_size),
            Shape(len(train), len(validation), weights is not None, start),
            fold,
            weights,
            taken,
            paused if epochs < whole else None,
        )
