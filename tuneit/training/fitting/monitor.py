"""The Keras callback of each training: curve, best weights, early stopping, pruning, divergence."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from tuneit.errors import ObjectiveError, did_you_mean
from tuneit.training.fitting.epoch_logs import scalar_metrics, value_count
from tuneit.training.keras_loader import load_keras
from tuneit.training.models.finite_weights import non_finite_constants, non_finite_weight
from tuneit.training.plan import TrainingPlan
from tuneit.training.saving.resumed_state import ResumedState
from tuneit.trials import Objective, infer_goal

load_keras()
import keras  # noqa: E402


class Diverged(Exception):  # noqa: N818 - a state of the training, not a fault of the program
    """The loss or the weights became NaN or infinite; the text is the reason."""


class Stopped(Exception):  # noqa: N818
    """Ends a HyperModel's own loop that goes on although `stop_training` is set."""


class EpochMonitor(keras.callbacks.Callback):  # type: ignore[misc]
    """Watches one training, between epochs.

    `tell(epoch, logs)` returns why the training should be pruned, or None. Afterwards `rows`
    holds a mapping of metric to value per epoch, `best` and `best_epoch` (from 1) the
    objective's best value, `best_weights` the weights of that epoch (numpy), and `pruned` the
    reason. Early stopping counts the epochs after the first `patient_from`, and the best epoch is
    one after the first `scored_from`. With `strict`, an epoch without the objective's metric raises
    ObjectiveError. `lost()` returns the path of a weight that is no longer finite, or None; the
    default checks the Keras model that is trained.
    """

    def __init__(
        self,
        plan: TrainingPlan,
        tell: Callable[[int, Mapping[str, float]], str | None],
        *,
        strict: bool = True,
        lost: Callable[[], str | None] | None = None,
    ) -> None:
        super().__init__()
        self.rows: list[dict[str, float]] = []
        self.best: float | None = None
        self.best_epoch: int | None = None
        self.best_weights: list[Any] | None = None
        self.pruned: str | None = None
        self.patient_from = self.scored_from = 0
        self._objective = plan.objective
        self._plan = plan
        self._patience = _Patience.of(plan)
        self._tell = tell
        self._strict = strict
        self._lost = lost or self._lost_weight
        self._constants: frozenset[str] = frozenset()
        self._begun = self._ended = False

    def on_train_begin(self, logs: Mapping[str, Any] | None = None) -> None:
        """Remember which constants of the model are not finite; restart early stopping.

        As in Keras, early stopping ends one call of `fit`. In the next call, by a HyperModel that
        trains in stages or folds, patience starts anew. A pruned training stays ended.
        """
        if self._begun and self.pruned is None:
            self._ended, self._patience = False, _Patience.of(self._plan)
        self._begun = True
        if isinstance(self.model, keras.Model):
            self._constants = non_finite_constants(self.model)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        """Look at an epoch's metrics; stop the training where there is a reason to."""
        if self._ended:
            raise Stopped
        row = self._plan.in_unit(scalar_metrics(logs or {}))
        if self._strict:
            _refuse_several(self._objective.metric, logs or {})
        self._add_schedule(row)
        self.rows.append(row)
        number = len(self.rows)
        loss = row.get("loss", 0.0)
        if not math.isfinite(loss):
            self._end()
            what = "NaN" if math.isnan(loss) else "infinite"
            raise Diverged(f"loss became {what} in epoch {number}")
        if (lost := self._lost()) is not None:
            self._end()
            raise Diverged(
                f"weights became NaN or infinite in epoch {number} ({lost}), though the loss is "
                "finite: look for such values in the data, or lower the learning rate"
            )
        self._look_for_best(row, number)
        self.pruned = self._tell(number, row)
        if self.pruned is not None or self._has_waited(row):
            self._end()

    def resume(self, state: ResumedState) -> None:
        """Take over the epochs of a checkpoint, as if this monitor had seen them."""
        for row in state.rows:
            self.rows.append(row)
            self._look_for_best(row, len(self.rows))
            self._has_waited(row)
        if state.best_weights is not None:
            self.best_weights = state.best_weights

    def _has_waited(self, row: Mapping[str, float]) -> bool:
        """Whether early stopping ends the training with this epoch, the last of `rows`."""
        counts = self._patience is not None and len(self.rows) > self.patient_from
        return counts and self._patience.is_over(row, self._strict)  # type: ignore[union-attr]

    def restore_best(self, model: Any) -> None:
        """Load the best epoch's weights into the model that was built for the trial.

        A user's own `fit` may have trained a clone of it, or a part of it. Where the weights do not
        fit, the model stays as it is.
        """
        if self.best_weights is None:
            return
        if self.model is model:
            if self.best_epoch != len(self.rows):
                model.set_weights(self.best_weights)
        elif [w.shape for w in self.best_weights] == [tuple(w.shape) for w in model.weights]:
            model.set_weights(self.best_weights)

    def _look_for_best(self, row: Mapping[str, float], number: int) -> None:
        value = row.get(self._objective.metric)
        if value is None:
            if self._strict:
                raise missing_metric("objective", self._objective.metric, row)
            return
        counts = number > self.scored_from and math.isfinite(value)
        if counts and self._objective.better(value, self.best):
            self.best, self.best_epoch = value, number
            self.best_weights = self.model.get_weights() if self.model is not None else None

    def _add_schedule(self, row: dict[str, float]) -> None:
        optimizer = getattr(self.model, "optimizer", None)
        schedule = getattr(optimizer, "_learning_rate", None)
        if isinstance(schedule, keras.optimizers.schedules.LearningRateSchedule):
            row.setdefault("learning_rate", float(optimizer.learning_rate))  # type: ignore[union-attr]

    def _lost_weight(self) -> str | None:
        if not isinstance(self.model, keras.Model):
            return None
        return non_finite_weight(self.model, self._constants)

    def _end(self) -> None:
        self._ended = True
        if self.model is not None:
            self.model.stop_training = True


