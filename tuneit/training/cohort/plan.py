"""What a study's cohorts will be, told beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tuneit.data.dataset import Dataset
from tuneit.space import Fixed, Params, SearchSpace
from tuneit.study import ParameterSpec
from tuneit.training.builders import Builder
from tuneit.training.cohort.candidates import Entry, build_entry
from tuneit.training.cohort.capacity import most_members
from tuneit.training.cohort.worth import gains_much
from tuneit.training.execution import Recipe
from tuneit.training.plan import TrainingPlan
from tuneit.trials import Proposal
from tuneit.wording import listing


@dataclass(frozen=True)
class FusionPlan:
    """Which part of a study is trained in cohorts, and why the rest is not.

    `reason` is set where nothing is fused. Trials that agree in the hyperparameters `splits`
    train together, whatever their `shared` ones; `members` is how many trainings at most, of which
    a trial has `trainings` (repeats, folds). `much` is whether that is several times as fast.
    """

    reason: str | None
    shared: tuple[str, ...] = ()
    splits: tuple[str, ...] = ()
    members: int = 1
    trainings: int = 1
    much: bool = False

    @property
    def is_fast(self) -> bool:
        """Whether all trials may train together, several times as fast as alone."""
        return self.reason is None and self.much and not self.splits

    def __str__(self) -> str:
        if self.reason is not None:
            return f"one at a time: {self.reason}"
        alike = f" that agree in {listing(self.splits)}" if self.splits else ""
        free = f"; they may differ in {listing(self.shared)}" if self.shared else ""
        if self.members == 1:
            return f"trials{alike} train one after the other by one program{free}"
        who = "trials" if self.trainings == 1 else f"trainings ({self.trainings} a trial) of trials"
        return f"up to {self.members} {who}{alike} train as one program{free}"


def fusion_plan(
    builder: Builder,
    specs: Mapping[str, ParameterSpec],
    space: SearchSpace,
    dataset: Dataset,
    plan: TrainingPlan,
    members: int,
    *,
    weigh: bool = True,
) -> FusionPlan:
    """Build the default model, and one more for each hyperparameter, to see what they share.

    `weigh` asks also whether fusing pays (`trainer: auto`), not only whether it is possible.
    """
    recipe = Recipe(builder, specs, dataset, plan, Path())

    def built(params: Params) -> Entry:
        return build_entry(recipe, space, Proposal(0, params, plan.seed), weigh=weigh)

    defaults = space.defaults()
    first = built(defaults)
    if first.reason is not None:
        return FusionPlan(first.reason)
    model, batch_size = first.candidates[0].model, first.candidates[0].batch_size
    shared: list[str] = []
    splits: list[str] = []
    for parameter in space:
        others = [v for v in parameter.points() if v != parameter.default]
        if isinstance(parameter, Fixed) or not others or parameter.name not in defaults:
            continue
        other = built({**defaults, parameter.name: others[len(others) // 2]})
        alike = other.reason is None and other.structure == first.structure
        (shared if alike else splits).append(parameter.name)
    fitting = most_members(model, batch_size, members)
    much = gains_much(model, batch_size)
    return FusionPlan(None, tuple(shared), tuple(splits), fitting, plan.executions, much)
