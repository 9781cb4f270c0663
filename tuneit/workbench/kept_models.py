"""Which trials' models are kept."""

from __future__ import annotations

from collections.abc import Sequence

from tuneit.study import Study
from tuneit.trials import Trial, ranked


def kept_models(trials: Sequence[Trial], study: Study) -> set[int]:
    """The trials whose models are kept; empty if only the best one's is."""
    count = study.keep_models
    best = ranked(trials, study.objectives[0])[:count] if count > 1 else []
    return {trial.number for trial in best}
