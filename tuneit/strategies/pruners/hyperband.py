"""`hyperband` stops trials that are not among the best at a rung of their bracket."""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

from tuneit.strategies.pruners.asha import Asha
from tuneit.strategies.pruners.rule import Standing, at_least


@dataclass(frozen=True)
class Hyperband:
    """Successive halving in brackets, each of which begins to compare later (Li et al. 2018).

    A trial's bracket follows from its number. `max_resource` is the longest training in epochs;
    by default that of the budget or, without one, of the longest complete trial.
    """

    min_resource: int = 1
    max_resource: int | None = None
    reduction_factor: int = 3

    def __post_init__(self) -> None:
        at_least("min_resource", self.min_resource, 1)
        at_least("reduction_factor", self.reduction_factor, 2)

    def brackets(self, longest: int) -> list[int]:
        """The share of trials in each bracket (Li et al.): the earliest to compare have most."""
        ratio = max(1.0, longest / self.min_resource)
        last = int(math.log(ratio) / math.log(self.reduction_factor) + 1e-9)
        return [
            math.ceil((last + 1) * self.reduction_factor ** (last - b) / (last - b + 1))
            for b in range(last + 1)
        ]

    @staticmethod
    def bracket(number: int, shares: Sequence[int]) -> int:
        """The bracket of a trial, by a hash of its number, so that neighbours differ."""
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
