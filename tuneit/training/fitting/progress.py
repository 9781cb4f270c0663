"""A trial while it trains: what its executions have reached, and the Trial made of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

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
from tuneit.training.builders.hyperparameters import TrialHyperParameters
from tuneit.training.fitting.outcome import Execution, TrialFailed
from tuneit.training.fitting.secondary_objectives import measure
from tuneit.training.plan import TrainingPlan
from tuneit.training.recipe import Recipe
from tuneit.training.saving.model_file import save
from tuneit.training.user_code.error_text import describe, user_frame
from tuneit.training.user_code.fatal_error import raise_if_fatal
from tuneit.trials import Facts, Proposal, Trial, TrialState, Trivial


@dataclass
class Progress:
    """The state of a trial while it trains; its values are kept where the trial fails.

    `kept` counts the executions in `done` that survive a crash, and `seconds_kept` is their time.
    `seconds_before` is the time of those that ended in an earlier run of the search.
    """

    params: Params
    late: dict[tuple[str, Any], Parameter] = field(default_factory=dict)
    done: list[Execution] = field(default_factory=list)
    partial: LearningCurve | None = None
    parameters: int | None = None
    continued: int | None = None
    began: float = field(default_factory=time.perf_counter)
    used: frozenset[str] | None = frozenset(RESERVED)
    kept: int = 0
    seconds_kept: float = 0.0
    seconds_before: float = 0.0

    def elapsed(self) -> float:
        """Seconds since the training began in this process."""
        return time.perf_counter() - self.began

    def remember(self, hp: TrialHyperParameters) -> None:
        """Keep what a builder asked for, with hyperparameters that were not in the space."""
        self.params = hp.params
        self.used = None if self.used is None or hp.asked is None else self.used | hp.asked
        for parameter in hp.late:
            key = (parameter.name, parameter.when)
            self.late.setdefault(key, parameter)

    def unused(self, recipe: Recipe) -> Params:
        """Hyperparameters that no execution asked for, so that they made no difference.

        {} where no model was built, and for builders that get all of them as keywords.
        """
        if self.used is None or self.parameters is None:
            return {}
        if not recipe.builder.takes_hp:
            return {}
        return {name: value for name, value in self.params.items() if name not in self.used}


def conclude(
    recipe: Recipe,
    proposal: Proposal,
    observer: Observer,
    progress: Progress,
    train: Callable[[], None],
) -> Trial:
    """Call `train`, which fills `progress` or raises, and return the trial.

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
            trained = best_execution(progress, recipe).model
            measured = measure(recipe.plan.others, progress.done, trained, recipe.dataset)
        untrained = best_execution(progress, recipe).untrained
        if state is TrialState.COMPLETE and observer.keeps(score) and not untrained:
            save(best_execution(progress, recipe), recipe.models / f"{proposal.number:04d}.keras")
    except (TrialFailed, TuneitError) as failure:
        refuse_full_disk(failure)
        if _concerns_all(failure, proposal):
            raise
        error = str(failure)
    except KeyboardInterrupt:
        raise
    except BaseException as failure:  # an error of the user's code fails this trial alone
        raise_if_fatal(failure, recipe.builder.name, recipe.builder.folder)
        refuse_full_disk(failure)
        error = f"{describe(failure)}{user_frame(failure, recipe.builder.folder)}"
    if error is not None:
        state, score = TrialState.FAILED, None
    curves = [execution.curve for execution in progress.done]
    first = progress.done[0] if progress.done else None
    trivial = Trivial()
    if error is None:
        trivial = recipe.trivial.of_execution(best_execution(progress, recipe), progress.params)
    unused = progress.unused(recipe)
    return Trial(
        number=proposal.number,
        params={name: v for name, v in progress.params.items() if name not in unused},
        state=state,
        seed=proposal.seed,
        score=score,
        curve=curves[0] if curves else progress.partial,
        best_epoch=first.best_epoch if first else None,
        duration_s=progress.seconds_before + (ended or time.perf_counter()) - began,
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
    """Whether every other trial would fail in the same way.

    Callbacks that fail after the first trial may work again: a service may be out of reach.
    """
    if isinstance(failure, CallbackError):
        return proposal.number == 0
    return isinstance(failure, _OF_ALL)


def add_execution(
    progress: Progress,
    execution: Execution,
    number: int,
    plan: TrainingPlan,
    observer: Observer,
) -> bool:
    """Add an execution to a trial's progress; return whether it was the last.

    Executions end in their order; the observer may prune those that are left.
    """
    progress.done.append(execution)
    if len(progress.done) == plan.executions:
        return True
    if execution.pruned is None:
        execution.pruned = observer.execution(number, [e.score for e in progress.done])
    return execution.pruned is not None


def best_execution(progress: Progress, recipe: Recipe) -> Execution:
    """The best of the executions that have ended and whose models are in memory."""
    sign = recipe.plan.objective.sign
    return max((e for e in progress.done if e.model is not None), key=lambda e: sign * e.score)
