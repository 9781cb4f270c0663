"""`threshold` stops trials whose objective is out of bounds."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tuneit.errors.wording import figures
from tuneit.strategies.pruners.rule import Standing


@dataclass(frozen=True)
class Threshold:
    """Stops a trial whose objective leaves [`lower`, `upper`], or is not a number.

    It stops nothing during the first `n_warmup_steps` epochs.
    """

    lower: float | None = None
    upper: float | None = None
    n_warmup_steps: int = 0

    def __post_init__(self) -> None:
        if self.lower is None and self.upper is None:
            raise ValueError("give `lower`, `upper` or both, as values of the objective")
        lower = -math.inf if self.lower is None else self.lower
        upper = math.inf if self.upper is None else self.upper
        if not lower < upper:
            raise ValueError(
                f"`lower` must be a number below `upper`, but they are {lower} and {upper}"
            )

    def judge(self, standing: Standing) -> str | None:
        """Compare this epoch's value with the two ends."""
        if standing.epoch <= self.n_warmup_steps:
            return None
        metric, value = standing.scores.objective.metric, standing.value
        where = f"{metric} {figures(value)} at epoch {standing.epoch}"
        if math.isnan(value):
            return f"{where} is not a number"
        if self.lower is not None and value < self.lower:
            return f"{where} is below {self.lower:g}"
        if self.upper is not None and value > self.upper:
            return f"{where} is above {self.upper:g}"
        return None
