"""What a finding calls for: actions, how much each is expected to help, and why, in its numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum

from tuneit.errors.wording import figures
from tuneit.findings.actions import ACTIONS
from tuneit.findings.finding import Evidence


class Stage(IntEnum):
    """The order in which findings are worked on: what makes a run meaningless, bias, variance,
    data.

    A wrongly wired model comes before all others: its curve shows only the consequences.

    This is the order in which Goodfellow, Bengio & Courville ("Deep learning", 2016, chapter 11)
    and Ng ("Machine learning yearning", 2018) have a model improved.
    """

    WIRING = 0
    OPTIMISATION = 1
    BIAS = 2
    VARIANCE = 3
    DATA = 4
    LAST = 5


@dataclass(frozen=True, slots=True)
class Remedy:
    """An action that a finding calls for.

    `action` is a key of `tuneit.findings.actions.ACTIONS`. `expected` is the share of such runs, in
    [0, 1], that the action is expected to help: chosen, after the symptom tables of the books that
    `Stage` names. `reason` says why in the run's own numbers: names in braces stand for the
    finding's evidence. Where it is empty, or a number is unknown, the action's `why` is given.
    `needs` names a number of the evidence without which the action is of no use.
    """

    action: str
    expected: float
    reason: str = ""
    needs: str = ""

    def helps(self, evidence: Evidence) -> bool:
        """Tell whether a finding's evidence has what the action needs."""
        return not self.needs or evidence.get(self.needs) is not None

    def reason_from(self, evidence: Evidence) -> str:
        """Why the action is advised, in the numbers of a finding's evidence."""
        numbers = {key: _shown(value) for key, value in evidence.items() if value is not None}
        try:
            return self.reason.format_map(numbers) or ACTIONS[self.action].why
        except KeyError:
            return ACTIONS[self.action].why


@dataclass(frozen=True, slots=True)
class Plan:
    """All remedies of a finding, and the stage in which their turn comes."""

    stage: Stage
    remedies: tuple[Remedy, ...]


def _shown(value: float | int | str) -> str:
    if isinstance(value, float) and math.isfinite(value):
        return figures(value, 3)
    return str(value)
