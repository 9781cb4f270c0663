"""The state of all members after an epoch, and what one member takes from it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from tuneit.training.cohort.template import State
from tuneit.training.models.finite_weights import finite_members


class Snapshot:
    """The stacked state after an epoch as arrays; each part is fetched once, when it is needed.

    A position is a member's place along the leading axis of the arrays.
    """

    def __init__(self, state: State) -> None:
        self._state = state

    @cached_property
    def finite(self) -> Any:
        """Whether weights and statistics are finite: bool of shape (variables, positions)."""
        return finite_members((*self._state.weights, *self._state.statistics))

    def variables(self, position: int) -> list[Any]:
        """A member's weights, then its statistics."""
        return [array[position].copy() for array in self._variables]

    def slots(self, position: int) -> list[Any]:
        """The variables of a member's optimizer."""
        return [array[position].copy() for array in self._slots]

    @cached_property
    def _variables(self) -> list[Any]:
        return [tensor.numpy() for tensor in (*self._state.weights, *self._state.statistics)]

    @cached_property
    def _slots(self) -> list[Any]:
        return [tensor.numpy() for tensor in self._state.slots]
