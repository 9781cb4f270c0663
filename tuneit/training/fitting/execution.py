"""Training one proposal: every execution, its curves, its score, its best model."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from tuneit.curves import LearningCurve
from tuneit.errors import (
    CallbackError,
    FatalTrialError,
    NoRoomError,
    ObjectiveError,
    TuneitError,
    UnwritableError,
)
from tuneit.errors.writing import refuse_full_disk
from tuneit.search.protocols import Observer
from tuneit.space import Parameter, Params
from tuneit.study import RESERVED
from tuneit.training.builders.hyperparameters import TrialHyperParameters, seeded_draw
from tuneit.training.fitting.callbacks import TrialInfo, make_callbacks
from tuneit.training.fitting.fit import call_fit, row_arguments
from tuneit.training.fitting.monitor import Diverged, EpochMonitor, Stopped
from tuneit.training.fitting.outcome import Execution, TrialFailed, summarise
from tuneit.training.fitting.secondary_objectives import measure
from tuneit.training.fitting.session import fresh_session
from tuneit.training.models.metrics import reset_metrics
from tuneit.training.models.size import count_parameters, input_shape, weights_in
from tuneit.training.plan import TrainingPlan
from tuneit.training.recipe import Recipe
from tuneit.training.saving.checkpoints import training_name
from tuneit.training.saving.model_file import save
from tuneit.training.user_code.error_text import describe, user_frame
from tuneit.training.user_code.fatal_error import raise_if_fatal
from tuneit.trials import Facts, Proposal, Trial, TrialState, Trivial, training_seed


@dataclass
class Progress:
    """What a trial has come to; also what is left of it when it fails half way."""

    params: Params
    late: dict[tuple[str, Any], Parameter] = field(default_factory=dict)
    done: list[Execution] = field(default_factory=list)
    partial: LearningCurve | None = None
    parameters: int | None = None
    continued: int | None = None
    began: float = field(default_factory=time.perf_counter)
    used: frozenset[str] | None = frozenset(RESERVED)

    def remember(self, hp: TrialHyperParameters) -> None:
        """Keep what a builder asked for, hyperparameters met late included."""
        self.params = hp.params
        self.used = None if self.used is None or hp.asked is None else self.used | hp.asked
        for parameter in hp.late:
            key = (parameter.name, parameter.when)
            self.late.setdefault(key, parameter)

    def unused(self, recipe: Recipe) -> Params:
        """Hyperparameters that made no difference: no execution asked for them.

        None where no model was built, and for builders that get them all as keywords.
        """
        if self.used is None or self.parameters is None:
            return {}
        if not recipe.builder.takes_hp:
            return {}
        return {name: value for name, value in self.params.items() if name not in self.used}


def train_proposal(
    recipe: Recipe,
    proposal: Proposal,
    observer: Observer,
    pulse: Callable[[], None] = lambda: None,
) -> Trial:
    """Train a proposal and return the trial, failed ones included.

    Hyperparameters met beyond the recipe's space stand in `facts.late`. `pulse` is called after
    the epochs of repeats, of which the observer is not told.
    Raises what no other proposal would mend: ObjectiveError where the model does not report the
    objective, CallbackError where the study's callbacks cannot be made for the first trial,
    FatalTrialError where the user's code ends the search, NoRoomError where the disk is full,
    UnwritableError where the study's folder cannot be written; KeyboardInterrupt passes.
    """
    progress = Progress(dict(proposal.params))

    def train() -> None:
        _execute_all(recipe, proposal, observer, progress, pulse)

    return conclude(recipe, proposal, observer, progress, train)


def conclude(
    recipe: Recipe,
    proposal: Proposal,
    observer: Observer,
    progress: Progress,
    train: Callable[[], None],
) -> Trial:
    """Call `train`, which fills `progress` or raises, and make the trial of what came of it.

    Saves the model where the observer keeps it. Raises as `train_proposal` does.
    """
    began, ended = time.perf_counter(), None
    error: str | None = None
    score: float | None = None
    pruned: str | None = None
    untrained = False
    measured: dict[str, float] = {}
    state = TrialState.FAILED
    try:
        train()
        ended = time.perf_counter()
        score = fmean(execution.score for execution in progress.done)
        pruned = next((e.pruned for e in progress.done if e.pruned is not None), None)
        state = TrialState.COMPLETE if pruned is None else TrialState.PRUNED
        if recipe.plan.others:
            trained = _best(progress, recipe).model
            measured = measure(recipe.plan.others, progress.done, trained, recipe.dataset)
        untrained = _best(progress, recipe).untrained
        if state is TrialState.COMPLETE and observer.keeps(score) and not untrained:
            save(_best(progress, recipe), recipe.models / f"{proposal.number:04d}.keras")
    except (TrialFailed, TuneitError) as failure:
        refuse_full_disk(failure)
        if _concerns_all(failure, proposal):
            raise
        error = str(failure)
    except KeyboardInterrupt:
        raise
    except BaseException as failure:  # what a user's code raises costs this trial alone
        raise_if_fatal(failure, recipe.builder.name, recipe.builder.folder)
        refuse_full_disk(failure)
        error = f"{describe(failure)}{user_frame(failure, recipe.builder.folder)}"
    if error is not None:
        state, score = TrialState.FAILED, None
    curves = [execution.curve for execution in progress.done]
    first = progress.done[0] if progress.done else None
    trivial = Trivial()
    if error is None:
        trivial = recipe.trivial.of_execution(_best(progress, recipe), progress.params)
    unused = progress.unused(recipe)
    return Trial(
        number=proposal.number,
        params={name: v for name, v in progress.params.items() if name not in unused},
        state=state,
        seed=proposal.seed,
        score=score,
        curve=curves[0] if curves else progress.partial,
        best_epoch=first.best_epoch if first else None,
        duration_s=(ended or time.perf_counter()) - began,
        error=error,
        memory=proposal.memory,
        facts=Facts(
            parameters=progress.parameters,
            measured=measured,
            trivial=trivial,
            late=tuple(progress.late.values()),
            unused=unused or None,
            continued=progress.continued,
            pruned=pruned if state is TrialState.PRUNED else None,
            untrained=untrained,
        ),
        scores=tuple(e.score for e in progress.done),
        repeats=tuple(curves[1:]),
    )


_OF_ALL = (ObjectiveError, FatalTrialError, NoRoomError, UnwritableError)


def _concerns_all(failure: Exception, proposal: Proposal) -> bool:
    """Whether every other trial would fail alike.

    Callbacks that could be made before fail for a reason that may pass, a service out of reach say.
    """
    if isinstance(failure, CallbackError):
        return proposal.number == 0
    return isinstance(failure, _OF_ALL)


def _execute_all(
    recipe: Recipe,
    proposal: Proposal,
    observer: Observer,
    progress: Progress,
    pulse: Callable[[], None],
) -> None:
    draw = seeded_draw(recipe.plan.seed, proposal.number)
    for index in range(recipe.plan.executions):
        seed = training_seed(recipe.plan.seed, proposal.number, index) if index else proposal.seed
        hp = TrialHyperParameters(progress.params, recipe.builder.specs, draw, recipe.space)

        def tell(epoch: int, logs: Mapping[str, float], index: int = index) -> str | None:
            # Only the first training may be pruned: the others repeat its epochs, and a trial
            # that was good enough once is worth its remaining seeds.
            reason = None
            if index == 0:
                reason = observer.epoch(proposal.number, epoch, logs)
            else:
                pulse()
            return reason or recipe.plan.overtime(time.perf_counter() - progress.began)

        monitor = EpochMonitor(recipe.plan, tell, strict=recipe.builder.own_fit is None)
        fresh_session(seed)
        try:
            callbacks = [*_callbacks(recipe, proposal, index, seed, progress), monitor]
            execution = _execute(recipe, proposal, index, hp, seed, callbacks, progress)
        finally:
            progress.remember(hp)
            if not progress.done and monitor.rows:
                progress.partial = LearningCurve.from_epochs(monitor.rows)
        if progress.done and recipe.plan.executions > 1:
            _drop_the_worse(progress.done, execution, recipe)
        if add_execution(progress, execution, proposal.number, recipe.plan, observer):
            return


def add_execution(
    progress: Progress,
    execution: Execution,
    number: int,
    plan: TrainingPlan,
    observer: Observer,
) -> bool:
    """Add an execution to what a trial has come to; tell whether it was the last.

    Executions end in their order; the observer may find that the next ones are not worth it.
    """
    progress.done.append(execution)
    if len(progress.done) == plan.executions:
        return True
    if execution.pruned is None:
        execution.pruned = observer.execution(number, [e.score for e in progress.done])
    return execution.pruned is not None


def _callbacks(
    recipe: Recipe, proposal: Proposal, index: int, seed: int, progress: Progress
) -> list[Any]:
    """The study's own callbacks; ours comes after them, so that it sees what they log."""
    folder = recipe.models.parent / "logs" / training_name(proposal.number, index)
    trial = TrialInfo(proposal.number, dict(progress.params), seed, index + 1, folder)
    return make_callbacks(recipe.plan.callbacks, recipe.builder.root or Path(), trial)


