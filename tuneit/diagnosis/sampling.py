"""How far a score may be from the truth because it was measured on a limited number of rows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import NormalDist

_SPREADS: Mapping[str, float] = {"mae": 0.756, "mse": 1.414, "rmse": 0.707, "loss": 1.0}
"""Standard deviation of one row's part in an error metric over its mean, for normal residuals (of
a loss, for exponential ones)."""


CERTAIN_SHARE = 0.001
"""A share nearer to 0 or 1 is not trusted to have no error."""


def sampling_error(metric: str, cost: float, rows: int) -> float:
    """The standard error of a cost that is a mean over `rows` rows; NaN where it is not known.

    `metric` is a canonical name without `val_`. Binomial for shares of rows, whose cost is the
    share of errors; for error metrics as for normal residuals.
    """
    if metric in ("accuracy", "error"):
        if not 0 <= cost <= 1:
            return math.nan
        share = min(1 - CERTAIN_SHARE, max(CERTAIN_SHARE, cost))
        return math.sqrt(share * (1 - share) / rows)
    return _SPREADS.get(metric, math.nan) * abs(cost) / math.sqrt(rows)


def expected_maximum(n: int) -> float:
    """The mean of the largest of n independent standard normal numbers: 1.16 for five.

    ∫ 1 − F(x)ⁿ dx over the positive half and − ∫ F(x)ⁿ dx over the negative one, F being the normal
    distribution function; by the trapezoidal rule, to four digits.
    """
    cdf = NormalDist().cdf
    steps = [i / 50 for i in range(400)]
    heights = [1 - cdf(x) ** n - cdf(-x) ** n for x in steps]
    return (sum(heights) - heights[0] / 2) / 50
