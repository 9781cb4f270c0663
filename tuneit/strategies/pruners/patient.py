"""`patient` stops trials that no longer improve."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tuneit.errors.wording import counted
from tuneit.strategies.pruners.rule import Rule, Standing, at_least


@dataclass(frozen=True)
class Patient:
    """Stops a trial that has not improved by more than `min_delta` for `patience` epochs.

    With `wrapped`, the name of another pruner, the trial stops only if that one would stop it too.
    `options` are that pruner's, and `make_rule` makes it.
    """

    make_rule: Callable[[str, dict[str, Any]], Rule] = field(repr=False)
    patience: int = 5
    min_delta: float = 0.0
    wrapped: str | None = None
    options: dict[str, Any] = field(default_factory=dict)
    _inner: Rule | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        at_least("patience", self.patience, 1)
        if self.wrapped is not None:
            object.__setattr__(self, "_inner", self.make_rule(self.wrapped, self.options))

    def judge(self, standing: Standing) -> str | None:
        """Look for an improvement, then ask the wrapped rule."""
        if len(standing.best) <= self.patience:
            return None
        if standing.best[-1] - standing.best[-1 - self.patience] > self.min_delta:
            return None
        waited = counted(self.patience, "epoch")
        if self._inner is None:
            return f"{standing} has not improved for {waited}"
        reason = self._inner.judge(standing)
        return None if reason is None else f"no progress for {waited}, and {reason}"
