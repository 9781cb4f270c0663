"""An example of learning curves, made from a few numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

_GOLDEN = (math.sqrt(5) - 1) / 2
"""Its multiples modulo 1 spread evenly, and successive ones differ: they are a repeatable noise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The course of one quantity over the epochs.

    It goes from `start` to `end` and covers 63 % of what is left in every `pace` epochs. After
    epoch `onset` it rises by `rise` an epoch; `swing` is the width of its swings.
    """

    start: float
    end: float
    pace: float = 5.0
    onset: int = 0
    rise: float = 0.0
    swing: float = 0.0

    def values(self, epochs: int) -> list[float]:
        """The value after each epoch, in the quantity's unit."""
        return [self._value(epoch) for epoch in range(epochs)]

    def _value(self, epoch: int) -> float:
        smooth = self.end + (self.start - self.end) * math.exp(-epoch / self.pace)
        noise = self.swing * ((epoch + 1) * _GOLDEN % 1 - 0.5)
        return smooth + self.rise * max(0, epoch + 1 - self.onset) + noise


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """Learning curves that get the verdict or finding of the row in which they stand.

    `target` is the value of `metric` that was asked for; without it the curves are judged alone.
    `others` are further series by their name, such as `val_accuracy`.
    """

    train: Course
    validation: Course | None
    epochs: int = 40
    metric: str = "loss"
    target: float | None = None
    others: Mapping[str, Course] = field(default_factory=dict)

    def history(self) -> dict[str, list[float]]:
        """The series by name, as a Keras `History.history` has them."""
        series = {self.metric: self.train.values(self.epochs)}
        if self.validation is not None:
            series[f"val_{self.metric}"] = self.validation.values(self.epochs)
        return series | {name: course.values(self.epochs) for name, course in self.others.items()}
