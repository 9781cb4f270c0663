"""How the members of a cohort are split into stacks."""

from __future__ import annotations

import math
from typing import NamedTuple


class StackLayout(NamedTuple):
    """A number of stacks, each with room for `size` members.

    The tensors of a stack's members are stacked along a leading axis, and one graph computes all
    of them. On a CPU each thread computes one stack at a time. Positions that no member needs are
    padding: they are computed and their results ignored.
    """

    stacks: int
    size: int

    @classmethod
    def of_size(cls, members: int, size: int) -> StackLayout:
        """As many stacks of this size as the members need."""
        return cls(-(-members // size), size)

    @classmethod
    def spread(cls, members: int, threads: int, max_size: float) -> StackLayout:
        """Stacks of equal size, at most `max_size`, so that all threads have the same work."""
        rounds = max(1, math.ceil(members / (threads * max_size)))
        return cls.of_size(members, -(-members // (threads * rounds)))

    @property
    def positions(self) -> int:
        """The positions of all stacks together, padding included."""
        return self.stacks * self.size

    def length(self, threads: int) -> int:
        """The positions that the busiest thread computes, one stack after another."""
        return -(-self.stacks // threads) * self.size
