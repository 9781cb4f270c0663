"""A narrow model as a part of a wider one, whose other weights are zero."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tuneit.training.cohort.layer_masks import EmbeddingError, Mask, Masks
from tuneit.training.cohort.template import state_variables
from tuneit.training.keras_loader import load_keras

load_keras()
import numpy as np  # noqa: E402


@dataclass(frozen=True, eq=False)
class Embedding:
    """Where the variables of a narrow model stand in those of the model `wide`.

    `masks` and `shapes` (of the narrow variables) are in the order of `state_variables`; a mask is
    None where both models have the same shape. `noise_channels` is for layers of the wide model
    that draw random numbers: by a layer's place in `_flatten_layers`, the place that each of its
    input's channels has in the narrow model, int32 of shape (channels,). It has only layers where
    these places differ.
    """

    wide: Any
    masks: Sequence[Mask | None]
    shapes: Sequence[tuple[int, ...]]
    noise_channels: Mapping[int, Any] = field(default_factory=dict)

    @classmethod
    def whole(cls, model: Any) -> Embedding:
        """A model as the whole of itself."""
        shapes = [tuple(variable.shape) for variable in state_variables(model)]
        return cls(model, [None] * len(shapes), shapes)

    @classmethod
    def of(cls, wide: Any, narrow: Any) -> Embedding:
        """Find where `narrow` stands in `wide`, a model that differs in widths only.

        Raises EmbeddingError if a narrow model would not compute the same there.
        """
        found = Masks(wide, narrow)
        optimizer = narrow.optimizer
        # Of a weight that is always zero, Adam's step would be 0 / 0 without an epsilon.
        if 0 in (
            getattr(optimizer, "epsilon", 1),
            getattr(optimizer, "initial_accumulator_value", 1),
        ):
            raise EmbeddingError("its optimizer divides by zero where a gradient is always zero")
        masks: list[Mask | None] = []
        shapes = [tuple(variable.shape) for variable in state_variables(narrow)]
        for variable, shape in zip(state_variables(wide), shapes, strict=True):
            mask = found.of.get(id(variable))
            if mask is not None and mask.all():
                mask = None
            if (_shape_within(mask) if mask is not None else tuple(variable.shape)) != shape:
                raise EmbeddingError(f"weight '{variable.path}' is not of the wide model's kind")
            masks.append(mask)
        return cls(wide, masks, shapes, found.noise_channels)

    def widen(self, place: int | None, narrow: Any, wide: Any) -> Any:
        """A narrow array in its place; the other elements are those of the array `wide`.

        `place` counts the variables, as everywhere here; None means that both have one shape.
        """
        if place is None or (mask := self.masks[place]) is None:
            return narrow
        filled = np.array(wide)
        filled[mask] = np.ravel(narrow)
        return filled

    def narrow(self, place: int | None, wide: Any) -> Any:
        """The elements of a wide array that the narrow model has."""
        if place is None or (mask := self.masks[place]) is None:
            return wide.copy()
        return wide[mask].reshape(self.shapes[place])


def _shape_within(mask: Mask) -> tuple[int, ...]:
    """The lengths of a mask's axes, counting where there is an element at all."""
    axes = range(mask.ndim)
    return tuple(int(mask.any(tuple(a for a in axes if a != axis)).sum()) for axis in axes)
