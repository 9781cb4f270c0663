"""Training a cohort epoch by epoch, until its last member has ended."""

from __future__ import annotations

import copy
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from tuneit.curves import LearningCurve
from tuneit.search.protocols import Observer
from tuneit.training.cohort.epoch import Logs, Members, Order
from tuneit.training.cohort.prepared_trial import PreparedExecution, PreparedTrial
from tuneit.training.cohort.program import Program
from tuneit.training.cohort.stack_layout import StackLayout
from tuneit.training.cohort.template import State, kept
from tuneit.training.fitting.execution import add_execution
from tuneit.training.fitting.monitor import Diverged, EpochMonitor
from tuneit.training.fitting.outcome import TrialFailed, summarise
from tuneit.training.keras_loader import load_keras
from tuneit.training.models.finite_weights import constants_not_finite, finite_members, first_lost
from tuneit.training.plan import TrainingPlan

load_keras()
import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

T = TypeVar("T")

_LOG = logging.getLogger(__name__)


class Snapshot:
    """What an epoch left of all members, as arrays: fetched once, and only if somebody asks."""

    def __init__(self, state: State) -> None:
        self._state = state

    @cached_property
    def weights(self) -> list[Any]:
        """Weights, then statistics."""
        return [tensor.numpy() for tensor in (*self._state.weights, *self._state.others)]

    @cached_property
    def slots(self) -> list[Any]:
        """The optimizers' variables."""
        return [tensor.numpy() for tensor in self._state.slots]

    @cached_property
    def finite(self) -> Any:
        """Whether weights and statistics are finite: bool of shape (variables, seats)."""
        return finite_members((*self._state.weights, *self._state.others))


_NOTHING = Snapshot(State((), (), ()))


class Member:
    """One training in a cohort; to its EpochMonitor it is the model.

    Weights have the order of `keras.Model.get_weights`.
    """

    built = True
    """As for Keras's models: what is fused has weights before it trains."""

    def __init__(
        self, trial: PreparedTrial, execution: PreparedExecution, plan: TrainingPlan, tell: Any
    ) -> None:
        self.trial, self.execution = trial, execution
        self._steps_before = int(self.optimizer.iterations)
        self.numbers = execution.numbers
        self.stop_training = False
        self.failure: Exception | None = None
        self.weights: list[Any] = []
        self.slots: list[Any] = []
        self._snapshot, self._position = _NOTHING, 0
        self.monitor = EpochMonitor(plan, tell, lost=self._lost_weight)
        self._constants = constants_not_finite(execution.model)
        self.monitor.set_model(self)
        if execution.taken is not None:
            self.weights = execution.model.get_weights()
            self.monitor.take_up(execution.taken)

    @property
    def optimizer(self) -> Any:
        """That of its model."""
        return self.execution.model.optimizer

    @property
    def ended(self) -> bool:
        """Whether it trains no further epoch."""
        rows = len(self.monitor.rows)
        return self.stop_training or self.failure is not None or rows >= self.execution.epochs

    @cached_property
    def _places(self) -> list[int]:
        """Where Keras's weights stand in a snapshot."""
        variables = {id(v): i for i, v in enumerate(kept(self.execution.model))}
        return [variables[id(v)] for v in self.execution.model.weights]

    @property
    def keras_model(self) -> Any:
        """The Keras model as it was built, whose weights are another's or none."""
        return self.execution.model

    def get_weights(self) -> list[Any]:
        """What an epoch left of weights and statistics, while it ends; then those to save."""
        if self._snapshot is _NOTHING:
            return self.weights
        return [self._snapshot.weights[place][self._position].copy() for place in self._places]

    def set_weights(self, weights: list[Any]) -> None:
        """Choose the weights to save."""
        self.weights = weights

    def predict_on_batch(self, x: Any) -> Any:
        """Predict with the model as it was built: for measuring how long that takes."""
        return self.execution.model.predict_on_batch(x)

    def save(self, path: Path) -> None:
        """Save the Keras model, as its builder made it, with these weights."""
        self._trained_model().save(path)

    def pause(self) -> None:
        """Keep what another trial may go on with, where the training was to pause."""
        whole = len(self.monitor.rows) == self.execution.epochs and self.monitor.pruned is None
        if self.execution.pauses is not None and whole:
            number = self.trial.proposal.number
            self.execution.pauses.keep(number, self._trained_model(), self.monitor)

    def forget(self) -> None:
        """Let go of all weights; its seat may be kept for longer."""
        self.weights, self.slots, self.monitor.best_weights = [], [], None

    def _lost_weight(self) -> str | None:
        finite = self._snapshot.finite[:, self._position]
        return first_lost(kept(self.execution.model), finite, self._constants)

    def _trained_model(self) -> Any:
        model = self.execution.model
        self.optimizer.build(model.trainable_variables)
        model.set_weights(self.weights)
        for variable, value in zip(self.optimizer.variables, self.slots, strict=True):
            variable.assign(value)
        return model

    def epoch_ended(
        self, logs: Mapping[str, float], step: int, snapshot: Snapshot, position: int
    ) -> None:
        """Let the monitor see an epoch, after `step` batches here; its state is in `snapshot`."""
        self._snapshot, self._position = snapshot, position
        if not isinstance(self.optimizer._learning_rate, keras.Variable):
            # Which its schedule is read from; a builder, or a pause, may have trained before.
            self.optimizer._iterations.assign(self._steps_before + step)
        try:
            self.monitor.on_epoch_end(len(self.monitor.rows), logs)
        except Diverged as diverged:
            self.failure = TrialFailed(str(diverged))
        if self.ended:
            self.weights = self.get_weights()
            self.slots = [array[position].copy() for array in snapshot.slots]
        self._snapshot = _NOTHING  # which would keep that epoch's tensors of all members


