"""The best model beside the reference models, row by row on the validation split."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tuneit.diagnosis.comparison import Z95
from tuneit.errors import DataError
from tuneit.findings.reference_models import PairedDifference, ReferenceModels
from tuneit.result.comparing import Numbers, said_and_true

if TYPE_CHECKING:
    from tuneit.data.dataset import Dataset
    from tuneit.evaluation import Comparison

    Costs = dict[str, Numbers]
    Score = Callable[..., Any]

QUANTITIES = ("accuracy", "cross_entropy", "mse", "mae", "rmse")
"""Scores that follow from a cost for each row: their mean, or its root."""

RESAMPLES = 2000
"""Bootstrap samples: the ends of a 95 % interval then vary by some hundredths of its width."""

SAME = 1e-6
"""Relative difference up to which a refitted model is the one that was scored before."""


def beside_references(
    model: Any, dataset: Dataset, models: ReferenceModels, execution: int
) -> tuple[PairedDifference, ...]:
    """Compare a `keras.Model` with the best reference model of each quantity, row by row.

    The rows are those validation rows of the dataset that the reference models were scored on; the
    best ones are fitted again to predict them, which takes as long as before. `execution` is the
    one that trained the model. Empty where no reference models are known.
    """
    from tuneit.data.references import costs_of_classes, costs_of_numbers, fit_again

    by_quantity = ((quantity, models.best(quantity)) for quantity in QUANTITIES)
    best = {quantity: known for quantity, known in by_quantity if known is not None}
    own: Costs = {}
    differences = []
    for name in dict.fromkeys(known.model for known in best.values()):
        scored, predicted, truth = fit_again(dataset, name)
        costs = (costs_of_classes if truth.ndim == 1 else costs_of_numbers)(predicted, truth)
        own = own or _costs_of(model, dataset, scored)
        for quantity, known in best.items():
            of_row = "mse" if quantity == "rmse" else quantity
            if known.model != name or of_row not in own:
                continue
            found = _difference(name, quantity, own[of_row], costs[of_row])
            before = known.cost(quantity)
            is_same = math.isclose(found.reference, before, rel_tol=SAME, abs_tol=SAME)
            if is_same and found.error > 0:
                differences.append(replace(found, execution=execution))
    return tuple(differences)


def _costs_of(model: Any, dataset: Dataset, rows: NDArray[np.int64]) -> Costs:
    """What each validation row costs a network; no losses where it predicts no probabilities."""
    from tuneit.training.saving.comparison import compare_outputs
    from tuneit.training.saving.prediction import predict

    split = dataset.validation.take(rows)
    asked = replace(dataset, test=split)
    (comparison,) = compare_outputs(model, asked, predict(model, split.x))
    return dict(_row_costs(comparison))


def _row_costs(comparison: Comparison) -> Iterator[tuple[str, Numbers]]:
    from tuneit.data.references import costs_of_numbers, cross_entropies

    if comparison.task != "classification":
        outputs, true = (np.asarray(a) for a in (comparison.predictions, comparison.test.y))
        rows = len(true)
        yield from costs_of_numbers(outputs.reshape(rows, -1), true.reshape(rows, -1)).items()
        return
    said, true = said_and_true(comparison)
    yield "accuracy", (said.labels != true).astype(np.float64)
    if said.probabilities is not None:
        yield "cross_entropy", cross_entropies(said.probabilities, true)


def _difference(name: str, quantity: str, own: Numbers, other: Numbers) -> PairedDifference:
    """The difference of two models' scores, from their costs of the same rows."""
    if own.shape != other.shape:
        raise DataError(f"the network predicts {own.shape} values, {name} {other.shape}")
    score = _root_of_mean if quantity == "rmse" else np.mean
    between = _of_shares if quantity == "accuracy" else _of_means
    error, low, high = between(own, other, score)
    network, reference = float(score(own)), float(score(other))
    return PairedDifference(name, quantity, len(own), network, reference, error, low, high)


def _root_of_mean(costs: Numbers, axis: int | None = None) -> Any:
    return np.sqrt(costs.mean(axis=axis))


def _of_shares(own: Numbers, other: Numbers, score: Score) -> tuple[float, float, float]:
    """Standard error and 95 % interval of a difference of two error rates on the same rows.

    Half a row is added to each of the four combinations of right and wrong, so that few rows on
    which the models differ do not look like certainty (Agresti and Min 2005, Statistics in Medicine
    24:729).
    """
    only_own, only_other = (0.5 + float((a > b).sum()) for a, b in ((own, other), (other, own)))
    rows = len(own) + 2
    ahead = (only_own - only_other) / rows
    error = math.sqrt((only_own + only_other) / rows - ahead**2) / math.sqrt(rows)
    return error, ahead - Z95 * error, ahead + Z95 * error


def _of_means(own: Numbers, other: Numbers, score: Score) -> tuple[float, float, float]:
    """Standard error and 95 % percentile interval of a difference of scores: a row is drawn for
    both."""
    from scipy.stats import bootstrap

    if np.array_equal(own, other):
        return 0.0, 0.0, 0.0
    found = bootstrap(
        (own, other),
        lambda a, b, axis: score(a, axis=axis) - score(b, axis=axis),
        paired=True,
        vectorized=True,
        n_resamples=RESAMPLES,
        method="percentile",
        rng=np.random.default_rng(0),
        batch=200,
    )
    interval = found.confidence_interval
    return float(found.standard_error), float(interval.low), float(interval.high)
