"""Trials: what was proposed, what training made of it, and which is best."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import stdev
from typing import Any, Literal

import numpy as np

from tuneit.curves import LearningCurve
from tuneit.errors import ObjectiveError, did_you_mean
from tuneit.space import Params, Scalar
from tuneit.trials.trivial import Trivial

Goal = Literal["minimize", "maximize"]

# Keras's own metric names, as they appear in logs without `val_`. A metric that is not here gets
# no guess: a wrong direction would silently return the worst model.
_HIGHER = (
    "accuracy", "acc", "auc", "precision", "recall", "f1", "f1_score", "fbeta", "iou", "dice",
    "cosine_similarity", "r2", "r2_score", "sensitivity", "specificity", "top_k",
)  # fmt: skip
_LOWER = (
    "loss", "error", "mse", "mae", "mape", "msle", "rmse", "hinge", "crossentropy", "divergence",
    "poisson", "log_cosh", "logcosh", "seconds", "latency", "parameters", "model_bytes",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Objective:
    """The metric to optimise, as the log names it (`val_accuracy`), and the direction."""

    metric: str
    goal: Goal

    @classmethod
    def named(cls, metric: str, goal: Goal | None = None) -> Objective:
        """Build an objective; without `goal`, infer it for metrics that Keras knows.

        Raises ObjectiveError where the direction of `metric` is unknown.
        """
        inferred = goal or infer_goal(metric)
        if inferred is None:
            known = (*_HIGHER, *_LOWER)
            near = did_you_mean(metric, [*known, *(f"val_{name}" for name in known)])
            raise ObjectiveError(
                f"whether more '{metric}' is better is not known{near or ':'} "
                f"{'Otherwise add' if near else 'add'} `goal: maximize` or `goal: minimize` to the "
                "objective"
            )
        return cls(metric, inferred)

    @property
    def maximize(self) -> bool:
        """Whether higher is better."""
        return self.goal == "maximize"

    @property
    def sign(self) -> float:
        """+1 where higher is better, else −1: `sign × score` is always better when higher."""
        return 1.0 if self.maximize else -1.0

    def better(self, score: float, than: float | None) -> bool:
        """Tell whether `score` beats `than`; only finite scores count, and any beats None."""
        if not math.isfinite(score):
            return False
        return than is None or not math.isfinite(than) or self.sign * score > self.sign * than


BUILT_IN = ("seconds", "parameters", "model_bytes", "latency_ms")
"""Objectives that tuneit measures itself, all better when lower.

`seconds`: a trial's `duration_s`, building and training; `parameters`: weights, trainable or
not; `model_bytes`: bytes of these weights in their own types, without optimiser and file format;
`latency_ms`: median milliseconds in which the trained model predicts one row, warmed up, on the
machine of the search.
"""


def infer_goal(metric: str) -> Goal | None:
    """The direction of a metric that Keras knows, or None."""
    name = metric.removeprefix("val_").lower()
    if any(name == word or name.endswith(f"_{word}") for word in _LOWER):
        return "minimize"
    if any(name == word or name.startswith(word) or name.endswith(word) for word in _HIGHER):
        return "maximize"
    if any(word in name for word in _LOWER):
        return "minimize"
    return None


@dataclass(frozen=True)
class Proposal:
    """A configuration to train: `params` may lack hyperparameters that nobody has met yet.

    `seed` starts the training; `memory` is what the strategy wants to find again on the trial.
    Two entries of it are for the trainer: `epochs` and `parent`. After a proposal that
    `ends_round` the next may depend on results: who trains many at once asks for no more first.
    `unasked` are those of `params` that the builder will pass over; None where that is not known.
    """

    number: int
    params: Mapping[str, Scalar]
    seed: int
    memory: Mapping[str, Any] = field(default_factory=dict)
    ends_round: bool = False
    unasked: Mapping[str, Scalar] | None = None

    @property
    def epochs(self) -> int | None:
        """Epochs after which the training pauses, those of its parent included; None: no limit."""
        return self.memory.get("epochs")

    @property
    def parent(self) -> int | None:
        """The number of the trial whose paused training this one continues."""
        return self.memory.get("parent")


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
    in `notes["unasked"]`, which a running trial has where that is known before training. `score` is
    the objective at the best epoch (None where the trial failed); `epochs` counts the epochs
    trained; `duration_s` is seconds of wall time, building and training together; `memory` is what
    the strategy wants to find again on this trial (JSON-ready); `notes` is what the trainer adds
    (parameter counts, sizes), JSON-ready too. With several executions `score` is the mean of
    `scores`, `curve` the first execution's and `repeats` the others'. With several objectives
    `values` holds one number for each, the first of them `score`; with one objective, and where the
    trial failed, it is empty.
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
    memory: Mapping[str, Any] = field(default_factory=dict)
    notes: Mapping[str, Any] = field(default_factory=dict)
    scores: tuple[float, ...] = ()
    repeats: tuple[LearningCurve, ...] = ()
    values: tuple[float, ...] = ()

    @classmethod
    def begun(cls, proposal: Proposal) -> Trial:
        """The trial that a proposal begins as: running."""
        unasked = proposal.unasked
        return cls(
            proposal.number,
            {name: v for name, v in proposal.params.items() if name not in (unasked or ())},
            seed=proposal.seed,
            memory=proposal.memory,
            notes={} if unasked is None else {"unasked": dict(unasked)},
        )

    @property
    def trivial(self) -> Trivial:
        """What a model that ignores its input scores by this trial's metric and loss."""
        return Trivial.from_dict(self.notes.get("trivial", {}))

    @property
    def proposed(self) -> Params:
        """The hyperparameters as they were proposed, those that nobody asked for included."""
        return {**self.notes.get("unasked", {}), **self.params}

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
        pruned, retried = self.notes.get("pruned"), self.notes.get("retried")
        imported = self.notes.get("imported")
        parts = [
            f"imported from keras-tuner ({imported})" if imported else None,
            f"pruned: {pruned}" if pruned else None,
            f"second try, as the first one ended with: {retried}" if retried else None,
        ]
        return "; ".join(part for part in parts if part) or None

    @property
    def parent(self) -> int | None:
        """The number of the trial whose training this one continued; its epochs are included."""
        return self.memory.get("parent")

    @property
    def finished(self) -> bool:
        """Whether the trial has ended, well or not."""
        return self.state is not TrialState.RUNNING

    @property
    def cut_short(self) -> bool:
        """Whether the study's time ended it, not its own merit: it may be trained again."""
        return self.notes.get("pruned") == TIME_IS_UP

    @property
    def imported(self) -> bool:
        """Whether keras-tuner trained it, on rows that nobody here knows."""
        return "imported" in self.notes

    @property
    def interrupted(self) -> bool:
        """Whether the search was interrupted before it ended: listed as failed, it has not."""
        return "interrupted" in self.notes

    @property
    def scored(self) -> bool:
        """Whether the trial ended with a usable score (complete or pruned)."""
        return self.finished and self.score is not None and math.isfinite(self.score)


