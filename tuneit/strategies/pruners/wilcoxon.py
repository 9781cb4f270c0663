"""A pruner of repeats and folds: it stops a trial whose executions are worse than the best's."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from tuneit.study.search import P_THRESHOLD, pairs_to_tell
from tuneit.trials import Objective, Trial, best_trial


@dataclass(frozen=True)
class Wilcoxon:
    """Compares a trial with the best one execution by execution, fold by fold.

    After an execution the trial stops if a one-sided signed-rank test finds the differences
    so far, at least `n_startup_steps` of them, worse with p < `p_threshold` (in (0, 1)), and their
    mean is worse than the best trial's, too. The rule and its defaults are those of Optuna's
    WilcoxonPruner. n executions that are all worse have p = 2⁻ⁿ: by default, no trial stops
    before its fourth.
    """

    objective: Objective
    p_threshold: float = P_THRESHOLD
    n_startup_steps: int = 2

    def __post_init__(self) -> None:
        if not 0 < self.p_threshold < 1:
            raise ValueError(f"p_threshold must be between 0 and 1, but is {self.p_threshold}")
        if self.n_startup_steps < 0:
            raise ValueError(f"n_startup_steps must be at least 0, but is {self.n_startup_steps}")

    @property
    def earliest(self) -> int:
        """Executions after which a trial can be stopped at the earliest."""
        return max(self.n_startup_steps, pairs_to_tell(self.p_threshold))

    def reason(self, number: int, epoch: int, value: float, trials: Sequence[Trial]) -> str | None:
        """Return None: no epoch is judged."""
        return None

    def reason_after_execution(
        self, number: int, scores: Sequence[float], trials: Sequence[Trial]
    ) -> str | None:
        """Return why the trial should train no further execution, or None."""
        best = best_trial(trials, self.objective)
        if best is None or len(scores) < self.earliest:
            return None
        sign = self.objective.sign
        pairs = list(zip(scores, best.scores, strict=False))
        differences = [sign * (own - other) for own, other in pairs]
        if len(differences) < self.earliest or fmean(scores) * sign >= fmean(best.scores) * sign:
            return None
        p = _p_value(differences)
        if p >= self.p_threshold:
            return None
        own, others = (fmean(values) for values in zip(*pairs, strict=True))
        return (
            f"its {len(pairs)} trainings are worse than the same of trial {best.number} "
            f"(mean {self.objective.metric} {own:.4g}, there {others:.4g}, p = {p:.2g})"
        )


def _p_value(differences: Sequence[float]) -> float:
    """How likely differences so far below zero are where there is none."""
    from scipy.stats import wilcoxon

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that ties make it an approximation
        return float(wilcoxon(differences, alternative="less", zero_method="zsplit").pvalue)
