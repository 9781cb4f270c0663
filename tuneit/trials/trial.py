"""A trial: one configuration and what training made of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from statistics import stdev

from tuneit.curves import LearningCurve
from tuneit.errors.html import html_table
from tuneit.errors.wording import figures, score_text
from tuneit.space import Params, Scalar
from tuneit.trials.ended_execution import EndedExecution
from tuneit.trials.facts import Facts
from tuneit.trials.memory import Memory
from tuneit.trials.objective import Objective
from tuneit.trials.proposal import Proposal
from tuneit.trials.trivial import Trivial


class TrialState(StrEnum):
    """Where a trial stands; the values are those of `trials.csv`."""

    RUNNING = "running"
    COMPLETE = "complete"
    PRUNED = "pruned"
    FAILED = "failed"


@dataclass(frozen=True)
class Trial:
    """One configuration and what training made of it.

    `params` of a finished trial are those that its builder asked for; what else was proposed stands
    in `facts.unused`. `score` is the objective at the best epoch (None where the trial failed);
    `epochs` counts the epochs trained; `duration_s` is seconds of wall time, building and training
    together; `memory` is what the strategy keeps with this trial; `facts` is what training and
    search found out about it. With several executions `score` is the mean of `scores`, `curve` the
    first execution's and `repeats` the others'. With several objectives `values` holds one number
    for each, the first of them `score`; with one objective, and where the trial failed, it is
    empty. `ended` are the executions of an unfinished trial that have ended; a finished trial has
    none.
    """

    number: int
    params: Mapping[str, Scalar]
    state: TrialState = TrialState.RUNNING
    seed: int = 0
    score: float | None = None
    curve: LearningCurve | None = None
    best_epoch: int | None = None
    duration_s: float = 0.0
    error: str | None = None
    verdict: str | None = None
    memory: Memory = field(default_factory=Memory)
    facts: Facts = field(default_factory=Facts)
    scores: tuple[float, ...] = ()
    repeats: tuple[LearningCurve, ...] = ()
    values: tuple[float, ...] = ()
    ended: tuple[EndedExecution, ...] = ()

    @classmethod
    def begun(cls, proposal: Proposal) -> Trial:
        """The trial that a proposal begins as: running."""
        unused = proposal.unused
        return cls(
            proposal.number,
            {name: v for name, v in proposal.params.items() if name not in (unused or ())},
            seed=proposal.seed,
            memory=proposal.memory,
            facts=Facts(unused=unused),
        )

    @property
    def proposal(self) -> Proposal:
        """The proposal that the trial began as, to train it again."""
        return Proposal(
            self.number,
            self.proposed,
            self.seed,
            self.memory,
            unused=self.facts.unused,
            ended=self.ended,
        )

    def as_begun(self) -> Trial:
        """The trial as it began, without anything that training made of it but whole executions."""
        return Trial(
            self.number,
            self.params,
            seed=self.seed,
            memory=self.memory,
            facts=Facts(unused=self.facts.unused),
            ended=self.ended,
        )

    def as_interrupted(self) -> Trial:
        """The unfinished trial as it is listed after its search has ended: failed, for now."""
        return replace(
            self,
            state=TrialState.FAILED,
            error="interrupted; it is run again when the search resumes",
            facts=replace(self.facts, interrupted=True),
        )

    @property
    def trivial(self) -> Trivial:
        """What a model that ignores its input scores by this trial's metric and loss."""
        return self.facts.trivial

    @property
    def proposed(self) -> Params:
        """The hyperparameters as they were proposed, those that nobody asked for included."""
        return {**(self.facts.unused or {}), **self.params}

    @property
    def epochs(self) -> int:
        """Epochs trained."""
        return 0 if self.curve is None else len(self.curve)

    @property
    def spread(self) -> float | None:
        """The standard deviation of several executions' scores (of a sample: n − 1), or None."""
        return stdev(self.scores) if len(self.scores) > 1 else None

    def best_training(self, objective: Objective) -> int | None:
        """Of several trainings the one whose model is kept, from 0: the first of the best scores.

        None where the trial trained once, or was trained elsewhere.
        """
        if len(self.scores) < 2 or self.imported:
            return None
        better = [objective.sign * score for score in self.scores]
        return better.index(max(better))

    @property
    def remark(self) -> str | None:
        """Where the trial is from, why it was pruned, and that it was tried twice."""
        pruned, retried = self.facts.pruned, self.facts.retried
        imported = self.facts.imported
        parts = [
            f"imported from keras-tuner ({imported})" if imported else None,
            f"pruned: {pruned}" if pruned else None,
            f"trained again, as it ended with: {retried}" if retried else None,
        ]
        return "; ".join(part for part in parts if part) or None

    @property
    def parent(self) -> int | None:
        """The number of the trial whose training this one continued; its epochs are included."""
        return self.memory.parent

    @property
    def finished(self) -> bool:
        """Whether the trial has ended, well or not."""
        return self.state is not TrialState.RUNNING

    @property
    def cut_short(self) -> bool:
        """Whether the study's time ended it, not its own merit: it may be trained again."""
        return self.facts.pruned == TIME_IS_UP

    @property
    def imported(self) -> bool:
        """Whether keras-tuner trained it, on rows that nobody here knows."""
        return self.facts.imported is not None

    def _repr_html_(self) -> str:
        said = (
            ("state", str(self.state)),
            ("score", "" if self.score is None else score_text(self.score)),
            ("verdict", self.verdict),
            ("epochs", str(self.epochs)),
            ("error", self.error),
            ("note", self.remark),
            *((name, _shown(value)) for name, value in self.params.items()),
        )
        return html_table((), [row for row in said if row[1]], f"trial {self.number}")

    @property
    def interrupted(self) -> bool:
        """Whether the search was interrupted before it ended: listed as failed, it has not."""
        return self.facts.interrupted

    @property
    def scored(self) -> bool:
        """Whether the trial ended with a usable score (complete or pruned)."""
        return self.finished and self.score is not None and math.isfinite(self.score)


TIME_IS_UP = "the study's time was used up"
"""Why a trial is pruned that had not ended when the search's time had."""


def _shown(value: Scalar) -> str:
    return figures(value, 6, grouped=False) if isinstance(value, float) else str(value)
