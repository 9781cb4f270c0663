"""Find splits that are too small for the differences that a search should detect."""

from __future__ import annotations

import math

from tuneit.data.dataset import Dataset
from tuneit.errors.wording import counted
from tuneit.findings import Finding, Severity

TYPICAL_ACCURACY = 0.9
"""The accuracy p for which the error √(p(1−p)/n) is computed. It is 1.7 times as large at 0.5
and 0.6 times at 0.97."""

COARSE = 0.05
"""Without a resolution, a 95 % interval wider than ± 5 points is reported."""

COARSE_SQUARED_ERROR = 0.4
"""The same for regression: 95 % of the relative error of a mean squared error, 1.96·√(2/n) for
normal residuals, is above this for fewer than 48 rows."""

Z = 1.96

FEWEST_ROWS = 10
"""Below, the normal approximation of these errors says nothing, and no number is given (chosen)."""


def check_resolution(dataset: Dataset, resolution: float | None) -> tuple[Finding, ...]:
    """Compare each split's 95 % error with the difference that the search should detect.

    The error is that of a single score. The difference of two models on the same rows has a
    smaller error, since their errors are correlated.
    """
    output = dataset.output
    if output is None or not (output.has_label_a_row or output.task == "regression"):
        return ()
    measure = _accuracy if output.has_label_a_row else _squared_error
    rows = {name: dataset.row_count(name) for name in dataset.splits if name != "train"}
    found = (
        measure(name, count, resolution) if count >= FEWEST_ROWS else _too_few(name, count)
        for name, count in rows.items()
        if count
    )
    return tuple(finding for finding in found if finding is not None)


def _too_few(name: str, n: int) -> Finding:
    summary = (
        f"the {name} split has {counted(n, 'row')}, too few to compare models by: give more rows, "
        "or cross-validate"
    )
    return Finding("small_split", Severity.INFO, 0.9, summary, {"split": name, "rows": n})


def _accuracy(name: str, n: int, resolution: float | None) -> Finding | None:
    spread = TYPICAL_ACCURACY * (1 - TYPICAL_ACCURACY)
    half = Z * math.sqrt(spread / n)
    if half <= (COARSE if resolution is None else resolution):
        return None
    evidence: dict[str, float | int | str | None] = {
        "split": name,
        "rows": n,
        "half_width": round(half, 4),
    }
    if resolution is None:
        summary = (
            f"the {name} split has {n} rows: an accuracy of 0.9 on it is known to ± {half:.3f}, so "
            "smaller differences are noise"
        )
        return Finding("small_split", Severity.INFO, 0.9, summary, evidence)
    needed = math.ceil(spread * (Z / resolution) ** 2)
    summary = (
        f"the {name} split has {n} rows: an accuracy of 0.9 on it is known to ± {half:.3f}, more "
        f"than the {resolution:g} to be detected, which takes {needed} rows (or cross-validation)"
    )
    evidence |= {"resolution": resolution, "rows_needed": needed}
    return Finding("small_split", Severity.WARNING, 0.9, summary, evidence)


def _squared_error(name: str, n: int, resolution: float | None) -> Finding | None:
    # A resolution is in the metric's unit, which a relative error cannot be compared with.
    half = Z * math.sqrt(2 / n)
    if half <= COARSE_SQUARED_ERROR:
        return None
    summary = (
        f"the {name} split has {n} rows: a mean squared error on it is known to ± {half:.0%}, so "
        "smaller differences are noise"
    )
    evidence: dict[str, float | int | str | None]
    evidence = {"split": name, "rows": n, "relative_half_width": round(half, 4)}
    return Finding("small_split", Severity.INFO, 0.8, summary, evidence)
