"""Successive halving with promotion: many short trainings, of which the best are continued.

A promotion is a new trial that continues its parent's training, with the weights and the optimiser
state of its checkpoint. Its position in the schedule is stored in the trial's memory.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from tuneit.space import Params
from tuneit.strategies.base import Situation, Suggestion
from tuneit.strategies.history import untried
from tuneit.trials import Memory, Objective, Place, Trial, TrialState, ranked


@dataclass(frozen=True)
class Rung:
    """`size` trials, each trained to `epochs` epochs in total; the best `promotes` go on."""

    size: int
    epochs: int
    promotes: int


Bracket = tuple[Rung, ...]


@dataclass(frozen=True)
class Halving:
    """Runs through `brackets` repeatedly; the configurations of each first rung are random.

    The best of a rung are known when all its trials have ended. Until then the next bracket
    begins, so that no worker waits. The last proposal of a rung has `ends_round`: a trainer that
    trains many trials at once then waits for results. A trial that ended before its last epoch
    (by early stopping) may be among the best, but is not continued.
    """

    brackets: tuple[Bracket, ...]

    def propose(self, situation: Situation) -> Suggestion | None:
        """Return the first promotion that is due; if there is none, a new configuration.

        None if every configuration was tried and nothing can be promoted (yet).
        """
        rng = situation.rng
        fresh: Params | None = None
        rungs = _by_place(situation.trials)
        parents = {t.parent for t in situation.trials}
        begun = max((bracket for bracket, _ in rungs), default=-1)
        for number in range(begun + 2):
            bracket = self.brackets[number % len(self.brackets)]
            for rung, plan in enumerate(bracket):
                members = rungs.get((number, rung), [])
                if rung == 0 and len(members) < plan.size:
                    fresh = fresh or untried(situation, lambda: situation.space.sample(rng))
                    if fresh is not None:
                        ends = len(members) + 1 == plan.size
                        return Suggestion(fresh, _memory(number, 0, plan, ends_round=ends))
                if not all(t.finished for t in members):
                    break
                winners = _winners(members, plan.promotes, situation.objective)
                due = [t for t in winners if t.number not in parents]
                if due:
                    ends = len(due) == 1
                    memory = _memory(number, rung + 1, bracket[rung + 1], ends_round=ends)
                    return Suggestion(dict(due[0].params), replace(memory, parent=due[0].number))
        return None


def _by_place(trials: Iterable[Trial]) -> dict[tuple[int, int], list[Trial]]:
    rungs: dict[tuple[int, int], list[Trial]] = {}
    for trial in trials:
        place = trial.memory.place
        if place is not None:
            rungs.setdefault((place.bracket, place.rung), []).append(trial)
    return rungs


def _winners(members: Sequence[Trial], promotes: int, objective: Objective) -> Iterator[Trial]:
    for trial in ranked(members, objective)[:promotes]:
        if trial.epochs >= (trial.memory.epochs or 0):
            yield trial


def _memory(bracket: int, rung: int, plan: Rung, *, ends_round: bool) -> Memory:
    place = Place(bracket, rung, plan.size, plan.promotes)
    return Memory(epochs=plan.epochs, ends_round=ends_round, place=place)


def awaited(trials: Sequence[Trial], objective: Objective) -> set[int]:
    """Numbers of the trials whose checkpoints may still be continued."""
    continued = {t.parent for t in trials if t.finished}
    needed: set[int] = set()
    for members in _by_place(trials).values():
        place = members[0].memory.place
        assert place is not None  # `_by_place` returns only such trials
        size, promotes = place.size, place.promotes
        decided = len(members) >= size and all(t.finished for t in members)
        possible = [t for t in members if t.state is TrialState.COMPLETE]
        if decided:
            possible = list(_winners(members, promotes, objective))
        needed |= {t.number for t in possible if promotes} - continued
    return needed


def hyperband(
    epochs: int, trials: int | None = None, reduction_factor: int = 3, min_epochs: int = 1
) -> tuple[Bracket, ...]:
    """Hyperband's brackets (Li et al. 2018) for trainings of at most `epochs`.

    If the budget of `trials` (promotions count too) is too small for the first bracket to train
    anything to the end, the brackets that begin with the shortest trainings are left out.
    """
    ratio = max(1.0, epochs / min_epochs)
    most = int(math.log(ratio) / math.log(reduction_factor) + 1e-9)
    for last in range(most, -1, -1):
        brackets = tuple(
            _bracket(
                math.ceil((last + 1) * reduction_factor**s / (s + 1)), s, epochs, reduction_factor
            )
            for s in range(last, -1, -1)
        )
        if trials is None or last == 0 or sum(rung.size for rung in brackets[0]) <= trials:
            return brackets
    raise AssertionError("the last bracket always fits")


def _bracket(size: int, rungs: int, epochs: int, factor: int) -> Bracket:
    sizes = [max(1, size // factor**rung) for rung in range(rungs + 1)]
    return tuple(
        Rung(n, max(1, round(epochs / factor ** (rungs - rung))), promotes)
        for rung, (n, promotes) in enumerate(zip(sizes, [*sizes[1:], 0], strict=True))
    )
