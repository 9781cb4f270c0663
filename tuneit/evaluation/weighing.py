"""An evaluation together with what its study weighs: an F-score's beta, and the costs of errors."""

from __future__ import annotations

from typing import Any

from tuneit.evaluation import Evaluation
from tuneit.evaluation.classification import ClassificationEvaluation
from tuneit.evaluation.cost_threshold import Thresholds, cost_threshold
from tuneit.evaluation.f_beta import f_beta_measure
from tuneit.evaluation.measures import record_of
from tuneit.evaluation.multilabel import MultilabelEvaluation
from tuneit.evaluation.several import SeveralEvaluation
from tuneit.study import ReportSpec


def weighed_record(evaluation: Evaluation, wanted: ReportSpec) -> dict[str, Any]:
    """The JSON-ready form of an evaluation, with `f_beta` and `cost_threshold` where wanted.

    Both are of classifications with one class a row, where a threshold needs two classes, and of
    each label of several.
    """
    record = evaluation.to_dict()
    if isinstance(evaluation, SeveralEvaluation):
        record["outputs"] = [
            {"name": output.name, **weighed_record(output.evaluation, wanted)}
            for output in evaluation.outputs
        ]
    if isinstance(evaluation, MultilabelEvaluation):
        for one, label in zip(record["labels"], evaluation.labels, strict=True):
            if wanted.beta is not None:
                one["f_beta"] = label.f_beta(wanted.beta)
            one |= _costs_record(label, wanted)
    if not isinstance(evaluation, ClassificationEvaluation):
        return record
    if wanted.beta is not None:
        measure = f_beta_measure(evaluation, wanted.beta)
        record |= {"f_beta": measure.value}
        record["metrics"] |= record_of((measure,))
    return record | _costs_record(evaluation, wanted)


def _costs_record(result: Thresholds, wanted: ReportSpec) -> dict[str, Any]:
    if wanted.costs is None:
        return {}
    found = cost_threshold(result, wanted.costs.false_positive, wanted.costs.false_negative)
    return {"cost_threshold": found and found.to_dict()}
