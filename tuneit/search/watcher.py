"""Watching: what a trainer tells and asks while it trains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tuneit.search.config import SearchConfig
from tuneit.search.progress import Progress
from tuneit.trials import TIME_IS_UP, Proposal


class Watcher:
    """The search's `Observer`: it shows epochs, and says when a trial should end early."""

    def __init__(self, config: SearchConfig, progress: Progress) -> None:
        self._config, self._progress = config, progress

    def started(self, proposal: Proposal) -> None:
        """Show that a trial begins."""
        self._config.view.started(proposal)

    def epoch(self, number: int, epoch: int, logs: Mapping[str, float]) -> str | None:
        """Show an epoch; say why the trial should end with it, or None.

        Raises KeyboardInterrupt after a Ctrl-C that training swallowed.
        """
        self._config.view.epoch(number, epoch, logs)
        if self._config.interrupted():
            raise KeyboardInterrupt
        if self._progress.out_of_time():
            return TIME_IS_UP
        value = logs.get(self._config.objective.metric)
        if value is None:
            return None
        return self._config.pruner.reason(number, epoch, float(value), self._progress.trials)

    def execution(self, number: int, scores: Sequence[float]) -> str | None:
        """Say why a trial should train no more executions, or None. Raises as `epoch` does."""
        if self._config.interrupted():
            raise KeyboardInterrupt
        if self._progress.out_of_time():
            return TIME_IS_UP
        return self._config.pruner.reason_after_execution(number, scores, self._progress.trials)

    def keeps(self, score: float) -> bool:
        """Whether a model with that score is, or may turn out to be, the best one."""
        best = self._progress.best
        if best is None or score != best.score:
            return self._config.objective.better(score, best.score if best else None)
        # Of equals the first in number is the best, but need not be the first that ends.
        return any(not trial.finished for trial in self._progress.trials[: best.number])
