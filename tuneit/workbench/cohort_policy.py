"""Decide how many executions of a study train together in one cohort."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from tuneit.study import StoppingSpec, Study
from tuneit.training.plan import COHORT_SIZE

if TYPE_CHECKING:
    from tuneit.training.cohort.fusion_plan import FusionPlan
    from tuneit.training.recipe import Recipe

LEARNING = 8
"""With `trainer: cohort`, the number of trials that a strategy which learns proposes at once."""


@dataclass(frozen=True)
class CohortPolicy:
    """Decides how many executions a cohort may hold.

    A strategy that learns from results proposes worse trials when it proposes many at once
    (`studies/benchmarks/search_functions.py --batch`). If all of them can train together, this
    is several times as fast as one after another, and the search finds better trials in the same
    time (`search_quality/batches.py`). If they cannot, the strategy proposes one trial at a time,
    unless the study says `trainer: cohort`. The same holds for `stopping`, which looks at each
    result. Some pruners compare a trial with complete trials, and could stop nothing if all trials
    trained together; with them cohorts are smaller. The executions of one trial always train
    together.
    """

    study: Study
    recipe: Recipe

    @property
    def members(self) -> int:
        """The most executions that a cohort holds; each trial has `plan.executions` of them."""
        if not (self.learns or self.has_rules or self._pruning_waits):
            return COHORT_SIZE
        one_by_one = not self.asks_for_cohorts and (
            self.has_rules or (self.learns and not self.fusion.is_fast)
        )
        return self.recipe.plan.executions * (1 if one_by_one else LEARNING)

    @property
    def fuses(self) -> bool:
        """Whether trials may train together."""
        local = self.study.in_processes and self.study.cluster is None
        alone = local or self.study.trainer == "single"
        fusion = self.fusion
        return not alone and fusion.reason is None and min(fusion.members, self.members) > 1

    @property
    def learns(self) -> bool:
        """Whether the strategy learns from each result."""
        return not self.study.strategy.entry.in_rounds

    @property
    def has_rules(self) -> bool:
        """Whether rules of `stopping` look at each result."""
        return self.study.stopping != StoppingSpec()

    @property
    def asks_for_cohorts(self) -> bool:
        """Whether the study names the cohort trainer."""
        return self.study.trainer == "cohort"

    @property
    def _pruning_waits(self) -> bool:
        # With several cohorts the later ones can be compared with the results of the earlier ones.
        return self.study.pruner.waits and not self.fusion.splits

    @cached_property
    def fusion(self) -> FusionPlan:
        """Which trials can train together. Models are built once to find out."""
        from tuneit.training.cohort.fusion_plan import fusion_plan

        return fusion_plan(self.recipe, COHORT_SIZE, only_if_faster=self.study.trainer == "auto")
