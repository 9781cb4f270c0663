"""The minimum of trials that must run to their end with `pruning: auto`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tuneit.trials import Trial, TrialState


@dataclass
class Quota:
    """Lets a pruner stop a trial only if enough others have run to their end.

    `least` trials must be complete before the first one is stopped. At any time, at least one in
    `share` of the trained trials must be complete. So even a small search, or one that ends early,
    has complete trials to choose from. Failed trials do not count.
    """

    least: int = 5
    share: int = 3
    _stopped: set[int] = field(default_factory=set, init=False, repr=False)

    def allows(self, number: int, trials: Sequence[Trial]) -> bool:
        """Whether the trial may be stopped; if so, it counts as stopped from now on.

        It must count at once because trials of a cohort are recorded only when all have ended.
        """
        complete = sum(trial.state is TrialState.COMPLETE for trial in trials)
        ended = {trial.number for trial in trials if trial.finished}
        pruned = {trial.number for trial in trials if trial.state is TrialState.PRUNED}
        stopped = (self._stopped - ended) | pruned | {number}
        allowed = complete >= self.least and len(stopped) <= (self.share - 1) * complete
        if allowed:
            self._stopped.add(number)
        return allowed