def _execute(
    recipe: Recipe,
    proposal: Proposal,
    index: int,
    hp: TrialHyperParameters,
    seed: int,
    callbacks: list[Any],
    progress: Progress,
) -> Execution:
    dataset, plan = recipe.dataset.of_training(index), recipe.plan
    monitor: EpochMonitor = callbacks[-1]
    model = recipe.builder.build(hp)
    reset_metrics(model)
    refuse_oversized(model, recipe, progress)
    whole = count(hp, "epochs", plan.epochs)
    epochs = min(whole, proposal.epochs or whole)
    # A HyperModel's own fit trains in its own way, perhaps from the first epoch: no weights of
    # its trials are kept, and a promoted one is trained anew.
    paused = recipe.paused(index) if not recipe.builder.own_fit else None
    trained = 0
    if paused is not None and proposal.parent is not None:
        taken = paused.continue_from(proposal.parent, model, input_shape(dataset))
        if taken is not None:
            monitor.set_model(model)
            monitor.take_up(taken)
            trained = len(taken.rows)
    if proposal.parent is not None:
        progress.continued = trained
    batch_size = count(hp, "batch_size", plan.batch_size)
    arguments = {
        **row_arguments(recipe.builder, hp, model, dataset, batch_size, seed, callbacks),
        "validation_data": (dataset.validation.x, dataset.validation.y),
        "epochs": epochs,
        "verbose": 0,
        **({"initial_epoch": trained} if trained else {}),
    }
    result: Any = None
    before = _sums(model) if recipe.builder.own_fit else None
    try:
        if trained < epochs:
            result = call_fit(recipe.builder, hp, model, arguments)
        if paused is not None and len(monitor.rows) == epochs < whole and monitor.pruned is None:
            paused.keep(proposal.number, model, monitor)
    except Stopped:
        pass
    except Diverged as diverged:
        raise TrialFailed(str(diverged)) from None
    finally:
        progress.parameters = weights_in(model) or progress.parameters
    execution = summarise(result, monitor, model, plan)
    execution.untrained = bool(before) and not monitor.rows and _sums(model) == before
    return execution


