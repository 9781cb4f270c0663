"""Which of the trials are the best, and how most of the others ended."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from tuneit.trials.objective import Objective
from tuneit.trials.trial import Trial, TrialState


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
    left in `facts.measured`, NaN where it did not.
    """
    if len(objectives) < 2 or trial.score is None:
        return ()
    measured = {"seconds": trial.duration_s, **trial.facts.measured}
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
