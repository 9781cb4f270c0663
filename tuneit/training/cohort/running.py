"""Training a cohort epoch by epoch, until its last member has ended."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tuneit.curves import LearningCurve
from tuneit.search import Observer
from tuneit.training.cohort.candidates import Candidate, Entry
from tuneit.training.cohort.program import Program
from tuneit.training.cohort.template import kept_statistics
from tuneit.training.execution import TrialFailed, summarise
from tuneit.training.monitor import Diverged, EpochMonitor
from tuneit.training.plan import TrainingPlan
from tuneit.training.quiet import load_keras

load_keras()
import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402


class Member:
    """One training in a cohort; to its EpochMonitor it is the model."""

    def __init__(self, entry: Entry, candidate: Candidate, plan: TrainingPlan, tell: Any) -> None:
        self.entry, self.candidate = entry, candidate
        self.optimizer = candidate.model.optimizer
        self.stop_training = False
        self.failure: Exception | None = None
        self.weights: list[Any] = []
        self.slots: list[Any] = []
        self.monitor = EpochMonitor(plan, tell)
        self.monitor.set_model(self)

    @property
    def ended(self) -> bool:
        """Whether it trains no further epoch."""
        rows = len(self.monitor.rows)
        return self.stop_training or self.failure is not None or rows >= self.candidate.epochs

    def get_weights(self) -> list[Any]:
        """What the last epoch left of weights and statistics."""
        return [array.copy() for array in self.weights]

    def set_weights(self, weights: list[Any]) -> None:
        """Choose the weights to save."""
        self.weights = weights

    def predict_on_batch(self, x: Any) -> Any:
        """Predict with the model as it was built: for measuring how long that takes."""
        return self.candidate.model.predict_on_batch(x)

    def save(self, path: Path) -> None:
        """Save the Keras model, as its builder made it, with these weights."""
        model = self.candidate.model
        self.optimizer.build(model.trainable_variables)
        variables = [*model.trainable_variables, *kept_statistics(model)]
        for variable, value in zip(variables, self.weights, strict=True):
            variable.assign(value)
        for variable, value in zip(self.optimizer.variables, self.slots, strict=True):
            variable.assign(value)
        model.save(path)

    def epoch_ended(self, logs: Mapping[str, float], step: int) -> None:
        """Let the monitor see an epoch, after `step` batches in all."""
        if not isinstance(self.optimizer._learning_rate, keras.Variable):
            self.optimizer._iterations.assign(step)  # which its schedule is read from
        try:
            self.monitor.on_epoch_end(len(self.monitor.rows), logs)
        except Diverged as diverged:
            self.failure = TrialFailed(str(diverged))


class Cohort:
    """Trains the candidates of some entries together; all have the structure of `program`."""

    def __init__(
        self, program: Program, entries: Sequence[Entry], plan: TrainingPlan, observer: Observer
    ) -> None:
        self._program, self._plan, self._observer = program, plan, observer
        self._members = [
            Member(entry, candidate, plan, self._tell(entry, candidate))
            for entry in entries
            for candidate in entry.candidates
        ]
        models = [member.candidate.model for member in self._members]
        self._state = program.template.initial_state(models)
        rows = [member.candidate.numbers for member in self._members]
        self._numbers = [
            tf.constant([row[i] for row in rows], tf.float32) for i in program.template.lifted
        ]
        self._epoch = 0
        self.seconds: dict[Entry, float] = dict.fromkeys(entries, 0.0)

    def train(self) -> Iterator[tuple[Entry, Exception | None]]:
        """Yield each entry as all its trainings have ended, or the first of them failed."""
        open_entries = list(self.seconds)
        while self._members:
            began = time.perf_counter()
            self._train_epoch()
            self._share(time.perf_counter() - began)
            for entry in list(open_entries):
                members = [m for m in self._members if m.entry is entry]
                if self._is_done(members):
                    open_entries.remove(entry)
                    yield entry, self._settle(entry, members)
            self._keep([m.entry in open_entries for m in self._members])

    def _tell(self, entry: Entry, candidate: Candidate) -> Any:
        def tell(epoch: int, logs: Mapping[str, float]) -> str | None:
            # Only the first of several trainings may be pruned, as in the ordinary trainer.
            first = candidate.index == 0
            reason = self._observer.epoch(entry.proposal.number, epoch, logs) if first else None
            return reason or self._plan.overtime(self.seconds[entry])

        return tell

    def _train_epoch(self) -> None:
        seeds = tf.constant([noise_seed(m.candidate.seed) for m in self._members], tf.int32)
        rows = self._program.rows
        order = np.stack([shuffled(m.candidate.seed, self._epoch, rows) for m in self._members])
        self._state, logs = self._program.run(
            self._state, self._numbers, seeds, tf.constant(order), tf.constant(self._epoch)
        )
        self._epoch += 1
        step = self._epoch * self._program.steps
        values = {name: series.numpy() for name, series in logs.items()}
        trained = [t.numpy() for t in (*self._state.weights, *self._state.others)]
        slots = [t.numpy() for t in self._state.slots]
        for i, member in enumerate(self._members):
            if member.ended:
                continue
            member.weights = [array[i] for array in trained]
            member.slots = [array[i] for array in slots]
            member.epoch_ended({name: series[i] for name, series in values.items()}, step)

    @staticmethod
    def _is_done(members: Sequence[Member]) -> bool:
        cut_off = any(m.failure is not None or m.monitor.pruned is not None for m in members)
        return cut_off or all(m.ended for m in members)

    def _settle(self, entry: Entry, members: Sequence[Member]) -> Exception | None:
        """Fill the entry's progress; return why it failed, if it did."""
        try:
            for member in members:
                if member.failure is not None:
                    raise member.failure
                if not member.ended:
                    continue  # a repeat of a pruned training
                done = summarise(None, member.monitor, member, self._plan)
                entry.progress.done.append(done)
        except Exception as failure:
            rows = members[0].monitor.rows
            if not entry.progress.done and rows:
                entry.progress.partial = LearningCurve.from_epochs(rows)
            return failure
        return None

    def _share(self, seconds: float) -> None:
        live = [m for m in self._members if not m.ended] or self._members
        for member in live:
            self.seconds[member.entry] += seconds / len(live)

    def _keep(self, mask: Sequence[bool]) -> None:
        """Let members leave; the others go on in a smaller cohort."""
        if all(mask):
            return
        rows = np.flatnonzero(mask)
        self._members = [self._members[i] for i in rows]
        if self._members:
            self._state, self._numbers = tf.nest.map_structure(
                lambda tensor: tf.gather(tensor, rows), (self._state, self._numbers)
            )


def shuffled(seed: int, epoch: int, rows: int) -> np.ndarray[Any, Any]:
    """The order in which a training sees its rows in an epoch (from 0): its seed's own."""
    return np.random.default_rng([seed, epoch]).permutation(rows).astype(np.int32)


def noise_seed(seed: int) -> int:
    """An odd integer of 32 bits, well mixed."""
    mixed = int(np.random.SeedSequence([seed, 1]).generate_state(1)[0])
    return (mixed | 1) - 2**31
