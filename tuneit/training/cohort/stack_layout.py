"""Where the members of a cohort sit."""

from __future__ import annotations

import math
from typing import NamedTuple


class StackLayout(NamedTuple):
    """Seats for members: `stacks` of them, of `size` seats each.

    Members of a stack are computed together. A CPU computes several stacks at once, each in a
    lane of its own.
    """

    stacks: int
    size: int

    @classmethod
    def of_size(cls, members: int, size: int) -> StackLayout:
        """Stacks of that size, as many as so many members need."""
        return cls(-(-members // size), size)

    @classmethod
    def spread(cls, members: int, threads: int, stacked: float) -> StackLayout:
        """Stacks for all lanes, as large as each other, of at most `stacked` seats."""
        turns = max(1, math.ceil(members / (threads * stacked)))
        return cls.of_size(members, -(-members // (threads * turns)))

    @property
    def positions(self) -> int:
        """How many there are; those that nobody needs are computed all the same."""
        return self.stacks * self.size

    def length(self, threads: int) -> int:
        """Seats that are computed one after the other where there are so many lanes."""
        return -(-self.stacks // threads) * self.size
