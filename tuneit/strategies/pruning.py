"""Pruners: rules that stop a trial which is unlikely to become the best.

All compare best-so-far values: the best weights are restored when a trial ends, so that a bad
epoch after a good one costs nothing. A trial that ended by itself (early stopping) before the
epoch in question stands with its final best; one that was pruned or paused before it does not
count. A trial that continues a paused one's training stands for both.
Options bear the names that Optuna gives them; epochs count from 1.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tuneit.errors import PruningError, did_you_mean, one_of
from tuneit.strategies.options import with_options
from tuneit.strategies.wilcoxon import Wilcoxon
from tuneit.study import PruningSpec
from tuneit.trials import Objective, Trial, TrialState


@dataclass(frozen=True)
class Standing:
    """What a rule sees of a trial: `best` so far at each epoch, higher better, from epoch 1.

    `value` is the objective as reported at this epoch, `longest` a full training in epochs (0 where
    that is not known).
    """

    number: int
    epoch: int
    value: float
    best: Sequence[float]
    scores: Scores
    longest: int


class Rule(Protocol):
    """Says in half a sentence why a trial should stop, or None."""

    def judge(self, standing: Standing) -> str | None:
        """Return the reason, worded with the objective's own numbers, or None."""


class Scores:
    """Best-so-far series of all trials, kept up to date at the cost of one trial an epoch."""

    def __init__(self, objective: Objective) -> None:
        self.objective = objective
        self._seen: list[Trial] = []
        self._ended: dict[int, tuple[TrialState, NDArray[np.float64]]] = {}
        self._running: dict[int, list[float]] = {}
        self._paused: set[int] = set()
        self._continued: set[int] = set()

    def hear(self, number: int, epoch: int, value: float, parent: int | None = None) -> list[float]:
        """Add a running trial's value; epoch 1 begins anew. Returns its best so far.

        A trial goes on from the epochs of its `parent`, if it has one.
        """
        series = self._running.setdefault(number, [])
        if parent is not None:
            self._continued.add(parent)
            if not series and parent in self._ended:
                series.extend(self._ended[parent][1].tolist())
        del series[epoch - 1 :]
        signed = self.objective.sign * value
        previous = series[-1] if series else -math.inf
        series.extend([previous] * (epoch - 1 - len(series)))
        series.append(max(previous, signed) if not math.isnan(signed) else previous)
        return series

    def read(self, trials: Sequence[Trial]) -> None:
        """Take in trials that ended since the last call."""
        if len(trials) < len(self._seen):
            self._seen, self._ended, self._paused, self._continued = [], {}, set(), set()
        for index, trial in enumerate(trials):
            if index < len(self._seen) and self._seen[index] is trial:
                continue
            if trial.finished:
                self._running.pop(trial.number, None)
                self._ended[trial.number] = (trial.state, self._series(trial))
                if trial.epochs >= trial.memory.get("epochs", math.inf):
                    self._paused.add(trial.number)
                if trial.parent is not None and trial.epochs:
                    self._continued.add(trial.parent)
            if index < len(self._seen):
                self._seen[index] = trial
            else:
                self._seen.append(trial)

    def _series(self, trial: Trial) -> NDArray[np.float64]:
        values = None if trial.curve is None else trial.curve.get(self.objective.metric)
        if values is None:
            return np.empty(0)
        signed = self.objective.sign * values
        best: NDArray[np.float64] = np.maximum.accumulate(
            np.where(np.isnan(signed), -np.inf, signed)
        )
        return best

    def at(self, epoch: int, besides: int, *, complete_only: bool = False) -> dict[int, float]:
        """Best so far at an epoch of all other trials that got there, by number."""
        values = {}
        for number, (state, series) in self._ended.items():
            if number == besides or number in self._continued or not len(series):
                continue
            if state is TrialState.COMPLETE and (
                epoch <= len(series) or number not in self._paused
            ):
                values[number] = float(series[min(epoch, len(series)) - 1])
            elif not complete_only and epoch <= len(series):
                values[number] = float(series[epoch - 1])
        if not complete_only:
            for number, running in self._running.items():
                if number != besides and epoch <= len(running):
                    values[number] = running[epoch - 1]
        return values

    def longest(self) -> int:
        """Epochs of the longest complete trial; 0 where there is none."""
        complete = (len(s) for state, s in self._ended.values() if state is TrialState.COMPLETE)
        return max(complete, default=0)


