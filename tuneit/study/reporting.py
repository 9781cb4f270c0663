"""How a study's report looks, and what it weighs."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, PositiveFloat, model_validator

from tuneit.study.part import Part, RuleError


class ErrorCosts(Part):
    """What the two kinds of errors cost: of two classes, or of each label of several."""

    false_positive: float = Field(
        default=1.0, ge=0, description="Cost of a row that is wrongly answered as positive."
    )
    false_negative: float = Field(
        default=1.0, ge=0, description="Cost of a positive row that is missed."
    )

    @model_validator(mode="after")
    def _some_error_costs(self) -> ErrorCosts:
        if not self.false_positive and not self.false_negative:
            raise RuleError([((), "some error must cost something: give one a number above 0")])
        return self


class ReportSpec(Part):
    """How the report looks, and what it weighs."""

    theme: Literal["light", "dark", "auto"] = Field(
        default="auto", description="Colours; auto follows the reader's system."
    )
    beta: PositiveFloat | None = Field(
        default=None,
        description="Adds the F-score that weighs recall this many times as much as precision: 2 "
        "where misses are worse, 0.5 where false alarms are.",
    )
    costs: ErrorCosts | None = Field(
        default=None,
        description="What errors cost, such as {false_positive: 1, false_negative: 20}: of two "
        "classes, and of each label of a multi-label model, the threshold with the lowest cost on "
        "validation rows is shown on test rows.",
    )
