"""The threshold with the lowest cost: chosen on validation rows, shown on test rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from tuneit.evaluation.calibration import Calibration
from tuneit.evaluation.threshold_curve import ThresholdCurve
from tuneit.evaluation.two_classes import TwoClasses


class Thresholds(Protocol):
    """What decides between two classes by a threshold: a classification, or a label of several."""

    @property
    def two(self) -> TwoClasses | None:
        """The four cells of the model's own answers on the test rows."""

    @property
    def curve(self) -> ThresholdCurve | None:
        """The test rows at each threshold."""

    @property
    def validation_curve(self) -> ThresholdCurve | None:
        """The validation rows at each threshold."""

    @property
    def calibration(self) -> Calibration | None:
        """The calibration of the scores; None where they are no probabilities."""


@dataclass(frozen=True)
class Decision:
    """A rule of decision: its four cells on the test rows, and the cost of a row on average.

    `threshold` is the score from which the answer is positive; None where the answer is always the
    same, or where scores are no probabilities.
    """

    name: str
    threshold: float | None
    cells: TwoClasses
    cost: float


@dataclass(frozen=True)
class CostThreshold:
    """The threshold that costs least on `rows` validation rows, beside other decisions.

    `calibrated` is the threshold that would cost least if the scores were exact probabilities
    (C. Elkan, IJCAI 2001, 973–978). `chosen` and `usual` (the model's own answer) are shown on test
    rows, as is the `trivial` answer: always positive or always negative, whichever costs less on
    validation rows.
    """

    false_positive: float
    false_negative: float
    rows: int
    calibrated: float
    chosen: Decision
    usual: Decision
    trivial: Decision

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """The three decisions, the chosen one first."""
        return self.chosen, self.usual, self.trivial

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-ready form, as `summary.json` gives it."""
        return {
            "costs": {"false_positive": self.false_positive, "false_negative": self.false_negative},
            "validation_rows": self.rows,
            "calibrated_threshold": self.calibrated,
            "decisions": [
                {
                    "name": one.name,
                    "threshold": one.threshold,
                    "cost": one.cost,
                    **one.cells.to_dict(),
                    "precision": one.cells.precision,
                    "recall": one.cells.recall,
                }
                for one in self.decisions
            ],
        }


def cost_threshold(
    result: Thresholds, false_positive: float, false_negative: float
) -> CostThreshold | None:
    """Choose the threshold for what errors cost (each at least 0, not both 0).

    Of thresholds that cost the same the one is taken that is nearest to `calibrated`. None where
    there are not two classes with scores for validation and test rows.
    """
    chosen_on, tested = result.validation_curve, result.curve
    if result.two is None or chosen_on is None or tested is None:
        return None
    calibrated = false_positive / (false_positive + false_negative)
    costs = chosen_on.costs(false_positive, false_negative)
    best = np.flatnonzero(costs <= costs.min() * (1 + 1e-9))
    nearest = best[np.abs(chosen_on.thresholds[best] - calibrated).argmin()]
    threshold = float(chosen_on.thresholds[nearest])
    names = result.two.positive, result.two.negative

    def decision(name: str, threshold: float | None, cells: TwoClasses) -> Decision:
        rows = tested.positives + tested.negatives
        return Decision(name, threshold, cells, cells.cost(false_positive, false_negative) / rows)

    misses = chosen_on.positives * false_negative
    alarms = chosen_on.negatives * false_positive
    answer, end = (names[0], -np.inf) if alarms < misses else (names[1], np.inf)
    # Of scores that are no probabilities, the loss decides from which one the answer is positive.
    usual = 0.5 if result.calibration is not None else None
    return CostThreshold(
        false_positive,
        false_negative,
        round(chosen_on.positives + chosen_on.negatives),
        calibrated,
        decision("lowest cost on validation rows", threshold, tested.at(threshold, *names)),
        decision("the model's own answer", usual, result.two),
        decision(f"always {answer}", None, tested.at(end, *names)),
    )
