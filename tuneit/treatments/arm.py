"""One side of a comparison: the best trial as it is, or with one change."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from tuneit.space import Params

BASELINE = "baseline"

FOR_SIZE = frozenset({"pruning", "distillation"})
"""The treatments whose purpose is a smaller model, not a better score."""


@dataclass(frozen=True)
class Arm:
    """A configuration that is trained in pairs with the baseline.

    `action` is the treatment's key, or "baseline"; `change` says the change in words. `params`
    holds all hyperparameters, and `batch_size`, `epochs` and `class_weight` if they are set.
    `edits` names changes of the built model, and `plan` holds changed settings of the training:
    `early_stopping` (patience and min_delta, or None), `schedule` (the learning rate falls when
    progress stops), `pruning` and `distillation` (the baseline's model of the same pair teaches).
    `share` is the part of the training rows that is used.
    """

    action: str
    params: Params
    change: str = ""
    edits: tuple[str, ...] = ()
    plan: Mapping[str, Any] = field(default_factory=dict)
    share: float = 1.0

    @property
    def key(self) -> str:
        """A hash of the configuration: arms with the same key train in the same way."""
        said = [dict(self.params), list(self.edits), dict(self.plan), self.share]
        return sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Run:
    """One training of an arm in a pair.

    `arm` is the arm's key, `action` its action. `score` is the objective at the best epoch, None
    where the training failed with `error`. `series` holds the learning curve of the objective, a
    list for each of its columns; `verdict` is the diagnosis of the whole curve; `epochs` is the
    number of trained epochs. `weights` counts the model's weights, after pruning those that are not
    zero; None where it is not known.
    """

    arm: str
    pair: int
    score: float | None
    seconds: float
    error: str | None = None
    verdict: str | None = None
    epochs: int = 0
    action: str = ""
    series: Mapping[str, list[float]] = field(default_factory=dict)
    weights: int | None = None


def independent(first: Arm, second: Arm, baseline: Arm) -> bool:
    """Whether two arms change different things of the baseline."""
    changed = [
        {k for k, v in arm.params.items() if baseline.params.get(k) != v}
        | set(arm.plan)
        | {
            name.partition("=")[0].removeprefix("raise_").removeprefix("lower_")
            for name in arm.edits
        }
        for arm in (first, second)
    ]
    return not changed[0] & changed[1]


def combined(first: Arm, second: Arm, baseline: Arm) -> Arm:
    """Both changes together; where they change the same value, the first one's counts."""
    changed = {k: v for k, v in second.params.items() if baseline.params.get(k) != v}
    changed |= {k: v for k, v in first.params.items() if baseline.params.get(k) != v}
    return Arm(
        f"{first.action}+{second.action}",
        {**baseline.params, **changed},
        f"{first.change}; {second.change}",
        tuple(dict.fromkeys((*first.edits, *second.edits))),
        {**second.plan, **first.plan},
    )
