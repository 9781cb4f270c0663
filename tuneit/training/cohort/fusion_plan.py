"""Find out before the search which trials of a study can train together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tuneit.errors.wording import listing
from tuneit.space import Parameter, Params
from tuneit.training.cohort.capacity import max_members
from tuneit.training.cohort.cost_model import is_much_faster
from tuneit.training.cohort.model_fingerprint import without_widths
from tuneit.training.cohort.prepared_trial import PreparedTrial
from tuneit.training.cohort.preparing import exclude_shared, prepare_trial
from tuneit.training.cohort.widening import Widening
from tuneit.training.recipe import Recipe
from tuneit.trials import Proposal, execution_seeds

_MOST = 8
"""The most values of a choice for which models are built."""


@dataclass(frozen=True)
class FusionPlan:
    """Which trials of a study can train in cohorts, and why the others cannot.

    `reason` says why no trial can; None means that some can. Trials train together if they have the
    same values of the hyperparameters `splits`; those named in `shared` may differ. A cohort holds
    at most `members` executions, and a trial has `executions` of them. `much_faster` is whether
    that is several times as fast as one at a time. `alone` holds values, as name=value, whose
    trials cannot train in a cohort, each with the reason.
    """

    reason: str | None
    shared: tuple[str, ...] = ()
    splits: tuple[str, ...] = ()
    members: int = 1
    executions: int = 1
    much_faster: bool = False
    alone: tuple[tuple[str, str], ...] = ()

    @property
    def is_fast(self) -> bool:
        """Whether all trials may train together, several times as fast as alone."""
        return self.reason is None and self.much_faster and not self.splits and not self.alone

    def __str__(self) -> str:
        if self.reason is not None:
            return f"one at a time: {self.reason}"
        alike = f" that agree in {listing(self.splits)}" if self.splits else ""
        free = f"; they may differ in {listing(self.shared)}" if self.shared else ""
        free += "".join(f"; with {value} one at a time: {why}" for value, why in self.alone)
        if self.members == 1:
            return f"trials{alike} train one after the other by one program{free}"
        several = f"executions ({self.executions} a trial) of trials"
        who = "trials" if self.executions == 1 else several
        return f"up to {self.members} {who}{alike} train as one program{free}"


def fusion_plan(recipe: Recipe, members: int, *, only_if_faster: bool = True) -> FusionPlan:
    """Build the default model, and others that differ in one hyperparameter, to compare them.

    With `only_if_faster` (`trainer: auto`), models of a size for which cohorts are not known to be
    faster count as models that cannot train in one.
    """
    seed, executions = recipe.plan.seed, recipe.plan.executions

    def built(params: Params, number: int = 0) -> PreparedTrial:
        repeats = execution_seeds(seed, number, executions)[1:]
        proposal = Proposal(number, params, seed + number, repeat_seeds=repeats)
        return prepare_trial(recipe, proposal, only_if_faster=only_if_faster)

    defaults = recipe.space.defaults()
    first = built(defaults)
    exclude_shared([first])
    if first.reason is not None:
        return FusionPlan(first.reason)
    other = built(defaults, 1)
    if other.structure != first.structure:
        return FusionPlan("with another seed its builder makes a model that is not alike")
    kind, widening = without_widths(first.structure), Widening(recipe)
    shared: list[str] = []
    splits: list[str] = []
    alone: dict[str, str] = {}
    for parameter in recipe.space:
        if parameter.count == 1 or parameter.name not in defaults:
            continue
        others = [built({**defaults, parameter.name: value}) for value in _others(parameter)]
        rivals = [o for o in others if o.reason is None and without_widths(o.structure) == kind]
        if rivals:
            widening.join([first, *rivals])
        exclude_shared(trials := [first, *others])
        if (reason := trials[0].reason) is not None:
            return FusionPlan(reason)
        together = [other for other in others if other.reason is None]
        for other in others:
            if other.reason is not None:
                alone[f"{parameter.name}={other.proposal.params[parameter.name]}"] = other.reason
        if together:
            alike = all(other.structure == first.structure for other in together)
            (shared if alike else splits).append(parameter.name)
    model, batch_size = first.executions[0].cohort_model, first.executions[0].batch_size
    return FusionPlan(
        reason=None,
        shared=tuple(shared),
        splits=tuple(splits),
        members=max_members(model, batch_size, members),
        executions=executions,
        much_faster=is_much_faster(model, batch_size),
        alone=tuple(alone.items()),
    )


def _others(parameter: Parameter) -> list[Any]:
    """Values other than the default: of a choice all, or `_MOST` evenly spaced; of a range one."""
    others = [value for value in parameter.points() if value != parameter.default]
    if parameter.bounds is None:
        return others[:: -(-len(others) // _MOST) or 1]
    return others[len(others) // 2 :][:1]
