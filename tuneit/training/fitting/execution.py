"""Training one proposal: building the model, and training all its executions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tuneit.curves import LearningCurve
from tuneit.data.streamed import StreamedDataset
from tuneit.search.protocols import Observer
from tuneit.training.builders.hyperparameters import TrialHyperParameters, seeded_draw
from tuneit.training.fitting.callbacks import TrialInfo, make_callbacks
from tuneit.training.fitting.ended_executions import keep_ended, take_over
from tuneit.training.fitting.feeding import Feed
from tuneit.training.fitting.fit import arrays_for_keras, call_fit, row_arguments
from tuneit.training.fitting.label_failure import label_outside
from tuneit.training.fitting.magnitude_pruning import MagnitudePruning
from tuneit.training.fitting.monitor import Diverged, EpochMonitor, Stopped
from tuneit.training.fitting.outcome import Execution, TrialFailed, summarise
from tuneit.training.fitting.progress import Progress, add_execution, conclude
from tuneit.training.fitting.rows import chosen_class_weights
from tuneit.training.fitting.session import fresh_session, make_deterministic
from tuneit.training.models.metrics import reset_metrics
from tuneit.training.models.size import (
    count_parameters,
    input_shape,
    nonzero_weights_in,
    weights_in,
)
from tuneit.training.models.validating import is_validated
from tuneit.training.recipe import Recipe
from tuneit.training.saving.checkpoints import execution_name
from tuneit.trials import Proposal, Trial


def train_proposal(
    recipe: Recipe,
    proposal: Proposal,
    observer: Observer,
    pulse: Callable[[], None] = lambda: None,
) -> Trial:
    """Train a proposal and return the trial, failed ones included.

    Hyperparameters that are not in the recipe's space are listed in `facts.late`. `pulse` is called
    after the epochs of later executions, which the observer does not get.
    Raises errors that every proposal would meet: ObjectiveError where the model does not report the
    objective, CallbackError where the study's callbacks cannot be made for the first trial,
    FatalTrialError where the user's code ends the search, NoRoomError where the disk is full,
    UnwritableError where the study's folder cannot be written; KeyboardInterrupt passes.
    """
    progress = Progress(dict(proposal.params))

    def train() -> None:
        _execute_all(recipe, proposal, observer, progress, pulse)

    return conclude(recipe, proposal, observer, progress, train)


def _execute_all(
    recipe: Recipe,
    proposal: Proposal,
    observer: Observer,
    progress: Progress,
    pulse: Callable[[], None],
) -> None:
    if recipe.plan.deterministic:
        make_deterministic()
    take_over(recipe, proposal, progress)
    draw = seeded_draw(recipe.plan.seed, proposal.number)
    for index in range(len(progress.done), recipe.plan.executions):
        seed = proposal.seeds[index]
        hp = TrialHyperParameters(progress.params, recipe.builder.specs, draw, recipe.space)

        def tell(epoch: int, logs: Mapping[str, float], index: int = index) -> str | None:
            # Only the first execution may be pruned: a trial that was good enough in it gets its
            # remaining seeds or folds.
            reason = None
            if index == 0:
                reason = observer.epoch(proposal.number, epoch, logs)
            else:
                pulse()
            return reason or recipe.plan.overtime(progress.seconds_before + progress.elapsed())

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
            _keep_best_model(progress.done, execution, recipe)
        if add_execution(progress, execution, proposal.number, recipe.plan, observer):
            return
        keep_ended(recipe, proposal.number, progress, observer, progress.elapsed())


def _callbacks(
    recipe: Recipe, proposal: Proposal, index: int, seed: int, progress: Progress
) -> list[Any]:
    """The study's own callbacks; the monitor comes after them, so that it sees what they log."""
    plateau = recipe.plan.plateau
    folder = recipe.models.parent / "logs" / execution_name(proposal.number, index)
    trial = TrialInfo(proposal.number, dict(progress.params), seed, index + 1, folder)
    own = make_callbacks(recipe.plan.callbacks, recipe.builder.root or Path(), trial)
    return own if plateau is None else [*own, plateau()]


