"""Which evaluation an output gets: a file and a row here for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tuneit.evaluation.classification import ClassificationEvaluation, evaluate_classification
from tuneit.evaluation.counts import CountEvaluation, evaluate_counts
from tuneit.evaluation.forecast import ForecastEvaluation, evaluate_forecast
from tuneit.evaluation.multilabel import MultilabelEvaluation, evaluate_multilabel
from tuneit.evaluation.positions import PositionTargets
from tuneit.evaluation.reconstruction import ReconstructionEvaluation, evaluate_reconstruction
from tuneit.evaluation.regression import RegressionEvaluation, evaluate_regression
from tuneit.evaluation.row_inputs import Column, RowInputs
from tuneit.evaluation.segmentation import SegmentationEvaluation, evaluate_segmentation
from tuneit.evaluation.tagging import TaggingEvaluation, evaluate_tagging
from tuneit.evaluation.unmatched import UnmatchedEvaluation, evaluate_unmatched

OutputEvaluation = (
    ClassificationEvaluation
    | MultilabelEvaluation
    | TaggingEvaluation
    | SegmentationEvaluation
    | RegressionEvaluation
    | CountEvaluation
    | ForecastEvaluation
    | ReconstructionEvaluation
    | UnmatchedEvaluation
)

_MOST_COLUMNS = 16
"""Columns of a forecast at most; targets with more are rows to reconstruct, such as images."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """One output's predictions beside the truth, and what is known of the output.

    `predictions` are the model's for the rows of `test`; trivial answers are fitted to `train`.
    `class_names`, `codes`, `threshold` and `from_logits` are those of `evaluate_classification`,
    `loss` is the name of Keras's loss (empty where it is another). `positions` are the axes of a
    row that hold a class each, () for one class a row. `is_copy_of_input` says that the targets are
    the inputs; `inputs` are the features of the test rows where they are a single array.
    `columns` are the same features as people read them, where they are a table. `validation` and
    its predictions are what a threshold is chosen on; None where they are unknown.
    """

    task: Literal["classification", "multilabel", "regression"]
    train: PositionTargets
    test: PositionTargets
    predictions: NDArray[Any]
    class_names: Sequence[str] = ()
    codes: Sequence[float] = ()
    threshold: float | None = None
    from_logits: bool = False
    loss: str = ""
    positions: tuple[int, ...] = ()
    is_copy_of_input: bool = False
    inputs: NDArray[Any] | None = None
    columns: Sequence[Column] = ()
    validation: PositionTargets | None = None
    validation_predictions: NDArray[Any] | None = None

    @property
    def axes(self) -> int:
        """The number of axes of one row of the targets; a column counts as none."""
        shape = self.test.y.shape[1:]
        return 0 if shape == (1,) else len(shape)

    @property
    def fits(self) -> bool:
        """Whether each number of the truth, or each position, has its prediction."""
        predicted, true = np.size(self.predictions), np.size(self.test.y)
        if self.task == "classification":
            places = len(self.test.y) * int(np.prod(self.positions, dtype=np.int64))
            return not self.positions or (places > 0 and predicted % places == 0 < predicted)
        return predicted * len(self.test.y) == true * len(self.predictions)

    @property
    def is_of_whole_rows(self) -> bool:
        """Whether the targets are rows to reproduce: the inputs, images, more than 16 columns."""
        is_wide = self.axes == 2 and self.test.y.shape[2] > _MOST_COLUMNS
        return self.task == "regression" and (self.is_copy_of_input or self.axes > 2 or is_wide)

    @property
    def validated(self) -> tuple[Any, Any] | None:
        """Targets and predictions of the validation rows, where both are known."""
        if self.validation is None or self.validation_predictions is None:
            return None
        return self.validation.y, self.validation_predictions

    def evaluate(self) -> OutputEvaluation:
        """Measure the predictions with the first kind of `KINDS` that applies.

        Raises DataError where predictions are not finite, or rows are missing.
        """
        kind = next(kind for kind in KINDS if kind.applies(self))
        return kind.evaluate(self)


@dataclass(frozen=True)
class Kind:
    """A kind of evaluation: its class, which outputs get it, and how they are measured."""

    of: type[OutputEvaluation]
    applies: Callable[[Comparison], bool]
    evaluate: Callable[[Comparison], OutputEvaluation]


def _by_position(comparison: Comparison) -> dict[str, Any]:
    names = ("positions", "codes", "threshold", "from_logits")
    return {name: getattr(comparison, name) for name in names}


KINDS = (
    Kind(
        UnmatchedEvaluation,
        lambda c: not c.fits,
        lambda c: evaluate_unmatched(c.test.y, c.predictions, c.train.y),
    ),
    Kind(
        MultilabelEvaluation,
        lambda c: c.task == "multilabel",
        lambda c: evaluate_multilabel(
            c.test.y,
            c.predictions,
            c.class_names,
            c.train.y,
            from_logits=c.from_logits,
            validation=c.validated,
        ),
    ),
    Kind(
        TaggingEvaluation,
        lambda c: c.task == "classification" and len(c.positions) == 1,
        lambda c: evaluate_tagging(
            c.test, c.predictions, c.class_names, c.train, **_by_position(c)
        ),
    ),
    Kind(
        SegmentationEvaluation,
        lambda c: c.task == "classification" and len(c.positions) > 1,
        lambda c: evaluate_segmentation(
            c.test, c.predictions, c.class_names, c.train, inputs=c.inputs, **_by_position(c)
        ),
    ),
    Kind(
        ClassificationEvaluation,
        lambda c: c.task == "classification",
        lambda c: evaluate_classification(
            c.test.y,
            c.predictions,
            c.class_names,
            c.train.y,
            codes=c.codes,
            threshold=c.threshold,
            from_logits=c.from_logits,
            weight=c.test.weight,
            validation=c.validated,
            inputs=RowInputs(c.columns, c.inputs),
        ),
    ),
    Kind(
        ReconstructionEvaluation,
        lambda c: c.is_of_whole_rows,
        lambda c: evaluate_reconstruction(c.test.y, c.predictions, c.train.y, inputs=c.inputs),
    ),
    Kind(
        CountEvaluation,
        lambda c: c.loss == "poisson" and c.axes < 2,
        lambda c: evaluate_counts(c.test.y, c.predictions, c.train.y),
    ),
    Kind(
        ForecastEvaluation,
        lambda c: c.axes == 2,
        lambda c: evaluate_forecast(c.test.y, c.predictions, c.train.y),
    ),
    Kind(
        RegressionEvaluation,
        lambda _: True,
        lambda c: evaluate_regression(
            c.test.y,
            c.predictions,
            c.train.y,
            weight=c.test.weight,
            inputs=RowInputs(c.columns, c.inputs),
        ),
    ),
)
"""All kinds; the first that applies to an output measures it."""
