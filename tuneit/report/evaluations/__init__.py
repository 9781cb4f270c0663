"""How a report shows evaluations. Each task has a file, and a row in the table below."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tuneit.evaluation import Evaluation, SeveralEvaluation
from tuneit.report.evaluations.base import View
from tuneit.report.evaluations.classification import ClassificationView
from tuneit.report.evaluations.counts import CountView
from tuneit.report.evaluations.forecast import ForecastView
from tuneit.report.evaluations.multilabel import MultilabelView
from tuneit.report.evaluations.reconstruction import ReconstructionView
from tuneit.report.evaluations.regression import RegressionView
from tuneit.report.evaluations.reported import ReportedView
from tuneit.report.evaluations.segmentation import SegmentationView
from tuneit.report.evaluations.tagging import TaggingView
from tuneit.report.evaluations.unmatched import UnmatchedView

VIEWS: dict[str, Callable[[Any], View]] = {
    "classification": ClassificationView,
    "multilabel": MultilabelView,
    "tagging": TaggingView,
    "segmentation": SegmentationView,
    "regression": RegressionView,
    "counts": CountView,
    "forecast": ForecastView,
    "reconstruction": ReconstructionView,
    "unmatched": UnmatchedView,
    "reported": ReportedView,
}
"""The view for each task; the task's name is also that of its template in `evaluations/`."""


def views_of(evaluation: Evaluation) -> Iterator[tuple[str, View]]:
    """The name of each output, "" for the only one, and the view of its evaluation."""
    if isinstance(evaluation, SeveralEvaluation):
        for output in evaluation.outputs:
            yield output.name, VIEWS[output.evaluation.task](output.evaluation)
    else:
        yield "", VIEWS[evaluation.task](evaluation)
