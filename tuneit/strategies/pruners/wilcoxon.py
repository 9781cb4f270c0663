"""`wilcoxon` stops trials whose executions or folds are worse than those of the best trial."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from tuneit.errors.wording import figures
from tuneit.study.search import P_THRESHOLD, pairs_to_tell
from tuneit.trials import Objective, Trial, best_trial


@dataclass(frozen=True)
class Wilcoxon:
    """Compares each execution (or fold) of a trial with the same one of the best trial.

    After an execution the trial stops if a one-sided signed-rank test of the differences so far
    (at least `n_startup_steps`) has p < `p_threshold` (in (0, 1)), and the trial's mean is worse
    than the best trial's. The rule and its defaults are those of Optuna's WilcoxonPruner. If all of
    n executions are worse, p = 2⁻ⁿ; so by default no trial stops before its fourth execution.
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
        """The number of executions after which a trial can first be stopped."""
        return max(self.n_startup_steps, pairs_to_tell(self.p_threshold))

    def reason(self, number: int, epoch: int, value: float, trials: Sequence[Trial]) -> str | None:
        """Return None: this pruner does not stop trials after epochs."""
        return None

    def reason_after_execution(
        self, number: int, scores: Sequence[float], trials: Sequence[Trial]
    ) -> str | None:
        """Return why the trial should skip its remaining executions, or None."""
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
            f"its {len(pairs)} executions are worse than those of trial {best.number} "
            f"(mean {self.objective.metric} {figures(own)} against {figures(others)}, "
            f"p = {figures(p, 2)})"
        )


def _p_value(differences: Sequence[float]) -> float:
    """The probability of differences this far below zero if there is no true difference."""
    from scipy.stats import wilcoxon

    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # ties make the value an approximation, of which scipy warns
        return float(wilcoxon(differences, alternative="less", zero_method="zsplit").pvalue)