@dataclass
class Pruner:
    """Asks a rule at each epoch; never before `min_epochs`, nor after a trial's last epoch."""

    rule: Rule
    objective: Objective
    min_epochs: int = 1
    epochs: int | None = None
    _scores: Scores = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._scores = Scores(self.objective)

    def reason(self, number: int, epoch: int, value: float, trials: Sequence[Trial]) -> str | None:
        """Return why the trial should stop after this epoch (from 1), or None.

        `value` is the objective's metric at this epoch; `trials` are the study's in order of
        number, of which the finished ones are compared with, beside those that report here while
        they run.
        """
        self._scores.read(trials)
        memory = trials[number].memory if number < len(trials) else {}
        best = self._scores.hear(number, epoch, value, memory.get("parent"))
        last = memory.get("epochs", self.epochs)
        if epoch < self.min_epochs or (last is not None and epoch >= last):
            return None
        longest = self.epochs or self._scores.longest()
        return self.rule.judge(Standing(number, epoch, value, best, self._scores, longest))

    def reason_after_execution(
        self, number: int, scores: Sequence[float], trials: Sequence[Trial]
    ) -> str | None:
        """Return None: what was good enough once is worth its remaining executions."""
        return None


@dataclass(frozen=True)
class Percentile:
    """Stops a trial that is below a percentile of the complete trials at the same epoch.

    `percentile` in (0, 100]: the best so many per cent go on. The rule is Golovin et al.'s
    (2017, Google Vizier) for 50. It keeps silent before `n_startup_trials` are complete and
    during the first `n_warmup_steps` epochs, and looks at every `interval_steps`-th epoch.
    """

    percentile: float = 25.0
    n_startup_trials: int = 5
    n_warmup_steps: int = 0
    interval_steps: int = 1

    def __post_init__(self) -> None:
        if not 0 < self.percentile <= 100:
            raise ValueError(f"percentile must be in (0, 100], but is {self.percentile}")
        _at_least("interval_steps", self.interval_steps, 1)

    def judge(self, standing: Standing) -> str | None:
        """Compare with the complete trials."""
        if standing.epoch <= self.n_warmup_steps:
            return None
        if (standing.epoch - self.n_warmup_steps - 1) % self.interval_steps:
            return None
        others = standing.scores.at(standing.epoch, standing.number, complete_only=True)
        finite = [value for value in others.values() if math.isfinite(value)]
        if not finite or len(finite) < self.n_startup_trials:
            return None
        bar = float(np.percentile(finite, 100 - self.percentile))
        if standing.best[-1] >= bar:
            return None
        whom = "median" if self.percentile == 50 else f"best {self.percentile:g} %"
        return (
            f"{_so_far(standing)} is worse than the {whom} of {len(finite)} trials"
            f"{_bar(standing, bar)}"
        )


@dataclass(frozen=True)
class Median(Percentile):
    """`Percentile` at 50."""

    percentile: float = 50.0


