"""Ask a rule after each epoch of each trial."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tuneit.strategies.pruners.quota import Quota
from tuneit.strategies.pruners.rule import Rule, Standing
from tuneit.strategies.pruners.scores import Scores
from tuneit.trials import Memory, Objective, Trial


@dataclass
class Pruner:
    """Asks a rule at each epoch, but not before `min_epochs` or after a trial's last epoch.

    A `quota` limits how many trials the rule stops.
    """

    rule: Rule
    objective: Objective
    min_epochs: int = 1
    epochs: int | None = None
    quota: Quota | None = None
    _scores: Scores = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._scores = Scores(self.objective)

    def reason(self, number: int, epoch: int, value: float, trials: Sequence[Trial]) -> str | None:
        """Return why the trial should stop after this epoch (from 1), or None.

        `value` is the objective's metric at this epoch; `trials` are the study's in order of
        number. The trial is compared with the finished ones, and with running ones by the values
        that were passed to this method.
        """
        self._scores.read(trials)
        memory = trials[number].memory if number < len(trials) else Memory()
        best = self._scores.hear(number, epoch, value, memory.parent)
        last = self.epochs if memory.epochs is None else memory.epochs
        if epoch < self.min_epochs or (last is not None and epoch >= last):
            return None
        longest = self.epochs or self._scores.longest()
        reason = self.rule.judge(Standing(number, epoch, value, best, self._scores, longest))
        if reason is None or self.quota is None or self.quota.allows(number, trials):
            return reason
        return None

    def reason_after_execution(
        self, number: int, scores: Sequence[float], trials: Sequence[Trial]
    ) -> str | None:
        """Return None: if the first execution was not stopped, the others are trained too."""
        return None
