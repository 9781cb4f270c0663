"""One execution while it trains in a cohort."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from tuneit.search.protocols import Observer
from tuneit.training.cohort.prepared_trial import PreparedExecution, PreparedTrial
from tuneit.training.cohort.snapshot import Snapshot
from tuneit.training.cohort.template import state_variables
from tuneit.training.fitting.monitor import Diverged, EpochMonitor
from tuneit.training.fitting.outcome import TrialFailed
from tuneit.training.keras_loader import load_keras
from tuneit.training.models.finite_weights import first_non_finite, non_finite_constants
from tuneit.training.plan import TrainingPlan

load_keras()
import keras  # noqa: E402


class Member:
    """One execution in a cohort. It stands in for the Keras model before the EpochMonitor.

    Its own Keras model keeps the weights that the builder made; the trained ones are in the
    cohort's stacked state. Lists of weights have the order of `keras.Model.get_weights`.
    """

    built = True
    """As for Keras's models: the model has weights before it trains."""

    def __init__(
        self,
        trial: PreparedTrial,
        execution: PreparedExecution,
        plan: TrainingPlan,
        observer: Observer,
    ) -> None:
        self.trial, self.execution = trial, execution
        self._plan, self._observer = plan, observer
        self._steps_before = int(self.optimizer.iterations)
        self.stop_training = False
        self.failure: Exception | None = None
        self.weights: list[Any] = []
        self.slots: list[Any] = []
        self._snapshot: Snapshot | None = None
        self._position = 0
        self.monitor = EpochMonitor(plan, self._tell, lost=self._lost_weight)
        self._constants = non_finite_constants(execution.model)
        self.monitor.set_model(self)
        self._plateau = None if plan.plateau is None else plan.plateau()
        if self._plateau is not None:
            self._plateau.set_model(self)
            self._plateau.on_train_begin()
        if execution.resumed is not None:
            self.weights = execution.model.get_weights()
            self.monitor.resume(execution.resumed)

    @property
    def optimizer(self) -> Any:
        """The optimizer of the execution's own model."""
        return self.execution.model.optimizer

    @property
    def keras_model(self) -> Any:
        """The execution's own model, whose weights are not the trained ones."""
        return self.execution.model

    @property
    def ended(self) -> bool:
        """Whether it trains no further epoch."""
        rows = len(self.monitor.rows)
        return self.stop_training or self.failure is not None or rows >= self.execution.epochs

    def get_weights(self) -> list[Any]:
        """The weights after the epoch that the monitor looks at; at other times those to save."""
        if self._snapshot is None:
            return self.weights
        variables = self._snapshot.variables(self._position, self.execution.embedding)
        return [variables[place] for place in self._keras_order]

    def set_weights(self, weights: list[Any]) -> None:
        """Choose the weights to save."""
        self.weights = weights

    def predict_on_batch(self, x: Any) -> Any:
        """Predict with the weights that the builder made: to measure how long that takes."""
        return self.execution.model.predict_on_batch(x)

    def save(self, path: Path) -> None:
        """Save the Keras model with the trained weights."""
        self._trained_model().save(path)

    def save_checkpoint(self) -> None:
        """Keep the state of an execution that another trial may go on with."""
        whole = len(self.monitor.rows) == self.execution.epochs and self.monitor.pruned is None
        if self.execution.checkpoint is not None and whole:
            number = self.trial.proposal.number
            self.execution.checkpoint.save(number, self._trained_model(), self.monitor)

    def forget(self) -> None:
        """Drop all weights; the cohort may hold the member for longer."""
        self.weights, self.slots, self.monitor.best_weights = [], [], None

    def epoch_ended(
        self, logs: Mapping[str, float], step: int, snapshot: Snapshot, position: int
    ) -> None:
        """Let the monitor see an epoch's logs; `step` counts the batches in this cohort."""
        self._snapshot, self._position = snapshot, position
        if not isinstance(self.optimizer._learning_rate, keras.Variable):
            # The monitor reads the learning rate from the schedule. The model may have been
            # trained before, by its builder or before a checkpoint.
            self.optimizer._iterations.assign(self._steps_before + step)
        try:
            if self._plateau is not None:
                logs = dict(logs)  # to which it adds the learning rate
                self._plateau.on_epoch_end(len(self.monitor.rows), logs)
            self.monitor.on_epoch_end(len(self.monitor.rows), logs)
        except Diverged as diverged:
            self.failure = TrialFailed(str(diverged))
        if self.ended:
            self.weights = self.get_weights()
            self.slots = snapshot.slots(position, self.execution.embedding)
        self._snapshot = None  # which would keep the tensors of all members

    @property
    def new_rate(self) -> float | None:
        """The learning rate after an epoch, where the member may have changed it."""
        return None if self._plateau is None else float(self.optimizer.learning_rate)

    @cached_property
    def _keras_order(self) -> list[int]:
        """Where each of the model's weights stands among a snapshot's variables."""
        places = {id(v): i for i, v in enumerate(state_variables(self.execution.model))}
        return [places[id(v)] for v in self.execution.model.weights]

    def _tell(self, epoch: int, logs: Mapping[str, float]) -> str | None:
        """Tell the search of an epoch; answers with a reason to stop."""
        reason = None
        if self.execution.index == 0:  # as in the single trainer, the others are not pruned
            reason = self._observer.epoch(self.trial.proposal.number, epoch, logs)
        seconds = self.trial.progress.seconds_before + self.trial.seconds
        return reason or self._plan.overtime(seconds)

    def _lost_weight(self) -> str | None:
        if self._snapshot is None:
            return None
        finite = self._snapshot.finite[:, self._position]
        return first_non_finite(state_variables(self.execution.model), finite, self._constants)

    def _trained_model(self) -> Any:
        model = self.execution.model
        self.optimizer.build(model.trainable_variables)
        model.set_weights(self.weights)
        for variable, value in zip(self.optimizer.variables, self.slots, strict=True):
            variable.assign(value)
        return model
