"""The state of all members after an epoch, and what one member takes from it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from tuneit.training.cohort.embedding import Embedding
from tuneit.training.cohort.template import State, Template
from tuneit.training.models.finite_weights import finite_members


class Snapshot:
    """The stacked state after an epoch as arrays; each part is fetched once, when it is needed.

    A position is a member's place along the leading axis of the arrays. What a member takes has
    the shapes of its own model, which its embedding knows.
    """

    def __init__(self, state: State, template: Template) -> None:
        self._state, self._template = state, template

    @cached_property
    def finite(self) -> Any:
        """Whether weights and statistics are finite: bool of shape (variables, positions)."""
        return finite_members((*self._state.weights, *self._state.statistics))

    def variables(self, position: int, embedding: Embedding) -> list[Any]:
        """A member's weights, then its statistics."""
        return [embedding.narrow(i, array[position]) for i, array in enumerate(self._variables)]

    def slots(self, position: int, embedding: Embedding) -> list[Any]:
        """The variables of a member's optimizer."""
        both = zip(self._template.slot_weights, self._slots, strict=True)
        return [embedding.narrow(weight, array[position]) for weight, array in both]

    @cached_property
    def _variables(self) -> list[Any]:
        return [tensor.numpy() for tensor in (*self._state.weights, *self._state.statistics)]

    @cached_property
    def _slots(self) -> list[Any]:
        return [tensor.numpy() for tensor in self._state.slots]