class _Patience:
    """Counts the epochs since the monitored metric last improved by more than `min_delta`."""

    def __init__(self, objective: Objective, patience: int, min_delta: float) -> None:
        self._objective = objective
        self._patience = patience
        self._min_delta = min_delta
        self._best: float | None = None
        self._waited = 0

    @classmethod
    def of(cls, plan: TrainingPlan) -> _Patience | None:
        stopping = plan.early_stopping
        if stopping is None:
            return None
        monitored = plan.objective
        if stopping.monitor is not None and stopping.monitor != plan.objective.metric:
            goal = infer_goal(stopping.monitor)
            if goal is None:
                known = (plan.objective.metric, "val_loss", "loss")
                raise ObjectiveError(
                    f"early_stopping.monitor: whether more '{stopping.monitor}' is better is not "
                    f"known{did_you_mean(stopping.monitor, known) or ':'} Monitor val_loss, or "
                    "leave it out for the objective's metric",
                    at=("early_stopping", "monitor"),
                )
            monitored = Objective(stopping.monitor, goal)
        return cls(monitored, stopping.patience, stopping.min_delta)

    def is_over(self, row: Mapping[str, float], strict: bool) -> bool:
        value = row.get(self._objective.metric)
        if value is None:
            if strict:
                raise missing_metric("early_stopping.monitor", self._objective.metric, row)
            return False
        worse = value - self._objective.sign * self._min_delta
        if self._objective.better(worse, self._best):
            self._best, self._waited = value, 0
            return False
        self._waited += 1
        return self._waited >= self._patience


def missing_metric(whose: str, metric: str, reported: Mapping[str, float]) -> ObjectiveError:
    """The error for a metric that training does not report."""
    known = ", ".join(sorted(reported)) or "nothing"
    return ObjectiveError(
        f"the {whose} metric '{metric}' is not reported by the model, which reports {known}"
        f"{did_you_mean(metric, reported)}; name one of these, or add the metric to model.compile",
        at=(*whose.split("."), metric),
    )


def _refuse_several(metric: str, logs: Mapping[str, Any]) -> None:
    if (many := value_count(logs.get(metric, 0.0))) != 1:
        raise ObjectiveError(
            f"the objective must be one number, but '{metric}' is {many}, one for each class: "
            "give the metric an average, as in keras.metrics.F1Score(average='macro')",
            at=("objective", metric),
        )