TIME_IS_UP = "the study's time was used up"
"""Why a trial is pruned that had not ended when the search's time had."""


def best_trial(trials: Iterable[Trial], objective: Objective) -> Trial | None:
    """The complete trial with the best score, the earliest of equals; None if none completed."""
    complete = (t for t in trials if t.state is TrialState.COMPLETE and t.scored)
    return min(complete, key=_rank(objective), default=None)


def ranked(trials: Iterable[Trial], objective: Objective) -> list[Trial]:
    """Complete trials, best first; equals in order of number."""
    complete = [t for t in trials if t.state is TrialState.COMPLETE and t.scored]
    return sorted(complete, key=_rank(objective))


def _rank(objective: Objective) -> Callable[[Trial], tuple[float, int]]:
    sign = -objective.sign
    return lambda trial: (sign * (trial.score or 0.0), trial.number)


def commonest_ending(trials: Iterable[Trial]) -> tuple[str, int] | None:
    """Why most of these trials did not complete, and how many; None without trials.

    Reasons hold each trial's own numbers: the first one of a kind stands for all.
    """
    ended = list(trials)
    counts = Counter(map(_ending, ended))
    if not counts:
        return None
    ending, count = counts.most_common(1)[0]
    first = next(trial for trial in ended if _ending(trial) == ending)
    return first.error or first.remark or "no reason given", count


def _ending(trial: Trial) -> str:
    """How a trial ended, without its own numbers."""
    return re.sub(r"[-+]?\d[\d.,]*(e[-+]?\d+)?", "0", trial.error or str(trial.state))


def objective_values(trial: Trial, objectives: Sequence[Objective]) -> tuple[float, ...]:
    """What a finished trial came to in each of several objectives; () for one, or without a score.

    The first is the trial's score; `seconds` its duration; the others are those that the trainer
    left in `notes["objectives"]`, NaN where it did not.
    """
    if len(objectives) < 2 or trial.score is None:
        return ()
    measured = {"seconds": trial.duration_s, **trial.notes.get("objectives", {})}
    others = (float(measured.get(o.metric, math.nan)) for o in objectives[1:])
    return (float(trial.score), *others)


def has_values(trial: Trial, objectives: Sequence[Objective]) -> bool:
    """Whether a trial has ended with a finite number for every objective."""
    if len(objectives) == 1:
        return trial.scored
    known = len(trial.values) == len(objectives) and all(map(math.isfinite, trial.values))
    return trial.scored and known


def pareto_front(trials: Iterable[Trial], objectives: Sequence[Objective]) -> list[Trial]:
    """The complete trials that no other one beats, best in the first objective first.

    One trial beats another where it is at least as good in every objective and better in one;
    equals are on the front together. Trials without a finite number for each objective are left
    out. With one objective, the best trials.
    """

    def losses(trial: Trial) -> tuple[float, ...]:
        values = trial.values if len(objectives) > 1 else (trial.score or 0.0,)
        return tuple(-o.sign * value for o, value in zip(objectives, values, strict=True))

    complete = [t for t in trials if t.state is TrialState.COMPLETE and has_values(t, objectives)]
    front: list[tuple[Trial, tuple[float, ...]]] = []
    # In this order no trial is beaten by one that comes after it.
    for trial in sorted(complete, key=lambda t: (losses(t), t.number)):
        own = losses(trial)
        if not any(_dominates(others, own) for _, others in front):
            front.append((trial, own))
    return [trial for trial, _ in front]


def _dominates(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one != other and all(a <= b for a, b in zip(one, other, strict=True))


def ends_round(memory: Mapping[str, Any]) -> bool:
    """Whether, by what a strategy remembers of a trial, the next should wait for results."""
    return bool(memory.get("ends_round", False))


def trial_rng(seed: int, number: int, attempt: int = 0) -> np.random.Generator:
    """The generator behind one proposal: a function of the study's seed and the trial's number."""
    entropy = [seed, number] if attempt == 0 else [seed, number, attempt]
    return np.random.default_rng(entropy)


def training_seed(seed: int, number: int, execution: int = 0) -> int:
    """The seed (in [0, 2³¹)) with which a trial's training starts, from the same two numbers."""
    state = np.random.SeedSequence([seed, number, execution]).generate_state(1)[0]
    return int(state) & 0x7FFF_FFFF
