"""The state of a running search."""

from __future__ import annotations

from collections.abc import Sequence

from tuneit.search.config import SearchConfig
from tuneit.trials import Trial, best_trial


class Progress:
    """What changes while a search runs: the search space, the best trial, the time spent.

    `space` includes the hyperparameters that builders first asked for in a trial. `best` is the
    best complete trial so far, or None.
    """

    def __init__(self, config: SearchConfig) -> None:
        trials = config.store.trials()
        late = [parameter for trial in trials for parameter in trial.facts.late]
        spent = max((trial.facts.clock or 0.0 for trial in trials), default=0.0)
        self._config = config
        self._began = config.clock() - spent
        self.space = config.space.with_parameters(late)
        self.best = best_trial(trials, config.objective)

    @property
    def trials(self) -> Sequence[Trial]:
        """All trials of the study in order of number, running ones included."""
        return self._config.store.trials()

    def elapsed(self) -> float:
        """Seconds that the study has taken, in all its runs together."""
        return self._config.clock() - self._began

    def out_of_time(self) -> bool:
        """Whether the study has used up its seconds."""
        seconds = self._config.limits.seconds
        return seconds is not None and self.elapsed() >= seconds

    def add(self, trial: Trial) -> bool:
        """Add a trial that has ended; return whether it is the best so far."""
        self.space = self.space.with_parameters(trial.facts.late)
        known = [trial] if self.best is None else [trial, self.best]
        self.best = best_trial(known, self._config.objective)
        return self.best is trial
