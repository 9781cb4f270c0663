# ruff: noqa: D102 (the methods are BaseStorage's, and documented there)
"""An Optuna storage in memory that shows tuneit's trials to Optuna's samplers."""

from __future__ import annotations

import math
from collections.abc import Container, Sequence
from datetime import datetime
from typing import Any

from optuna.distributions import BaseDistribution
from optuna.storages import BaseStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial
from optuna.trial import TrialState as OptunaState

from tuneit.space.distributions import Axis, coordinates
from tuneit.trials import Objective, Trial, TrialState, has_values

STUDY_NAME = "mirror"

_THE_STUDY = 0
_SOME_TIME = datetime(2000, 1, 1)

_STATES = {
    TrialState.RUNNING: OptunaState.RUNNING,
    TrialState.COMPLETE: OptunaState.COMPLETE,
    TrialState.PRUNED: OptunaState.PRUNED,
    TrialState.FAILED: OptunaState.FAIL,
}


def frozen(
    trial: Trial, index: int, axes: tuple[Axis, ...], objectives: tuple[Objective, ...]
) -> FrozenTrial:
    """A trial for Optuna; one without a usable score counts as failed.

    Its intermediate values are the objective's curve (step = epoch). With several objectives a
    trial has a number for each, and no intermediate values; there Optuna has no pruned trials, so
    these count as failed.
    """
    several = len(objectives) > 1
    state = _STATES[trial.state]
    if trial.finished and not has_values(trial, objectives):
        state = OptunaState.FAIL
    if several and state is OptunaState.PRUNED:
        state = OptunaState.FAIL
    # Samplers of whole vectors ignore trials that lack a proposed hyperparameter.
    values, distributions = coordinates(axes, trial.proposed)
    reports: dict[int, float] = {}
    if not several and trial.curve is not None:
        series = trial.curve.get(objectives[0].metric)
        if series is not None:
            reports = {
                int(epoch): float(value)
                for epoch, value in zip(trial.curve.epochs, series, strict=True)
                if math.isfinite(value)
            }
    scored = state in (OptunaState.COMPLETE, OptunaState.PRUNED)
    return FrozenTrial(
        trial_id=index,
        number=index,
        state=state,
        value=trial.score if scored and not several else None,
        values=list(trial.values) if scored and several else None,
        params=values,
        distributions=distributions,
        user_attrs={},
        system_attrs=dict(trial.memory.own.get("trial", {})),
        intermediate_values=reports,
        datetime_start=_SOME_TIME,
        datetime_complete=None if state is OptunaState.RUNNING else _SOME_TIME,
    )


class MirrorStorage(BaseStorage):
    """The trials of one study in a list; the trial that is being proposed is the last one.

    The system attributes that samplers write are rebuilt from the trials' memory. So a resumed
    search sees the same state as one that was never interrupted.
    """

    def __init__(self, axes: tuple[Axis, ...], objectives: tuple[Objective, ...]) -> None:
        self._axes = axes
        self._objectives = objectives
        self._directions = [StudyDirection[o.goal.upper()] for o in objectives]
        self._shown: list[Trial] = []
        self._trials: list[FrozenTrial] = []
        self.attrs: dict[str, Any] = {}

    def show(self, trials: Sequence[Trial]) -> None:
        """Set the list to these trials; those shown before are not converted again."""
        self.drop_asked()
        if len(trials) < len(self._shown):
            del self._shown[len(trials) :], self._trials[len(trials) :]
        for index, trial in enumerate(trials):
            if index < len(self._shown):
                if self._shown[index] is trial:
                    continue
                self._shown[index] = trial
                self._trials[index] = frozen(trial, index, self._axes, self._objectives)
            else:
                self._shown.append(trial)
                self._trials.append(frozen(trial, index, self._axes, self._objectives))
        self.attrs = {}
        for trial in self._shown:
            self.attrs.update(trial.memory.own.get("study", {}))

    def drop_asked(self) -> None:
        """Remove the trial that was being proposed."""
        del self._trials[len(self._shown) :]

    @property
    def last(self) -> FrozenTrial:
        """The trial at the end of the list."""
        return self._trials[-1]

    # ------------------------------------------------------------------ studies

    def create_new_study(
        self, directions: Sequence[StudyDirection], study_name: str | None = None
    ) -> int:
        raise NotImplementedError("a mirror holds one study")

    def delete_study(self, study_id: int) -> None:
        raise NotImplementedError("a mirror holds one study")

    def set_study_user_attr(self, study_id: int, key: str, value: Any) -> None:
        raise NotImplementedError("samplers keep their state in system attributes")

    def set_study_system_attr(self, study_id: int, key: str, value: Any) -> None:
        self.attrs = {**self.attrs, key: value}

    def get_study_id_from_name(self, study_name: str) -> int:
        return _THE_STUDY

    def get_study_name_from_id(self, study_id: int) -> str:
        return STUDY_NAME

    def get_study_directions(self, study_id: int) -> list[StudyDirection]:
        return self._directions

    def get_study_user_attrs(self, study_id: int) -> dict[str, Any]:
        return {}

    def get_study_system_attrs(self, study_id: int) -> dict[str, Any]:
        return self.attrs

    def get_all_studies(self) -> list[Any]:
        raise NotImplementedError("a mirror holds one study")

    # ------------------------------------------------------------------ trials

    def create_new_trial(self, study_id: int, template_trial: FrozenTrial | None = None) -> int:
        index = len(self._trials)
        self._trials.append(
            FrozenTrial(
                number=index,
                state=OptunaState.RUNNING,
                value=None,
                datetime_start=_SOME_TIME,
                datetime_complete=None,
                params={},
                distributions={},
                user_attrs={},
                system_attrs={},
                intermediate_values={},
                trial_id=index,
            )
        )
        return index

    def set_trial_param(
        self,
        trial_id: int,
        param_name: str,
        param_value_internal: float,
        distribution: BaseDistribution,
    ) -> None:
        trial = self._trials[trial_id]
        value = distribution.to_external_repr(param_value_internal)
        trial.params = {**trial.params, param_name: value}
        trial.distributions = {**trial.distributions, param_name: distribution}

    def set_trial_state_values(
        self, trial_id: int, state: OptunaState, values: Sequence[float] | None = None
    ) -> bool:
        raise NotImplementedError("a mirror's trials do not end here, but in the ledger")

    def set_trial_intermediate_value(
        self, trial_id: int, step: int, intermediate_value: float
    ) -> None:
        raise NotImplementedError("a mirror's trials report no values here, but in the ledger")

    def set_trial_user_attr(self, trial_id: int, key: str, value: Any) -> None:
        trial = self._trials[trial_id]
        trial.user_attrs = {**trial.user_attrs, key: value}

    def set_trial_system_attr(self, trial_id: int, key: str, value: Any) -> None:
        trial = self._trials[trial_id]
        trial.system_attrs = {**trial.system_attrs, key: value}

    def get_trial(self, trial_id: int) -> FrozenTrial:
        return self._trials[trial_id]

    def get_all_trials(
        self,
        study_id: int,
        deepcopy: bool = True,
        states: Container[OptunaState] | None = None,
    ) -> list[FrozenTrial]:
        # Copies are not needed: samplers only read, and write through the methods above.
        if states is None:
            return list(self._trials)
        return [trial for trial in self._trials if trial.state in states]