@dataclass(frozen=True)
class Asha:
    """Asynchronous successive halving (Li et al. 2020), stopping variant.

    At epochs `min_resource × reduction_factor^k` a trial goes on if it is among the best
    1/`reduction_factor` of those that got there (or the best of fewer than that many).
    """

    min_resource: int = 1
    reduction_factor: int = 3
    min_early_stopping_rate: int = 0

    def __post_init__(self) -> None:
        _at_least("min_resource", self.min_resource, 1)
        _at_least("reduction_factor", self.reduction_factor, 2)
        _at_least("min_early_stopping_rate", self.min_early_stopping_rate, 0)

    def is_rung(self, epoch: int) -> bool:
        """Whether trials are compared after this epoch."""
        rung = self.min_resource * self.reduction_factor**self.min_early_stopping_rate
        while rung < epoch:
            rung *= self.reduction_factor
        return bool(rung == epoch)

    def judge(self, standing: Standing) -> str | None:
        """Compare with all trials at a rung."""
        if not self.is_rung(standing.epoch):
            return None
        others = standing.scores.at(standing.epoch, standing.number)
        return self.compare(standing, list(others.values()))

    def compare(self, standing: Standing, others: list[float]) -> str | None:
        """Tell whether a trial is among the best 1/`reduction_factor` of these and itself."""
        ranked = sorted([*others, standing.best[-1]], reverse=True)
        going_on = max(1, len(ranked) // self.reduction_factor)
        bar = ranked[going_on - 1]
        if standing.best[-1] >= bar:
            return None
        return (
            f"{_so_far(standing)} is not among the best {going_on} of {len(ranked)} trials"
            f"{_bar(standing, bar)}"
        )


@dataclass(frozen=True)
class Hyperband:
    """Successive halving in brackets that start to compare ever later (Li et al. 2018).

    A trial's bracket follows from its number. `max_resource` is the longest training in epochs;
    by default the budget's, or else that of the longest complete trial.
    """

    min_resource: int = 1
    max_resource: int | None = None
    reduction_factor: int = 3

    def __post_init__(self) -> None:
        _at_least("min_resource", self.min_resource, 1)
        _at_least("reduction_factor", self.reduction_factor, 2)

    def brackets(self, longest: int) -> list[int]:
        """Shares of trials in the brackets, as Li et al. allot them: most to the most eager."""
        ratio = max(1.0, longest / self.min_resource)
        last = int(math.log(ratio) / math.log(self.reduction_factor) + 1e-9)
        return [
            math.ceil((last + 1) * self.reduction_factor ** (last - b) / (last - b + 1))
            for b in range(last + 1)
        ]

    @staticmethod
    def bracket(number: int, shares: Sequence[int]) -> int:
        """The bracket of a trial: a hash of its number, so that neighbours are mixed."""
        place = zlib.crc32(str(number).encode()) % sum(shares)
        for index, share in enumerate(shares):
            place -= share
            if place < 0:
                return index
        return len(shares) - 1

    def judge(self, standing: Standing) -> str | None:
        """Compare with the trials of the same bracket at a rung of this bracket."""
        longest = self.max_resource or standing.longest
        if not longest:
            return None
        shares = self.brackets(longest)
        own = self.bracket(standing.number, shares)
        rule = Asha(self.min_resource, self.reduction_factor, own)
        if not rule.is_rung(standing.epoch):
            return None
        others = standing.scores.at(standing.epoch, standing.number)
        return rule.compare(
            standing, [v for number, v in others.items() if self.bracket(number, shares) == own]
        )


@dataclass(frozen=True)
class OneEpoch:
    """Lets a trial train on after `epochs` epochs only if it is among the `best` there so far.

    The stopping form of strategy one_epoch: since later trials are not known yet, some more than
    `best` are finished, of n trials in random order about best × (1 + ln(n / best)).
    """

    epochs: int = 1
    best: int = 3

    def __post_init__(self) -> None:
        _at_least("epochs", self.epochs, 1)
        _at_least("best", self.best, 1)

    def judge(self, standing: Standing) -> str | None:
        """Compare with all trials that got there."""
        if standing.epoch != self.epochs:
            return None
        others = standing.scores.at(standing.epoch, standing.number).values()
        better = sorted((v for v in others if v > standing.best[-1]), reverse=True)
        if len(better) < self.best:
            return None
        return (
            f"{_so_far(standing)} is not among the best {self.best} of {len(others) + 1} trials"
            f"{_bar(standing, better[self.best - 1])}"
        )


@dataclass(frozen=True)
class Patient:
    """Stops a trial that has not improved by more than `min_delta` for `patience` epochs.

    With `wrapped` (another pruner's name) only where that one would stop it, too.
    """

    patience: int = 5
    min_delta: float = 0.0
    wrapped: str | None = None
    options: dict[str, Any] = field(default_factory=dict)
    _inner: Rule | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        _at_least("patience", self.patience, 1)
        if self.wrapped is not None:
            object.__setattr__(self, "_inner", _rule(self.wrapped, self.options))

    def judge(self, standing: Standing) -> str | None:
        """Look for an improvement, then ask the wrapped rule."""
        if len(standing.best) <= self.patience:
            return None
        if standing.best[-1] - standing.best[-1 - self.patience] > self.min_delta:
            return None
        if self._inner is not None:
            reason = self._inner.judge(standing)
            return (
                None if reason is None else f"no progress for {self.patience} epochs, and {reason}"
            )
        return f"{_so_far(standing)} has not improved for {self.patience} epochs"


@dataclass(frozen=True)
class Threshold:
    """Stops a trial whose objective leaves [`lower`, `upper`], or is not a number.

    It keeps silent during the first `n_warmup_steps` epochs.
    """

    lower: float | None = None
    upper: float | None = None
    n_warmup_steps: int = 0

    def __post_init__(self) -> None:
        if self.lower is None and self.upper is None:
            raise ValueError("give `lower`, `upper` or both, as values of the objective")

    def judge(self, standing: Standing) -> str | None:
        """Compare this epoch's value with the two ends."""
        if standing.epoch <= self.n_warmup_steps:
            return None
        metric, value = standing.scores.objective.metric, standing.value
        where = f"{metric} {value:.4g} at epoch {standing.epoch}"
        if math.isnan(value):
            return f"{where} is not a number"
        if self.lower is not None and value < self.lower:
            return f"{where} is below {self.lower:g}"
        if self.upper is not None and value > self.upper:
            return f"{where} is above {self.upper:g}"
        return None


@dataclass(frozen=True)
class Never:
    """Lets every trial train to its end."""

    def judge(self, standing: Standing) -> str | None:
        """Return None."""
        return None


RULES: dict[str, type[Any]] = {
    "none": Never,
    "median": Median,
    "percentile": Percentile,
    "hyperband": Hyperband,
    "asha": Asha,
    "one_epoch": OneEpoch,
    "patient": Patient,
    "threshold": Threshold,
}


def make_pruner(
    spec: PruningSpec, objective: Objective, epochs: int | None = None
) -> Pruner | Wilcoxon:
    """Make the pruner that a study names; `epochs` is a trial's budget, if it is known.

    Raises PruningError for a name or an option that does not exist, or a value that makes no sense.
    """
    if spec.name == "wilcoxon":  # the one that judges executions rather than epochs
        given = {"objective": objective}
        made: Wilcoxon = with_options(
            Wilcoxon, "pruning wilcoxon", spec.options, given, error=PruningError
        )
        return made
    return Pruner(_rule(spec.name, spec.options), objective, spec.min_epochs, epochs)


def _rule(name: str, options: dict[str, Any]) -> Rule:
    if name not in RULES:
        raise PruningError(f"a pruner is {one_of(RULES)}, not '{name}'{did_you_mean(name, RULES)}")
    rule: Rule = with_options(RULES[name], f"pruning {name}", options, error=PruningError)
    return rule


def _at_least(name: str, value: int, least: int) -> None:
    if value < least:
        raise ValueError(f"{name} must be at least {least}, but is {value}")


def _so_far(standing: Standing) -> str:
    objective = standing.scores.objective
    best = objective.sign * standing.best[-1]
    return f"{objective.metric} {best:.4g} at epoch {standing.epoch}"


def _bar(standing: Standing, bar: float) -> str:
    return f" ({standing.scores.objective.sign * bar:.4g})"
