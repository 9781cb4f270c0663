"""Trains the members of one cohort epoch by epoch, until the last one has ended."""

from __future__ import annotations

import copy
import logging
import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

from tuneit.curves import LearningCurve
from tuneit.search.protocols import Observer
from tuneit.training.cohort.epoch import Logs, Members, Order
from tuneit.training.cohort.member import Member
from tuneit.training.cohort.prepared_trial import PreparedExecution, PreparedTrial
from tuneit.training.cohort.program import Program
from tuneit.training.cohort.snapshot import Snapshot
from tuneit.training.cohort.stack_layout import StackLayout
from tuneit.training.cohort.template import State
from tuneit.training.cohort.varying import Own
from tuneit.training.fitting.ended_executions import keep_ended
from tuneit.training.fitting.outcome import summarise
from tuneit.training.fitting.progress import add_execution
from tuneit.training.keras_loader import load_keras
from tuneit.training.recipe import Recipe

load_keras()
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

T = TypeVar("T")

_LOG = logging.getLogger(__name__)


class Cohort:
    """Trains executions of some trials together; all have the structure and shape of `program`.

    The state of all members is stacked: each member has a position along the leading axis of every
    tensor. Positions that are left over are padding and repeat the first member. When members have
    ended and the others fit into fewer stacks of the same size, they move there. Where there is too
    little memory, one half of the members trains to its end before the other half goes on.
    """

    def __init__(
        self,
        program: Program,
        executions: Sequence[tuple[PreparedTrial, PreparedExecution]],
        recipe: Recipe,
        observer: Observer,
    ) -> None:
        self._program, self._recipe, self._observer = program, recipe, observer
        self._members = [Member(*pair, recipe.plan, observer) for pair in executions]
        self._layout = program.layout(len(self._members))
        self._positions = _padded(self._members, self._layout.positions)
        self._epoch = executions[0][1].shape.start
        self._state: State | None = None
        self._own: Own | None = None

    def train(self) -> Iterator[PreparedTrial]:
        """Yield each trial when all its executions here have ended, or the first one failed.

        A trial that is over loses its models when the next trial is asked for.
        """
        while self._members:
            if self._live() and not self._train_epoch():
                yield from self._train_halves()
                return
            for trial in dict.fromkeys(member.trial for member in self._members):
                members = [m for m in self._members if m.trial is trial]
                if self._is_done(members):
                    self._members = [m for m in self._members if m.trial is not trial]
                    self._collect_results(trial, members)
                    yield trial
                    if trial.over:
                        trial.forget()
                        for member in members:
                            member.forget()
            self._drop_empty_stacks()

    def _train_epoch(self) -> bool:
        """Train an epoch; False where memory does not suffice, and nothing has changed then."""
        if len(self._live()) > self._program.max_members:
            return False
        began = time.perf_counter()
        try:
            state, logs = self._run()
            snapshot = Snapshot(state, self._program.template)
            _ = snapshot.finite  # here, because this may run out of memory too
        except tf.errors.ResourceExhaustedError:
            if len(self._live()) == 1:
                raise
            _LOG.info("%d executions at once are too many for the memory", len(self._live()))
            return False
        self._state = state
        self._epoch += 1
        values = {name: logs[name].numpy() for name in sorted(logs)}  # as Keras sorts them
        for member in self._live():
            position = self._positions.index(member)
            own = {name: series[position] for name, series in values.items()}
            step = (self._epoch - member.execution.shape.start) * self._program.steps
            member.epoch_ended(own, step, snapshot, position)
            if (rate := member.new_rate) is not None:
                self._state = self._program.template.with_rate(self._state, position, rate)
        self._share_time(time.perf_counter() - began)
        return True

    def _run(self) -> tuple[State, Logs]:
        template, epoch = self._program.template, self._epoch
        executions = [member.execution for member in self._positions]
        if self._state is None:
            self._state = template.initial_state(executions)
        if self._own is None:
            self._own = Own.stacked(template.varying, template.model, executions)
        return self._program.run(
            tf.nest.map_structure(tf.convert_to_tensor, self._state),
            Members(self._own, Order.of(executions, epoch)),
            tf.constant(epoch),
            self._layout,
        )

    def _train_halves(self) -> Iterator[PreparedTrial]:
        """Train one half of the members to its end, then the other."""
        middle = -(-len(self._members) // 2)
        self._program.max_members = min(self._program.max_members, middle)
        halves = [self._half(part) for part in (self._members[:middle], self._members[middle:])]
        self._state, self._members = None, []
        for half in halves:
            half._members = [m for m in half._members if not m.trial.over]
            yield from half.train()

    def _half(self, members: list[Member]) -> Cohort:
        half = copy.copy(self)
        half._members = members
        if live := half._live():
            half._place(live, self._program.layout(len(live)))
        return half

    def _live(self) -> list[Member]:
        return [member for member in self._members if not member.ended]

    @staticmethod
    def _is_done(members: Sequence[Member]) -> bool:
        cut_off = any(m.failure is not None or m.monitor.pruned is not None for m in members)
        return cut_off or all(m.ended for m in members)

    def _collect_results(self, trial: PreparedTrial, members: Sequence[Member]) -> None:
        """Add the results of ended executions to the trial's progress, in their order."""
        number, done, plan = trial.proposal.number, trial.progress.done, self._recipe.plan
        try:
            for member in members:
                if member.failure is not None:
                    raise member.failure
                if not member.ended:
                    continue  # a later execution of a trial whose first one was pruned
                member.save_checkpoint()
                result = summarise(None, member.monitor, member, plan)
                trial.waiting[member.execution.index] = result
                while not trial.over and len(done) in trial.waiting:
                    result = trial.waiting.pop(len(done))
                    trial.over = add_execution(trial.progress, result, number, plan, self._observer)
            if not trial.over:
                keep_ended(self._recipe, number, trial.progress, self._observer, trial.seconds)
        except Exception as failure:
            rows = members[0].monitor.rows
            if not done and rows:
                trial.progress.partial = LearningCurve.from_epochs(rows)
            trial.failure, trial.over = failure, True

    def _share_time(self, seconds: float) -> None:
        live = self._live() or self._members
        for member in live:
            member.trial.seconds += seconds / len(live)

    def _drop_empty_stacks(self) -> None:
        """Move the live members into fewer stacks, if they fit.

        The stacks keep their size. Tracing graphs of a smaller size takes longer than it saves.
        """
        if live := self._live():
            layout = StackLayout.of_size(len(live), self._layout.size)
            if layout != self._layout:
                self._place(live, layout)

    def _place(self, members: Sequence[Member], layout: StackLayout) -> None:
        """Keep the state of these members only, in stacks of this layout."""
        rows = _padded([self._positions.index(member) for member in members], layout.positions)
        self._layout, self._positions = layout, [self._positions[row] for row in rows]
        self._own = None
        if self._state is not None:
            # As arrays on the host, since a GPU may have no room for both states.
            self._state = tf.nest.map_structure(lambda t: np.asarray(t)[rows], self._state)


def _padded(items: Sequence[T], size: int) -> list[T]:
    """The items, and the first of them repeated until there are `size`."""
    return [*items, *[items[0]] * (size - len(items))]
