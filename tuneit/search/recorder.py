"""Judge, record, keep and show a trial that has ended, in this order."""

from __future__ import annotations

from dataclasses import replace

from tuneit.search.config import SearchConfig
from tuneit.search.progress import Progress
from tuneit.trials import Trial, objective_values


class Recorder:
    """Completes a finished trial with its verdict, its time and its values, and records it."""

    def __init__(self, config: SearchConfig, progress: Progress) -> None:
        self._config, self._progress = config, progress

    def finish(self, trial: Trial) -> None:
        """Judge, record, keep and show a trial that has ended."""
        config, progress = self._config, self._progress
        trial = replace(
            trial,
            error=trial.error and config.say(trial.error),
            facts=replace(
                trial.facts,
                pruned=trial.facts.pruned and config.say(trial.facts.pruned),
                clock=round(progress.elapsed(), 3),
            ),
            verdict=config.judge(trial),
            values=objective_values(trial, (config.objective, *config.others)),
        )
        is_best = progress.add(trial)
        config.store.record(trial, progress.space)
        config.keep(trial, is_best)
        config.view.finished(trial, is_best)
