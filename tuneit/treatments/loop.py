"""The loop: it trains pairs in rounds, and keeps each finished training.

Its trainer, store and display are arguments. If Ctrl-C ends a round, the same command trains that
round again; it reads the finished rounds back.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tuneit.errors import WorkError
from tuneit.errors.wording import figures
from tuneit.treatments.arm import Arm, Run

ROUND = 120.0
"""About how many seconds of training an interruption may lose: a round has as many pairs as one arm
trains in this time, since each arm is kept as it ends (chosen)."""


class RunStore(Protocol):
    """Where finished runs are kept."""

    def runs(self) -> Sequence[Run]:
        """All runs that were kept."""

    def add(self, run: Run) -> None:
        """Keep a run."""


class TrainPairs(Protocol):
    """Trains arms with the seeds and splits of pairs."""

    def __call__(self, arms: Sequence[Arm], pairs: Sequence[int]) -> Iterator[Run]:
        """Yield a run for each arm and pair; a failed training is one with an error."""


class Progress(Protocol):
    """Shows how far the pairs are."""

    def round(self, done: int, wanted: int, arms: int, seconds: float | None) -> None:
        """Show that a round begins: `done` of `wanted` pairs are trained, each in `seconds` if
        known."""

    def trained(self, run: Run) -> None:
        """Show that a training has ended."""


@dataclass
class Pairs:
    """The runs so far, and what trains more.

    No round begins after `deadline`, in seconds of `clock`; None means no limit. `seconds_each` is
    how long one training takes: first an estimate, then what the last round measured; None if
    nothing is known. `notes` collects what a reader of the comparison must know.
    """

    train: TrainPairs
    store: RunStore
    progress: Progress
    clock: Callable[[], float]
    deadline: float | None = None
    seconds_each: float | None = None
    notes: list[str] = field(default_factory=list)
    known: dict[tuple[str, int], Run] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.known |= {(run.arm, run.pair): run for run in self.store.runs()}

    def of(self, arm: Arm) -> list[Run]:
        """The arm's runs, by pair."""
        found = [run for (key, _), run in self.known.items() if key == arm.key]
        return sorted(found, key=lambda run: run.pair)

    def run(self, baseline: Arm, arms: Sequence[Arm], wanted: int) -> int:
        """Train the baseline and the arms in `wanted` pairs; return how many pairs are complete.

        A round has as many pairs as an interruption may lose, since many pairs train together in
        less time than one after another. After the first round, none begins if the time left is too
        short for it. An arm that failed is not trained again. Raises WorkError if the baseline
        fails.
        """
        done, begun = 0, False
        while done < wanted:
            living = [baseline, *(arm for arm in arms if not self._failed(arm))]
            missing = [arm for arm in living if (arm.key, done) not in self.known]
            if not missing:
                done += 1
                continue
            size = self._round_size(wanted - done, len(missing))
            if size == 0 and begun:
                break
            begun, each = True, self.seconds_each
            pair = None if each is None else each * len(living)
            self.progress.round(done, wanted, len(arms), pair)
            self._train(missing, range(done, done + max(1, size)))
            self._require(baseline)
        if done < wanted:
            self.notes.append(
                f"the time was enough for {done} of {wanted} pairs; one takes about "
                f"{figures((self.seconds_each or 0) * len(living), 3)} s"
            )
        return done

    def _train(self, arms: Sequence[Arm], pairs: Sequence[int]) -> None:
        began = self.clock()
        for run in self.train(arms, pairs):
            self.known[run.arm, run.pair] = run
            self.store.add(run)
            self.progress.trained(run)
        self.seconds_each = (self.clock() - began) / len(pairs) / len(arms)

    def _round_size(self, left: int, arms: int) -> int:
        """How many pairs the next round trains; 0 if the time left is too short for one."""
        if self.seconds_each is None:
            return 1
        seconds = max(self.seconds_each, 1e-6)
        size = max(1, math.floor(ROUND / seconds))
        if self.deadline is not None:
            size = min(size, math.floor((self.deadline - self.clock()) / (seconds * arms)))
        return max(0, min(left, size))

    def _failed(self, arm: Arm) -> bool:
        return any(run.error is not None for run in self.of(arm))

    def _require(self, baseline: Arm) -> None:
        for run in self.of(baseline):
            if run.error is not None:
                raise WorkError(
                    "the best trial's configuration could not be trained again, so that nothing "
                    f"can be compared with it: {run.error}"
                )
