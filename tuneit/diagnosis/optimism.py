"""The best of many noisy scores is better than the truth: by how much."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from statistics import fmean

from tuneit.curves import VALIDATION_PREFIX
from tuneit.curves.series_names import canonical
from tuneit.diagnosis.check import number
from tuneit.diagnosis.sampling import expected_maximum, sampling_error
from tuneit.errors.wording import figures
from tuneit.findings import Finding, Severity
from tuneit.trials import Objective, Trial, ranked

MEAN_LUCK = 0.7
"""Confidence in the expected score: trials measured on the same rows share luck (chosen)."""


def best_of_many(
    scored: Sequence[Trial], objective: Objective, rows: int | None
) -> Iterator[Finding]:
    """Say how much of the best score is luck: the maximum of many noisy scores is too good.

    `rows` is how many rows a score was measured on, over all folds; None where it is not known. The
    noise is the sampling error of these rows. With n rivals whose true scores are equal, the best
    is expected as far above the truth as the maximum of n normal numbers; rivals are the trials
    within two standard errors of a difference. That is the most to expect: trials that are
    measured on the same rows share a part of their luck.

    Nothing is said of metrics whose sampling error does not follow from the score alone (AUC, F1).
    """
    best = ranked(scored, objective)
    if not best or not rows or not objective.metric.startswith(VALIDATION_PREFIX):
        return
    scores = [t.score or 0.0 for t in best]
    top = level = scores[0]
    # The error follows from the level, which the lucky best alone misjudges: that of its rivals.
    for _ in range(2):
        cost = 1 - level if objective.maximize else level
        error = sampling_error(canonical(objective.metric), cost, rows)
        near = [score for score in scores if abs(score - top) <= 2 * math.sqrt(2) * error]
        rivals, level = len(near), fmean(near or [top])
    if rivals < 3 or not error > 0:
        return
    corrected = top - objective.sign * error * expected_maximum(rivals)
    yield Finding(
        "best_of_many",
        Severity.INFO,
        MEAN_LUCK,
        f"the best {objective.metric} of {len(best)} trials, {figures(top)}, is the luckiest of "
        f"{rivals} that the sampling error of {rows} validation rows "
        f"({figures(error, 2)}) cannot tell apart: expect about {figures(corrected)} on new data",
        {
            "best": number(top),
            "corrected": number(corrected),
            "rivals": rivals,
            "standard_error": number(error),
            "rows": rows,
        },
    )
