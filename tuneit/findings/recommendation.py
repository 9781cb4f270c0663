"""A recommendation, as data; its sentences are made from the data when they are read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tuneit.errors.wording import figures
from tuneit.findings.actions import ACTIONS
from tuneit.findings.finding import Evidence

NEAR_HIGH, NEAR_LOW = 0.02, 1.02
"""A value is at the end of its range within 2 % of the range from its maximum, or within 2 % of the
value from its minimum."""


@dataclass(frozen=True)
class Recommendation:
    """An action from the catalogue, applied to this run.

    `key` is the action's name in `tuneit.findings.actions.ACTIONS`, such as `raise_learning_rate`.
    `priority` counts from 1, the most promising first. `parameter` is the study's hyperparameter
    that the action changes, from the value `old` to `new`; `searched` is the range (lowest,
    highest) in which the study searches it, two equal numbers where it is fixed. `new` may lie
    outside of that range, and need not lie on its steps. `setting` is the key of study.yaml that
    the action changes, where that is no hyperparameter. All of them are None where the study has
    nothing that applies the action.

    `action`, `change` and `refuted_by` say it in words.
    """

    key: str
    reason: str
    priority: int
    parameter: str | None = None
    setting: str | None = None
    old: float | None = None
    new: float | None = None
    searched: tuple[float, float] | None = None
    evidence: Evidence = field(default_factory=dict)

    @property
    def action(self) -> str:
        """The action in words."""
        return ACTIONS[self.key].text.format(parameter=self.parameter)

    @property
    def refuted_by(self) -> str:
        """What would show that the advice was wrong."""
        return ACTIONS[self.key].refuted_by

    @property
    def change(self) -> str:
        """What to change in this study; where it has no such setting, the code to write."""
        if self.parameter is not None and self.old is not None and self.new is not None:
            return self._change_of_parameter(self.parameter, self.old, self.new)
        if self.setting is None:
            return ACTIONS[self.key].code
        if self.new is not None:
            return f"raise `{self.setting}`, now {self.old}, to about {self.new}"
        budget, used = self.evidence.get("epochs"), self.evidence.get("epochs_used")
        return f"raise `{self.setting}`: of `budget.epochs`, {budget}, this run used {used}"

    def _change_of_parameter(self, name: str, old: float, new: float) -> str:
        if self.key == "widen_range":
            return wider_range(name, new, raised=new > old)
        raised = ACTIONS[self.key].direction > 0
        low, high = self.searched or (old, old)
        head = f"{'raise' if raised else 'lower'} `{name}`, now {old:g}"
        if low == high:
            return f"{head} and fixed, to about {figures(new, 2)}"
        if at_end(old, low, high, raised=raised):
            wider = wider_range(name, new, raised=raised)
            return f"{head}, the end of its range: widen it, for instance {wider}"
        side, bound = ("up", high) if raised else ("down", low)
        return f"{head}, searched {side} to {bound:g}, to about {figures(new, 3)}"

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-ready form: the words first, then the data that they are made of."""
        return {
            "action": self.action,
            "reason": self.reason,
            "priority": self.priority,
            "parameter": self.parameter,
            "change": self.change,
            "evidence": dict(self.evidence),
            "refuted_by": self.refuted_by,
            "key": self.key,
            "setting": self.setting,
            "old": self.old,
            "new": self.new,
            "searched": None if self.searched is None else list(self.searched),
        }


def at_end(value: float, low: float, high: float, *, raised: bool) -> bool:
    """Tell whether a value that is to be raised (or lowered) is at that end of its range."""
    return value >= high - NEAR_HIGH * (high - low) if raised else value <= low * NEAR_LOW


def wider_range(parameter: str, end: float, *, raised: bool) -> str:
    """What to write into study.yaml to move the upper (or lower) end of a range."""
    return f"`{parameter}: {{{'max' if raised else 'min'}: {figures(end, 3, grouped=False)}}}`"
