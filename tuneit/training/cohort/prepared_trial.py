"""A trial whose models are built and which waits to train in a cohort."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tuneit.data.dataset import Array, Fold
from tuneit.training.cohort.model_fingerprint import ModelFingerprint
from tuneit.training.fitting.outcome import Execution
from tuneit.training.fitting.progress import Progress
from tuneit.training.saving.checkpoints import Checkpoints
from tuneit.training.saving.resumed_state import ResumedState
from tuneit.trials import Proposal


class Shape(NamedTuple):
    """What executions with models of one structure must have in common to train in one cohort.

    `train` and `validation` are numbers of rows, `weighted` is whether training rows have weights,
    and `start` is the number of epochs trained before.
    """

    train: int
    validation: int
    weighted: bool
    start: int


@dataclass(eq=False)
class PreparedExecution:
    """One training of a trial: its compiled, built model and all that training it needs.

    `index` counts the trial's executions from 0. Training ends after `epochs` epochs, counted from
    the trial's beginning. `fold` holds the row numbers in cross-validation. `weights` holds the
    weight of each training row, float32 of shape (rows,). `resumed` is the state that training
    goes on from, and `checkpoint` is where its own state is kept for a later trial. `fingerprint`
    describes the model as the builder left it, and `embedding` says where it stands in the model
    that its cohort computes with; `prepare_trial` sets both. `model` and `embedding` are None after
    the trial has ended.
    """

    index: int
    seed: int
    model: Any
    epochs: int
    batch_size: int
    shape: Shape
    fold: Fold | None = None
    weights: Array | None = None
    resumed: ResumedState | None = None
    checkpoint: Checkpoints | None = None
    fingerprint: ModelFingerprint = field(init=False)
    embedding: Any = field(init=False)  # an Embedding

    @property
    def cohort_model(self) -> Any:
        """The model that its cohort computes with."""
        return self.embedding.wide

    @property
    def steps(self) -> int:
        """The batches that it trains on, in all epochs that are left."""
        return (self.epochs - self.shape.start) * -(-self.shape.train // self.batch_size)

    @property
    def scalars(self) -> list[float]:
        """The values of the model's batched scalars, as its builder left them."""
        return self.fingerprint.scalars


@dataclass(eq=False)
class PreparedTrial:
    """A proposal, its prepared executions, and their results so far.

    `reason` says why the trial cannot train in a cohort; None means that it can. Trials of the same
    `structure` can train in one cohort. `seconds` is the trial's share of the time that cohorts
    have trained. `waiting` holds results of executions that ended before an earlier one did. Once
    the trial is `over`, `failure` is the error that ended it, if any.
    """

    proposal: Proposal
    progress: Progress
    executions: list[PreparedExecution] = field(default_factory=list)
    structure: str = ""
    reason: str | None = None
    started: bool = False
    seconds: float = 0.0
    waiting: dict[int, Execution] = field(default_factory=dict)
    over: bool = False
    failure: Exception | None = None

    def forget(self) -> None:
        """Drop all models, which the finished trial does not need."""
        self.progress.done.clear()
        for execution in self.executions:
            execution.model = execution.embedding = None
