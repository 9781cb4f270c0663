"""A minimum of trials that a pruner must let run to their end, used by `pruning: auto`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tuneit.trials import Trial, TrialState


@dataclass
class Quota:
    """Lets a pruner stop a trial only where enough others have run to their end.

    `least` trials are complete before the first is stopped, and at any time one in `share` of all
    that were trained: so a search that is cut off, or small, has trials to choose from as well.
    Failed trials do not count.
    """

    least: int = 5
    share: int = 3
    _stopped: set[int] = field(default_factory=set, init=False, repr=False)

    def allows(self, number: int, trials: Sequence[Trial]) -> bool:
        """Whether the trial may be stopped; if so it counts as stopped from now on.

        Trials that train together end together: one that was told to stop may not be recorded yet.
        """
        complete = sum(trial.state is TrialState.COMPLETE for trial in trials)
        ended = {trial.number for trial in trials if trial.finished}
        pruned = {trial.number for trial in trials if trial.state is TrialState.PRUNED}
        stopped = (self._stopped - ended) | pruned | {number}
        allowed = complete >= self.least and len(stopped) <= (self.share - 1) * complete
        if allowed:
            self._stopped.add(number)
        return allowed
