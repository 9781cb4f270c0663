"""Which treatments are compared: what the user asks for, or what is recommended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tuneit.errors.wording import figures
from tuneit.findings import Recommendation
from tuneit.findings.hyperparameter_kinds import kind_of
from tuneit.screen.treatment_view import TreatmentView
from tuneit.treatments.arm import FOR_SIZE, Arm
from tuneit.treatments.menu import (
    CANNOT_GAIN,
    DATA_PROBE,
    RATE_SWEEP,
    Situation,
    arm_for,
    explored,
    with_change,
)
from tuneit.treatments.outcome import TreatmentRow

if TYPE_CHECKING:
    from tuneit.result import SearchResult
    from tuneit.training.treating.runner import ArmTrainer


@dataclass(frozen=True)
class Wishes:
    """What the user asks of a treatment.

    `actions` are keys of the menu, or None for the first `top` of the recommendations and of what
    helps most models (`EXPLORED`). `seeds` is the number of pairs, None for as many as the test
    needs; `time` limits all training, in seconds; `min_gain` is the least relevant gain, in the
    objective's unit.
    """

    actions: tuple[str, ...] | None = None
    top: int = 3
    seeds: int | None = None
    time: float | None = None
    min_gain: float | None = None


@dataclass(frozen=True)
class Choice:
    """Makes the treated variants of a result's best trial."""

    result: SearchResult
    wishes: Wishes
    situation: Situation
    trainer: ArmTrainer
    view: TreatmentView

    def _wanted(self) -> list[tuple[str, Recommendation | None]]:
        """Actions with the recommendations that they follow, if any."""
        diagnosis = self.result.diagnose()
        advice: dict[str, Recommendation | None] = {}
        for one in diagnosis.recommendations:
            advice.setdefault(one.key, one)
        if self.wishes.actions is not None:
            return [(action, advice.get(action)) for action in self.wishes.actions]
        return [*advice.items(), *((action, None) for action in explored(advice))]

    def arms(self) -> tuple[list[Arm], list[TreatmentRow], dict[str, Any] | None]:
        """The variants, a row for each action (a reason where it has none), and a rate sweep."""
        arms: list[Arm] = []
        rows: list[TreatmentRow] = []
        sweep: dict[str, Any] | None = None
        most = self.wishes.top if self.wishes.actions is None else None
        for action, advice in self._wanted():
            if most is not None and len(arms) >= most:
                break
            if action == DATA_PROBE:
                rows.append(TreatmentRow(action, "", "not_shown"))
                continue
            if action == RATE_SWEEP:
                found, sweep = self._sweep()
            else:
                found = self.checked(arm_for(action, self.situation, advice))
            if most is not None and isinstance(found, Arm) and action in CANNOT_GAIN:
                rows.append(TreatmentRow(action, found.change, "not_shown", CANNOT_GAIN[action]))
                continue
            if isinstance(found, Arm) and found.key not in {arm.key for arm in arms}:
                arms.append(found)
                rows.append(TreatmentRow(action, found.change, "not_shown"))
                continue
            same = next(
                (a.action for a in arms if isinstance(found, Arm) and a.key == found.key), ""
            )
            reason = found if isinstance(found, str) else f"it is the same change as {same}"
            rows.append(TreatmentRow(action, "", "not_applicable", reason))
        return arms, rows, sweep

    def checked(self, found: Arm | str) -> Arm | str:
        """The arm with its change in words, or why its model cannot be built."""
        from tuneit.training.treating.graph import CannotTreat

        if isinstance(found, str):
            return found
        metric, baseline = self.result.objective.metric, self.situation.baseline
        try:
            if found.edits:
                found = with_change(found, self.trainer.describe(found))
            if metric.removeprefix("val_") == "loss" and self._changes_penalty(found, baseline):
                return (
                    f"{metric} contains the penalty itself, and changes with it whether the model "
                    "is better or not: choose another metric as the objective, such as val_accuracy"
                )
        except CannotTreat as reason:
            return str(reason)
        return found

    def _changes_penalty(self, found: Arm, baseline: Arm) -> bool:
        """Whether the loss contains another penalty: of other regularizers, or of fewer weights."""
        after = self.trainer.penalties(found)
        fewer = found.action in FOR_SIZE and bool(after)
        return fewer or after != self.trainer.penalties(baseline)

    def _sweep(self) -> tuple[Arm | str, dict[str, Any] | None]:
        from tuneit.training.treating.graph import CannotTreat

        self.view.note("learning-rate range test")
        try:
            found = self.trainer.rate_sweep(self.situation.baseline)
        except CannotTreat as reason:
            return str(reason), None
        return _arm_of_sweep(found, self.situation), found.to_dict()


def _arm_of_sweep(found: Any, situation: Situation) -> Arm | str:
    """The variant with the suggested learning rate; a reason where it is the present one."""
    near = 2.0  # a factor that few models notice
    present, suggested = figures(found.present, 2), figures(found.suggested, 2)
    if 1 / near < found.suggested / found.present < near:
        return (
            f"the present rate {present} is near the suggested {suggested} "
            f"(falling from {figures(found.low, 1)} to {figures(found.high, 1)})"
        )
    base = situation.baseline
    said = f"learning rate {present} → {suggested}"
    for name, value in base.params.items():
        if kind_of(name) == "learning_rate" and isinstance(value, float):
            return Arm(RATE_SWEEP, {**base.params, name: found.suggested}, said)
    return Arm(RATE_SWEEP, base.params, said, (f"learning_rate={found.suggested:.6g}",))
