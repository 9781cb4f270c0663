"""Whether and how recommendations are proved by experiment after the search."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, PositiveInt

from tuneit.study.part import Name, Part, Seconds

Actions = Annotated[tuple[Name, ...], Field(strict=False, min_length=1)]


class TreatSpec(Part):
    """Trains recommended changes beside the best model, in pairs, when the search has ended."""

    actions: Actions | None = Field(
        default=None, description="Treatments, such as [dropout, l2]; default: the recommended."
    )
    top: PositiveInt = Field(default=3, description="Recommendations at most.")
    seeds: PositiveInt | None = Field(
        default=None, description="Pairs of trainings; default: as many as the test needs."
    )
    time: Seconds | None = Field(
        default=None, description="Time for it; never more than budget.time has left."
    )
    min_gain: float | None = Field(
        default=None,
        ge=0,
        description="The least relevant gain of the objective; default: 1 % of the distance from a "
        "trivial model's score to the best model's.",
    )


def as_treat(value: object) -> object:
    """Read `auto` as the settings that they are by default."""
    return {} if value == "auto" else value
