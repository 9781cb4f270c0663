"""Random changes of training rows, as a study names them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from tuneit.study.part import Part


class Strengths(Part):
    """A range in which a strength is searched."""

    min: float = Field(default=0.0, ge=0, description="The least strength.")
    max: float = Field(gt=0, le=1, description="The greatest strength.")

    @model_validator(mode="after")
    def _is_a_range(self) -> Strengths:
        if self.min >= self.max:
            raise ValueError(f"min < max must hold, but they are {self.min} and {self.max}")
        return self


def _form(value: object) -> str:
    return "range" if isinstance(value, (dict, Strengths)) else "strength"


Strength = Annotated[
    Annotated[float, Field(gt=0, le=1), Tag("strength")] | Annotated[Strengths, Tag("range")],
    Discriminator(_form),
]
"""A fixed strength, or a range that is searched."""


class AugmentSpec(Part):
    """Random changes of the inputs in training alone; each strength is fixed or a searched range.

    All but noise and mixup are for pictures.
    """

    flip: Literal["horizontal", "vertical", "both"] | None = Field(
        default=None, description="Mirror half of the pictures."
    )
    rotation: Strength | None = Field(
        default=None, description="Turn by up to this share of a full turn, either way."
    )
    shift: Strength | None = Field(
        default=None, description="Move by up to this share of height and width."
    )
    zoom: Strength | None = Field(
        default=None, description="Make larger or smaller by up to this share."
    )
    brightness: Strength | None = Field(
        default=None, description="Make lighter or darker by up to this share of the range."
    )
    contrast: Strength | None = Field(
        default=None, description="Change the contrast by up to this share."
    )
    noise: Strength | None = Field(
        default=None,
        description="Add noise; its standard deviation is this share of the inputs'.",
    )

    mixup: Strength | None = Field(
        default=None,
        description="Train on mixtures of two rows and of their targets; this is the alpha of "
        "their shares, which are drawn from Beta(alpha, alpha). For real numbers as inputs, and "
        "numbers or one-hot classes (`one_hot: true`) as targets.",
    )

    @property
    def of_pictures(self) -> list[str]:
        """The changes that are asked for and that only pictures can have."""
        asked = [name for name in type(self).model_fields if getattr(self, name) is not None]
        return [name for name in asked if name not in ("noise", "mixup")]
