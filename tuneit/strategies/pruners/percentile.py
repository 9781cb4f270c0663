"""`percentile` and `median` stop trials that are below a percentile of the complete trials."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tuneit.strategies.pruners.rule import Standing, at_least


@dataclass(frozen=True)
class Percentile:
    """Stops a trial that is below a percentile of the complete trials at the same epoch.

    `percentile` in (0, 100] is the percentage of trials that go on. With 50 it is the rule of
    Golovin et al. (2017, Google Vizier). It stops nothing until `n_startup_trials` are complete
    and during the first `n_warmup_steps` epochs, and compares at every `interval_steps`-th epoch.
    """

    percentile: float = 25.0
    n_startup_trials: int = 5
    n_warmup_steps: int = 0
    interval_steps: int = 1

    def __post_init__(self) -> None:
        if not 0 < self.percentile <= 100:
            raise ValueError(f"percentile must be in (0, 100], but is {self.percentile}")
        at_least("n_startup_trials", self.n_startup_trials, 0)
        at_least("n_warmup_steps", self.n_warmup_steps, 0)
        at_least("interval_steps", self.interval_steps, 1)

    def judge(self, standing: Standing) -> str | None:
        """Compare with the complete trials."""
        if standing.epoch <= self.n_warmup_steps:
            return None
        if (standing.epoch - self.n_warmup_steps - 1) % self.interval_steps:
            return None
        others = standing.scores.at(standing.epoch, standing.number, complete_only=True)
        finite = [value for value in others.values() if math.isfinite(value)]
        if not finite or len(finite) < self.n_startup_trials:
            return None
        bar = float(np.percentile(finite, 100 - self.percentile))
        if standing.best[-1] >= bar:
            return None
        whom = "median" if self.percentile == 50 else f"best {self.percentile:g} %"
        return (
            f"{standing} is worse than the {whom} of {len(finite)} trials ({standing.shown(bar)})"
        )


@dataclass(frozen=True)
class Median(Percentile):
    """`Percentile` with 50."""

    percentile: float = 50.0
