"""The best of many noisy scores is better than the truth: by how much."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from tuneit.curves import noise
from tuneit.diagnosis.check import number
from tuneit.findings import Finding, Reference, Severity
from tuneit.trials import Objective, Trial, ranked


def best_of_many(
    scored: Sequence[Trial], objective: Objective, reference: Reference | None
) -> Iterator[Finding]:
    """Say how much of the best score is luck: the maximum of many noisy scores is too good.

    With n rivals whose true scores are equal, the best is expected sqrt(2 ln n) standard errors
    above the truth (the extreme of n normals); rivals are the trials within two standard errors.
    """
    best = ranked(scored, objective)
    if not best or best[0].score is None:
        return
    top = best[0].score
    rows = reference.n_validation if reference is not None else None
    if rows and "accuracy" in objective.metric and 0 < top < 1:
        error = math.sqrt(top * (1 - top) / rows)
    else:
        signals = [_validation_noise(t, objective) for t in best[:5]]
        known = [s for s in signals if math.isfinite(s)]
        if not known:
            return
        error = float(np.median(known))
    rivals = sum(1 for t in best if abs((t.score or 0.0) - top) <= 2 * error)
    if rivals < 3 or error <= 0:
        return
    optimism = error * math.sqrt(2 * math.log(rivals))
    corrected = top - objective.sign * optimism
    yield Finding(
        "best_of_many",
        Severity.INFO,
        0.7,
        f"the best {objective.metric} of {len(best)} trials, {top:.4g}, is the luckiest "
        f"of {rivals} that noise ({error:.2g}) cannot tell apart: "
        f"expect about {corrected:.4g} on new data",
        {
            "best": number(top),
            "corrected": number(corrected),
            "rivals": rivals,
            "standard_error": number(error),
        },
    )


def _validation_noise(trial: Trial, objective: Objective) -> float:
    values = trial.curve.get(objective.metric) if trial.curve is not None else None
    return math.nan if values is None or len(values) < 5 else noise(values)