def _sums(model: Any) -> list[float]:
    """The sum of each trainable weight: training changes at least one of them."""
    return [float(np.sum(np.asarray(w, dtype=np.float64))) for w in model.trainable_weights]


def refuse_oversized(model: Any, recipe: Recipe, progress: Progress) -> None:
    """Raise TrialFailed where the model has more weights than the study allows."""
    if recipe.plan.max_parameters is None:
        return
    progress.parameters = count_parameters(model, recipe.dataset)
    reason = recipe.plan.refusal(progress.parameters or 0)
    if reason is not None:
        raise TrialFailed(reason)


def count(hp: TrialHyperParameters, name: str, default: int) -> int:
    """A whole number from 1 among the hyperparameters; raises TrialFailed for anything else."""
    value = hp.params.get(name)
    if value is None:
        return default
    if isinstance(value, (bool, str)) or value < 1 or value != int(value):
        raise TrialFailed(f"{name} must be a whole number from 1, but is {value!r}")
    return int(value)


def _best(progress: Progress, recipe: Recipe) -> Execution:
    sign = recipe.plan.objective.sign
    return max((e for e in progress.done if e.model is not None), key=lambda e: sign * e.score)


def _drop_the_worse(done: list[Execution], new: Execution, recipe: Recipe) -> None:
    """Keep one model in memory: the best so far."""
    for old in done:
        if old.model is not None:
            loser = old if recipe.plan.objective.better(new.score, old.score) else new
            loser.model, loser.monitor.best_weights = None, None
