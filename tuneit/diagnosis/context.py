"""What recommendations depend on: the study in which a run was a trial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tuneit.findings import Finding
from tuneit.space import Scalar, SearchSpace
from tuneit.trials import Objective, Trial


@dataclass(frozen=True)
class AdviceContext:
    """The search space, the run's own `params`, and the study's trials so far.

    `epochs` is the budget of one trial, `early_stopping` whether training already stops at the
    best epoch and keeps its weights, `row_axes` the number of axes of one row of inputs (1 for a
    table, 3 for images, None where it is unknown), `training_rows` the number of rows that a trial
    trains on, None where it is unknown. `scored_rows` is how many validation rows a
    trial's score was measured on, over all folds; None where it is those of the run's reference.
    `ended` says that the search has ended, so that its best model was evaluated on the test split;
    `tested` is what that showed of this run. `wiring` are faults of the model beside its data.
    """

    space: SearchSpace = field(default_factory=SearchSpace)
    params: Mapping[str, Scalar] = field(default_factory=dict)
    trials: Sequence[Trial] = ()
    objective: Objective | None = None
    epochs: int | None = None
    early_stopping: bool = False
    row_axes: int | None = None
    training_rows: int | None = None
    scored_rows: int | None = None
    ended: bool = False
    tested: Sequence[Finding] = ()
    wiring: Sequence[Finding] = ()
