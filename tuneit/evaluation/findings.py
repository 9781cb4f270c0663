"""What an evaluation on the test split shows that no learning curve can."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tuneit.errors.wording import counted, figures, score_text
from tuneit.evaluation.classification import ClassificationEvaluation
from tuneit.evaluation.counts import CountEvaluation
from tuneit.evaluation.forecast import ForecastEvaluation
from tuneit.evaluation.kinds import OutputEvaluation
from tuneit.evaluation.multilabel import MultilabelEvaluation
from tuneit.evaluation.regression import RegressionEvaluation
from tuneit.evaluation.reported import ReportedEvaluation
from tuneit.evaluation.segmentation import SegmentationEvaluation
from tuneit.evaluation.several import SeveralEvaluation
from tuneit.evaluation.tagging import TaggingEvaluation
from tuneit.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tuneit.evaluation.confusion import ClassScore
    from tuneit.evaluation.label_scores import LabelScore
    from tuneit.evaluation.segmentation import RegionScore

STANDARD_ERRORS = 3.0
"""Standard errors from which a difference is reported: chance makes it once in 370 times."""

FEWEST_ROWS = 5
"""Cases of a class from which it is reported that none of them is recognised."""

TEST_FINDINGS = frozenset({"biased_predictions", "class_never_predicted", "worse_on_test"})
"""Their names."""


def findings_on_test(
    evaluation: OutputEvaluation | SeveralEvaluation | ReportedEvaluation,
    accuracy: float | None = None,
    rows: int = 0,
) -> tuple[Finding, ...]:
    """Findings against the model; none where the test split confirms it.

    `accuracy` is the best trial's on `rows` validation rows, None where the objective is another.
    Of several outputs each is judged, and a finding says of which it is.
    """
    if isinstance(evaluation, SeveralEvaluation):
        return tuple(
            finding.of_output(output.name)
            for output in evaluation.outputs
            for finding in findings_on_test(output.evaluation)
        )
    if isinstance(evaluation, (RegressionEvaluation, CountEvaluation, ForecastEvaluation)):
        return tuple(_biased(evaluation))
    if isinstance(evaluation, MultilabelEvaluation):
        return tuple(_never_predicted(evaluation.labels, "row"))
    if isinstance(evaluation, (TaggingEvaluation, SegmentationEvaluation)):
        return tuple(_never_predicted(evaluation.classes, evaluation.unit))
    if not isinstance(evaluation, ClassificationEvaluation):
        return ()
    found = [*_never_predicted(evaluation.classes, evaluation.unit)]
    if accuracy is not None and rows:
        found += _worse(evaluation, accuracy, rows)
    return tuple(found)


def _biased(
    evaluation: RegressionEvaluation | CountEvaluation | ForecastEvaluation,
) -> Iterator[Finding]:
    """A mean residual beyond chance: predictions are too low or too high on average."""
    for output in evaluation.outputs:
        # Steps of one row depend on each other: the rows alone are counted.
        mean, error = output.residuals.mean, output.residuals.std / math.sqrt(evaluation.n)
        if evaluation.n < 2 or abs(mean) < STANDARD_ERRORS * error or mean == 0:
            continue
        side = "low" if mean > 0 else "high"
        yield Finding(
            "biased_predictions",
            Severity.WARNING,
            0.95,
            f"predictions of {output.name} are too {side} by {figures(abs(mean), 3)} on average "
            f"over {evaluation.n} test rows (standard error {figures(error, 2)})",
            {"target": output.name, "mean_residual": mean, "standard_error": error},
        )


def _never_predicted(
    classes: Sequence[ClassScore | LabelScore | RegionScore], unit: str
) -> Iterator[Finding]:
    """Find classes that have test rows, of which not one is recognised."""
    missed = [c for c in classes if c.recall == 0 and c.support >= FEWEST_ROWS]
    if missed:
        names = ", ".join(f"'{c.name}'" for c in missed[:5]) + (", …" if len(missed) > 5 else "")
        cases = sum(c.support for c in missed)
        yield Finding(
            "class_never_predicted",
            Severity.WARNING,
            0.95,
            f"none of the {counted(cases, f'test {unit}')} of {names} is recognised",
            {"classes": len(missed), f"{unit}s": cases},
        )


def _worse(evaluation: ClassificationEvaluation, accuracy: float, rows: int) -> Iterator[Finding]:
    """A test accuracy below validation's, beyond the sampling error of both."""
    shared = (accuracy * rows + evaluation.accuracy * evaluation.n) / (rows + evaluation.n)
    error = math.sqrt(shared * (1 - shared) * (1 / rows + 1 / evaluation.n))
    drop = accuracy - evaluation.accuracy
    if error > 0 and drop >= STANDARD_ERRORS * error:
        yield Finding(
            "worse_on_test",
            Severity.WARNING,
            0.95,
            f"accuracy is {score_text(evaluation.accuracy)} on the test split, but "
            f"{score_text(accuracy)} on validation rows (standard error of the difference "
            f"{figures(error, 2)})",
            {"test": evaluation.accuracy, "validation": accuracy, "standard_error": error},
        )
