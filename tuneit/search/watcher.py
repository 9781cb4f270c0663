"""Show epochs, and stop poor trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tuneit.search.config import SearchConfig
from tuneit.search.progress import Progress
from tuneit.trials import TIME_IS_UP, EndedExecution, Proposal, Trial, ranked


class Watcher:
    """The search's `Observer`: it shows epochs, and says when a trial should end early."""

    def __init__(self, config: SearchConfig, progress: Progress) -> None:
        self._config, self._progress = config, progress

    def started(self, proposal: Proposal) -> None:
        """Store and show that a trial begins."""
        self._config.store.start(proposal, self._progress.space)
        self._config.view.started(proposal)

    def epoch(self, number: int, epoch: int, logs: Mapping[str, float]) -> str | None:
        """Show an epoch; return a reason to stop the trial, or None.

        Raises KeyboardInterrupt if Ctrl-C was pressed and training code caught the exception.
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
        """Return a reason to skip the remaining executions, or None. Raises as `epoch` does."""
        if self._config.interrupted():
            raise KeyboardInterrupt
        if self._progress.out_of_time():
            return TIME_IS_UP
        return self._config.pruner.reason_after_execution(number, scores, self._progress.trials)

    def keep_execution(self, number: int, index: int, execution: EndedExecution) -> None:
        """Store an execution, so that a search that is killed need not train it again."""
        self._config.store.keep_execution(number, index, execution)

    def keeps(self, score: float) -> bool:
        """Whether a model with this score is, or may become, one of the best, which are kept."""
        last = self._last_kept()
        if last is None or score != last.score:
            return self._config.objective.better(score, last.score if last else None)
        # Among equal scores the lowest trial number wins, and that trial may still be running.
        return any(not trial.finished for trial in self._progress.trials[: last.number])

    def _last_kept(self) -> Trial | None:
        """The worst of the trials whose models are kept; None while there is room for more."""
        kept = self._config.keep_models
        if kept == 1:
            return self._progress.best
        best = ranked(self._progress.trials, self._config.objective)[:kept]
        return best[-1] if len(best) == kept else None
