"""Which files of a search's trials stay in the study's folder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tuneit.data.pipeline import Pipeline, save_pipeline
from tuneit.study import Study
from tuneit.trials import Trial, best_trial, ranked

if TYPE_CHECKING:
    from tuneit.workbench.prepared import PreparedStudy


def kept_models(trials: Sequence[Trial], study: Study) -> set[int]:
    """The trials whose models are kept; empty if only the best one's is."""
    count = study.keep_models
    best = ranked(trials, study.objectives[0])[:count] if count > 1 else []
    return {trial.number for trial in best}


class KeptFiles:
    """Keeps curves, models and checkpoints of trials while a search runs, and deletes the others.

    The pipeline, which turns raw rows into what the model takes, is saved beside the best model.
    """

    def __init__(self, prepared: PreparedStudy) -> None:
        self._study, self._folder = prepared.study, prepared.folder
        self._pipeline = Pipeline.of(prepared.dataset, prepared.study.data)

    def catch_up(self, trials: Sequence[Trial]) -> None:
        """Write what an earlier process recorded, but had no time to write; drop other models.

        No trial may be running.
        """
        best = best_trial(trials, self._study.objectives[0])
        self._folder.catch_up(trials, best, kept_models(trials, self._study))
        if best is not None and not self._folder.pipeline.exists():
            save_pipeline(self._pipeline, self._folder.pipeline)
        self.drop_models(trials)

    def keep(self, trial: Trial, is_best: bool, trials: Sequence[Trial]) -> None:
        """Keep the files of a trial that has just ended; `trials` are all, this one included."""
        from tuneit.strategies.promotion import awaited

        kept = kept_models(trials, self._study)
        self._folder.keep(trial, is_best, kept)
        if is_best:
            save_pipeline(self._pipeline, self._folder.pipeline)
        if kept:
            self._folder.drop_models_of({t.number for t in trials if t.finished} - kept)
        running = {t.number for t in trials if not t.finished}
        continued = awaited(trials, self._study.objectives[0])
        self._folder.drop_checkpoints(running | continued)

    def drop_models(self, trials: Sequence[Trial]) -> None:
        """Delete the models of all trials but those that are kept. No trial may be running."""
        self._folder.drop_models(kept_models(trials, self._study))
