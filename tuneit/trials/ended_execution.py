"""What is kept of an execution that has ended while its trial goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tuneit.curves import LearningCurve


@dataclass(frozen=True)
class EndedExecution:
    """One training of a trial that has ended, for a search that goes on after a crash.

    `score` and `best_epoch` (from 1) are as in a trial; `seconds` is the wall time that the trial
    took since the execution before was kept. `returned` are the metrics that a HyperModel's own
    `fit` returned, and `untrained` tells that such a `fit` did not train the model it was given.
    """

    score: float
    curve: LearningCurve
    best_epoch: int | None = None
    seconds: float = 0.0
    returned: Mapping[str, float] = field(default_factory=dict)
    untrained: bool = False