class Cohort:
    """Trains candidates of some entries together; all have the structure and shape of `program`.

    The stacked tensors have a seat for each member, and perhaps some more, which repeat the first
    and are not looked at. Members that have ended keep theirs until the others fit into fewer
    stacks, or stacks of another size save more than making their graphs takes. Where there is too
    little memory, one half of the members trains to its end before the other goes on.
    """

    def __init__(
        self,
        program: Program,
        executions: Sequence[tuple[PreparedTrial, PreparedExecution]],
        plan: TrainingPlan,
        observer: Observer,
    ) -> None:
        self._program, self._plan, self._observer = program, plan, observer
        self._members = [
            Member(trial, execution, plan, self._tell(trial, execution))
            for trial, execution in executions
        ]
        self._layout = program.layout(len(self._members))
        self._positions = _filled(self._members, self._layout.positions)
        self._epoch = executions[0][1].shape.start
        self._state: State | None = None

    def train(self) -> Iterator[PreparedTrial]:
        """Yield each entry as all its trainings here have ended, or the first of them failed.

        One that is over is forgotten as soon as the next is asked for.
        """
        while self._members:
            if self._live() and not self._train_epoch():
                yield from self._train_halves()
                return
            for trial in dict.fromkeys(member.trial for member in self._members):
                members = [m for m in self._members if m.trial is trial]
                if self._is_done(members):
                    self._members = [m for m in self._members if m.trial is not trial]
                    self._settle(trial, members)
                    yield trial
                    if trial.over:
                        trial.forget()
                        for member in members:
                            member.forget()
            self._move_up()

    def _tell(self, trial: PreparedTrial, execution: PreparedExecution) -> Any:
        def tell(epoch: int, logs: Mapping[str, float]) -> str | None:
            # Only the first of several trainings may be pruned, as in the ordinary trainer.
            first = execution.index == 0
            reason = self._observer.epoch(trial.proposal.number, epoch, logs) if first else None
            return reason or self._plan.overtime(trial.seconds)

        return tell

    def _train_epoch(self) -> bool:
        """Train an epoch; False where there is too little memory for it, and all is as before."""
        if len(self._live()) > self._program.most:
            return False
        began = time.perf_counter()
        try:
            state, logs = self._run()
            snapshot = Snapshot(state)
            _ = snapshot.finite  # while there is a way out if the device has no memory for it
        except tf.errors.ResourceExhaustedError:
            if len(self._live()) == 1:
                raise
            _LOG.info("%d trainings at once are too many for the memory", len(self._live()))
            return False
        self._state = state
        self._epoch += 1
        values = {name: logs[name].numpy() for name in sorted(logs)}  # as Keras sorts them
        for member in self._live():
            position = self._positions.index(member)
            own = {name: series[position] for name, series in values.items()}
            step = (self._epoch - member.execution.shape.start) * self._program.steps
            member.epoch_ended(own, step, snapshot, position)
        seconds = time.perf_counter() - began
        self._program.took(self._layout, seconds)
        self._share(seconds)
        return True

    def _run(self) -> tuple[State, Logs]:
        program, epoch = self._program, self._epoch
        used = [member.execution for member in self._positions]
        columns = list(zip(*(member.numbers for member in self._positions), strict=True))
        if self._state is None:
            self._state = program.template.initial_state([c.model for c in used])
        return program.run(
            tf.nest.map_structure(tf.convert_to_tensor, self._state),
            Members(
                [tf.constant(columns[i], tf.float32) for i in program.template.lifted],
                tf.constant([noise_seed(c.seed) for c in used], tf.int32),
                Order.of(used, epoch),
            ),
            tf.constant(epoch),
            self._layout,
        )

    def _train_halves(self) -> Iterator[PreparedTrial]:
        """Let one half of the members train to its end, then the other."""
        middle = -(-len(self._members) // 2)
        self._program.most = min(self._program.most, middle)
        halves = [self._half(part) for part in (self._members[:middle], self._members[middle:])]
        self._state, self._members = None, []
        for half in halves:
            half._members = [m for m in half._members if not m.trial.over]
            yield from half.train()

    def _half(self, members: list[Member]) -> Cohort:
        half = copy.copy(self)
        half._members = members
        if live := half._live():
            half._sit(live, self._program.layout(len(live)))
        return half

    def _live(self) -> list[Member]:
        return [member for member in self._members if not member.ended]

    @staticmethod
    def _is_done(members: Sequence[Member]) -> bool:
        cut_off = any(m.failure is not None or m.monitor.pruned is not None for m in members)
        return cut_off or all(m.ended for m in members)

    def _settle(self, trial: PreparedTrial, members: Sequence[Member]) -> None:
        """Fill the entry's progress, in the order of its trainings, with what has ended."""
        number, done = trial.proposal.number, trial.progress.done
        try:
            for member in members:
                if member.failure is not None:
                    raise member.failure
                if not member.ended:
                    continue  # a repeat of a pruned training
                member.pause()
                ended = summarise(None, member.monitor, member, self._plan)
                trial.ended[member.execution.index] = ended
                while not trial.over and len(done) in trial.ended:
                    ended = trial.ended.pop(len(done))
                    trial.over = add_execution(
                        trial.progress, ended, number, self._plan, self._observer
                    )
        except Exception as failure:
            rows = members[0].monitor.rows
            if not done and rows:
                trial.progress.partial = LearningCurve.from_epochs(rows)
            trial.failure, trial.over = failure, True

    def _share(self, seconds: float) -> None:
        live = self._live() or self._members
        for member in live:
            member.trial.seconds += seconds / len(live)

    def _move_up(self) -> None:
        """Let the members that go on move to other seats, where that saves time."""
        if not (live := self._live()):
            return
        epochs = max(member.execution.epochs for member in live) - self._epoch
        layout = self._program.next_layout(self._layout, len(live), epochs)
        if layout != self._layout:
            self._sit(live, layout)

    def _sit(self, members: Sequence[Member], layout: StackLayout) -> None:
        """Give these members alone seats; what the others had is dropped."""
        rows = _filled([self._positions.index(member) for member in members], layout.positions)
        self._layout, self._positions = layout, [self._positions[row] for row in rows]
        if self._state is not None:
            # In arrays, since a GPU may have no room for both.
            self._state = tf.nest.map_structure(lambda t: np.asarray(t)[rows], self._state)


def _filled(items: Sequence[T], size: int) -> list[T]:
    """The items, and the first of them again until there are `size`."""
    return [*items, *[items[0]] * (size - len(items))]


def noise_seed(seed: int) -> int:
    """An odd integer of 32 bits, well mixed."""
    mixed = int(np.random.SeedSequence([seed, 1]).generate_state(1)[0])
    return (mixed | 1) - 2**31