def _execute(
    recipe: Recipe,
    proposal: Proposal,
    index: int,
    hp: TrialHyperParameters,
    seed: int,
    callbacks: list[Any],
    progress: Progress,
) -> Execution:
    dataset, plan = recipe.dataset.of_execution(index), recipe.plan
    monitor: EpochMonitor = callbacks[-1]
    model = recipe.builder.build(hp)
    reset_metrics(model)
    refuse_oversized(model, recipe, progress)
    tuning = recipe.builder.fine_tuning(hp.params)
    if tuning is not None:
        monitor.patient_from = tuning.head_epochs
        callbacks = [tuning.callback(), *callbacks]
    pruning = next((one for one in callbacks if isinstance(one, MagnitudePruning)), None)
    whole = whole_number(hp, "epochs", plan.epochs)
    epochs = min(whole, proposal.epochs or whole)
    if pruning is not None:
        monitor.patient_from = max(monitor.patient_from, pruning.epochs)
        monitor.scored_from = min(pruning.epochs, epochs - 1)
    # A HyperModel's own fit may not be able to go on from a checkpoint: a promoted trial with
    # one is trained anew.
    checkpoints = recipe.checkpoints(index) if not recipe.builder.own_fit else None
    trained = 0
    if checkpoints is not None and proposal.parent is not None:
        reach = None if tuning is None else tuning.reach
        resumed = checkpoints.restore(proposal.parent, model, input_shape(dataset), reach)
        if resumed is not None:
            monitor.set_model(model)
            monitor.resume(resumed)
            trained = len(resumed.rows)
    if proposal.parent is not None:
        progress.continued = trained
    batch_size = whole_number(hp, "batch_size", plan.batch_size)
    feed, validated = None, is_validated(model, plan)
    if isinstance(dataset, StreamedDataset):
        by_class = chosen_class_weights(dataset, hp.params.get("class_weight"))
        feed = Feed(dataset, batch_size, by_class, seed)
        rows = {**feed.arguments(validated=validated), "callbacks": callbacks}
    else:
        rows = {
            **row_arguments(
                recipe.builder,
                hp,
                model,
                dataset,
                batch_size,
                seed,
                callbacks,
                plan.steps_per_epoch,
            ),
            "validation_data": arrays_for_keras(dataset.validation) if validated else None,
        }
    arguments = {
        **rows,
        "epochs": epochs,
        "verbose": 0,
        **({"initial_epoch": trained} if trained else {}),
    }
    result: Any = None
    before = _sums(model) if recipe.builder.own_fit else None
    try:
        if trained < epochs:
            result = call_fit(recipe.builder, hp, model, arguments)
        if (
            checkpoints is not None
            and len(monitor.rows) == epochs < whole
            and monitor.pruned is None
        ):
            checkpoints.save(proposal.number, model, monitor)
    except Stopped:
        pass
    except Diverged as diverged:
        raise TrialFailed(str(diverged)) from None
    except Exception as error:
        # TensorFlow's own error hides what is wrong.
        said = (feed.failure if feed is not None else None) or label_outside(error)
        if said is not None:
            raise TrialFailed(said) from None
        raise
    finally:
        counted = weights_in(model) if pruning is None else nonzero_weights_in(model)
        progress.parameters = counted or progress.parameters
    execution = summarise(result, monitor, model, plan)
    execution.untrained = bool(before) and not monitor.rows and _sums(model) == before
    return execution


def _sums(model: Any) -> list[float]:
    """The sum of each trainable weight, to see whether training has changed any."""
    return [float(np.sum(np.asarray(w, dtype=np.float64))) for w in model.trainable_weights]


def refuse_oversized(model: Any, recipe: Recipe, progress: Progress) -> None:
    """Raise TrialFailed where the model has more weights than the study allows."""
    if recipe.plan.max_parameters is None:
        return
    progress.parameters = count_parameters(model, recipe.dataset)
    reason = recipe.plan.refusal(progress.parameters or 0)
    if reason is not None:
        raise TrialFailed(reason)


def whole_number(hp: TrialHyperParameters, name: str, default: int) -> int:
    """The value of a hyperparameter, a whole number from 1; raises TrialFailed for other values."""
    value = hp.params.get(name)
    if value is None:
        return default
    if isinstance(value, (bool, str)) or value < 1 or value != int(value):
        raise TrialFailed(f"{name} must be a whole number from 1, but is {value!r}")
    return int(value)


def _keep_best_model(done: list[Execution], new: Execution, recipe: Recipe) -> None:
    """Keep one model in memory: the best so far."""
    for old in done:
        if old.model is not None:
            loser = old if recipe.plan.objective.better(new.score, old.score) else new
            loser.model, loser.monitor.best_weights = None, None
