"""Compare the best models of several studies on the same test rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tuneit.errors import TuneitError
from tuneit.result.writing import report_content

if TYPE_CHECKING:
    from tuneit.evaluation import Comparison
    from tuneit.evaluation.predictions import ClassPredictions, Labels
    from tuneit.report.comparing import ComparedStudies, PairedScores
    from tuneit.result import SearchResult

_RESAMPLES = 5000

Numbers = NDArray[np.float64]

_ACCURACY, _ERROR = "accuracy", "mean absolute error"


def compare(results: Mapping[str, SearchResult]) -> ComparedStudies:
    """Compare two or more studies, by name; each best model with that of the first."""
    from tuneit.report.comparing import ComparedStudies

    paired: list[PairedScores] = []
    unpaired: dict[str, str] = {}
    first, *others = results
    confidence = 1 - 0.05 / len(others)
    for name in others:
        try:
            paired.append(_paired(name, results[first], results[name], confidence))
        except (TuneitError, _NotPairedError) as error:
            unpaired[name] = str(error).rstrip(".")
    contents = {name: report_content(result) for name, result in results.items()}
    return ComparedStudies(contents, paired, unpaired)


class _NotPairedError(Exception):
    """Two studies have no rows in common, or no measure."""


def _paired(name: str, first: SearchResult, other: SearchResult, confidence: float) -> PairedScores:
    from tuneit.report.comparing import PairedScores

    if _source(first) != _source(other):
        raise _NotPairedError("its data, their split or the seed differ from the first study's")
    mine, yours = _compared(first), _compared(other)
    if not np.array_equal(mine.test.y.reshape(-1), yours.test.y.reshape(-1)):
        raise _NotPairedError("its test rows differ from the first study's")
    measure = _measure(mine)
    a, b = _by_row(mine, measure), _by_row(yours, measure)
    return PairedScores(
        study=name,
        measure=measure,
        higher_is_better=measure == _ACCURACY,
        rows=len(a),
        first=float(a.mean()),
        other=float(b.mean()),
        interval=paired_interval(a, b, confidence),
        confidence=confidence,
    )


def _source(result: SearchResult) -> tuple[Any, ...]:
    """What decides which rows are in the test split."""
    study = result.study
    told = study.data.model_dump(exclude={"scale", "class_weight", "folds", "one_hot"})
    return study.seed, told, result.data.description["rows"]["test"]


def _compared(result: SearchResult) -> Comparison:
    """The best model's predictions for the test rows beside the truth."""
    from tuneit.training.saving.comparison import compare_outputs
    from tuneit.training.saving.prediction import predict

    data = result.prepared.dataset
    if not len(data.test):
        raise _NotPairedError("there are no test rows")
    model = result.best_model()
    first, *more = compare_outputs(model, data, predict(model, data.test.x))
    if more:
        raise _NotPairedError("a model with several outputs has no single score for each row")
    return first


def _measure(comparison: Comparison) -> str:
    if comparison.positions or comparison.task == "multilabel":
        raise _NotPairedError(f"no single score for each row is known for {comparison.task} here")
    return _ACCURACY if comparison.task == "classification" else _ERROR


def _by_row(comparison: Comparison, measure: str) -> Numbers:
    """For each row whether it is right, 0 or 1, or the mean absolute error of its columns."""
    if measure == _ERROR:
        outputs, true = np.asarray(comparison.predictions), comparison.test.y
        rows = len(true)
        difference = true.reshape(rows, -1) - outputs.reshape(rows, -1)
        return np.asarray(np.abs(difference).mean(axis=1), dtype=np.float64)
    said, labels = said_and_true(comparison)
    return np.asarray(said.labels == labels, dtype=np.float64)


def said_and_true(comparison: Comparison) -> tuple[ClassPredictions, Labels]:
    """What a classifier says of each row, and the index of its true class, shape (rows,)."""
    from tuneit.evaluation.predictions import as_labels, classes_by_column, read_predictions

    outputs = np.asarray(comparison.predictions)
    names, codes = comparison.class_names, comparison.codes
    if outputs.ndim == 2 and outputs.shape[1] > 1:
        names, codes = classes_by_column(names, codes, outputs.shape[1])
    said = read_predictions(
        outputs, len(names), comparison.threshold, from_logits=comparison.from_logits
    )
    return said, as_labels(comparison.test.y, codes)


def paired_interval(first: Numbers, other: Numbers, confidence: float) -> tuple[float, float]:
    """A bootstrap percentile interval of the mean of `other` − `first`; a row is drawn with both.

    Equal arguments give equal intervals.
    """
    from scipy.stats import bootstrap

    difference = other - first
    if len(difference) < 2 or not np.ptp(difference):  # nothing varies
        return float(difference.mean()), float(difference.mean())
    found = bootstrap(
        (difference,),
        np.mean,
        n_resamples=_RESAMPLES,
        confidence_level=confidence,
        method="percentile",
        rng=np.random.default_rng(0),
        batch=500,
    ).confidence_interval
    return float(found.low), float(found.high)
