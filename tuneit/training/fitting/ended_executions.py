"""Executions that have ended while their trial goes on: they survive the end of this process."""

from __future__ import annotations

import logging

from tuneit.search.protocols import Observer
from tuneit.training.fitting.monitor import EpochMonitor
from tuneit.training.fitting.outcome import Execution
from tuneit.training.fitting.progress import Progress, best_execution
from tuneit.training.recipe import Recipe
from tuneit.training.saving.rebuilding import ModelRebuilder
from tuneit.training.user_code.error_text import describe
from tuneit.trials import EndedExecution, Proposal

_LOG = logging.getLogger(__name__)


def keep_ended(
    recipe: Recipe, number: int, progress: Progress, observer: Observer, seconds: float
) -> None:
    """Keep the executions that have ended since the last call: the best one's weights, then all.

    `seconds` is the wall time that the trial has taken in this process. Call it only where more
    executions are to come: the others are recorded with the trial. Raises as `writing` does.
    """
    new = range(progress.kept, len(progress.done))
    if not new:
        return
    best = best_execution(progress, recipe)
    place = next(index for index, execution in enumerate(progress.done) if execution is best)
    if place in new:
        best.monitor.restore_best(best.model)
        recipe.checkpoints(place).save_ended(number, best.model.get_weights())
    for index in new:
        execution = progress.done[index]
        taken = progress.seconds_before + seconds - progress.seconds_kept
        progress.seconds_kept += taken
        observer.keep_execution(
            number,
            index,
            EndedExecution(
                execution.score,
                execution.curve,
                execution.best_epoch,
                taken,
                execution.returned,
                execution.untrained,
            ),
        )
    progress.kept = len(progress.done)


def take_over(recipe: Recipe, proposal: Proposal, progress: Progress) -> None:
    """Let a trial begin with the executions that ended before the search was interrupted.

    At least the last execution is trained. Where the best one's weights are gone or do not fit the
    model that the builder makes, all are trained anew.
    """
    ended = proposal.ended[: recipe.plan.executions - 1]
    if not ended:
        return
    sign = recipe.plan.objective.sign
    place = max(range(len(ended)), key=lambda index: sign * ended[index].score)
    try:
        weights = recipe.checkpoints(place).restore_ended(proposal.number)
        model = ModelRebuilder(recipe, progress.params).build()
        model.set_weights(weights)
    except Exception as error:  # a changed builder may raise anything
        _LOG.info("all executions of trial %d train anew: %s", proposal.number, describe(error))
        return
    for index, one in enumerate(ended):
        monitor = EpochMonitor(recipe.plan, lambda epoch, logs: None)
        execution = Execution(
            *(one.score, one.curve, one.best_epoch, monitor),
            model=model if index == place else None,
            pruned=None,
            returned=one.returned,
            untrained=one.untrained,
        )
        progress.done.append(execution)
    progress.kept = len(ended)
    progress.seconds_before = progress.seconds_kept = sum(one.seconds for one in ended)
