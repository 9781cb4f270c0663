"""Fit reference models on a dataset, and score them on its validation rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from tuneit.data.checks.sample import is_tabular, sample_rows
from tuneit.data.dataset import Array, Dataset, Split, take
from tuneit.data.nested import arrays_of, is_text
from tuneit.data.raw import SplitName
from tuneit.data.references import models as kinds
from tuneit.data.references.columns import (
    MOST_VALUES,
    Columns,
    columns_of,
    is_tokens,
    thinned,
    width_of,
)
from tuneit.data.references.models import Rows
from tuneit.data.references.scores import Scored, of_classes, of_numbers
from tuneit.data.streamed import StreamedDataset
from tuneit.data.weights import row_weights
from tuneit.findings import reference_models as names
from tuneit.findings.reference_models import ReferenceModels, ReferenceScore

MOST_ROWS = 10_000
"""Training rows that are used at most, and validation rows: an accuracy measured on 10,000 rows has
a standard error of at most half a percentage point. On 60,000 images of 28 × 28 pixels, all models
together then take about five seconds on one core."""

MOST_NUMBERS = 2**24
"""Numbers, over all rows of a split, that are used at most: 128 MiB, and rows with thousands of
columns take as long as many rows with few."""

FEWEST_TRAINING, FEWEST_VALIDATION = 30, 20
"""The fewest rows; with fewer, the standard error of an accuracy is above ten percentage points
(chosen)."""

SECONDS = 10.0
"""Seconds after which no further model is begun (chosen)."""


def fit_references(dataset: Dataset, seconds: float = SECONDS) -> ReferenceModels:
    """Fit reference models on the training rows, and score them on the validation rows.

    They are: always the same answer, logistic or ridge regression, nearest neighbours, and gradient
    boosting over histograms, with fixed settings and a fixed seed. With folds the rows are those
    of the first one. Rows are weighted as in training. At most `MOST_ROWS` rows of each split are
    used, and after `seconds` no further model is begun.
    """
    skipped = _why_not(dataset)
    if skipped:
        return ReferenceModels(skipped=skipped)
    try:
        with _one_thread():
            return _fitted(dataset, seconds)
    except Exception as error:  # of another package, which must not end a search
        return ReferenceModels(skipped=f"the inputs could not be turned into columns ({error})")


def fit_again(dataset: Dataset, model: str) -> tuple[Array, Array, Array]:
    """Fit the reference model of that name again, as `fit_references` did.

    Returns the indices of the validation rows that it was scored on, its predictions for them, and
    their targets as `of_classes` and `of_numbers` take them. The model must be one that
    `fit_references` could fit.
    """
    with _one_thread():
        used = _used_rows(dataset)
        for name, predict in _models(used.rows):
            if name == model or (name, model) == (names.NEIGHBOURS, names.NEAREST):
                return used.scored, dict(predict())[model], used.truth
    raise AssertionError(model)


@contextmanager
def _one_thread() -> Iterator[None]:
    """On samples this small, more threads are no faster."""
    # Loaded here, since only threads of libraries that are loaded can be limited.
    import sklearn.ensemble  # noqa: F401
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1), np.errstate(all="ignore"):
        yield


def _why_not(dataset: Dataset) -> str:
    """Why no models are fitted, as a sentence's end; empty where they can be."""
    output, train, validation = dataset.output, len(dataset.train), len(dataset.validation)
    if not dataset.outputs:
        return "the data have no targets"
    if output is None:
        return "the model has several outputs"
    if output.task == "multilabel":
        return "a row may have several labels"
    if output.per_position:
        return "there is a label for each position of a row"
    if output.is_copy_of_input:
        return "the targets are the inputs themselves"
    if output.task == "regression" and len(output.row_shape) > 1:
        return f"the target of a row has {len(output.row_shape)} axes"
    if train < FEWEST_TRAINING or validation < FEWEST_VALIDATION:
        return (
            f"there are {train} training and {validation} validation rows, and at least "
            f"{FEWEST_TRAINING} and {FEWEST_VALIDATION} are needed"
        )
    if output.task == "classification" and len(np.unique(dataset.labels(dataset.train))) < 2:
        return "all training rows are of one class"
    return ""


@dataclass(frozen=True, eq=False)
class _Used:
    """The rows that the models learn from and are scored on, and the targets of the latter.

    `train` and `validation` are samples of the splits; `scored` are the indices of the latter's
    rows.
    """

    rows: Rows
    truth: Array
    scored: Array
    train: Split
    validation: Split
    columns: Columns


def _used_rows(dataset: Dataset) -> _Used:
    train, _ = _sampled(dataset.train, seed=4)
    validation, scored = _sampled(dataset.validation, seed=5)
    columns = columns_of(train.x, validation.x)
    classes = len(dataset.class_names) if dataset.task == "classification" else 0
    y, truth = _targets(dataset, train), _targets(dataset, validation)
    given = row_weights(train, dataset.class_weights, dataset.outputs)
    weights = None if given is None else arrays_of(given)[0].astype(np.float64)
    rows = Rows(columns.train, y, weights, columns.asked, classes)
    return _Used(rows, truth, scored, train, validation, columns)


def _fitted(dataset: Dataset, seconds: float) -> ReferenceModels:
    start = perf_counter()
    used = _used_rows(dataset)
    rows, truth, train, validation = used.rows, used.truth, used.train, used.validation
    if not used.columns.varying:
        return ReferenceModels(skipped="all inputs are constant")
    found: list[ReferenceScore] = []
    notes = [*used.columns.notes, *_samples(dataset, train, validation)]
    if any(
        part.shape[1:] != whole.shape[1:]
        for part, whole in zip(arrays_of(train.x), arrays_of(dataset.train.x), strict=True)
    ):
        notes.append(f"rows were thinned out to at most {MOST_VALUES} values")
    for model, predict in _models(rows):
        if perf_counter() - start > seconds:
            notes.append(f"{model} was left out, as {seconds:g} s were used up")
            continue
        begun = perf_counter()
        try:
            predictions = list(predict())
        except Exception as error:  # of another package, which must not end a search
            notes.append(f"{model} could not be fitted: {str(error)[:200] or type(error).__name__}")
            continue
        took = (perf_counter() - begun) / len(predictions)
        for name, predicted in predictions:
            scores = (of_classes if rows.classes else of_numbers)(predicted, truth)
            found.append(_score(name, scores, took))
    if not rows.classes:
        found = [_with_median(one, rows, truth) for one in found]
    return ReferenceModels(
        tuple(found),
        rows=len(train),
        all_rows=_all_rows(dataset, "train") or 0,
        validation_rows=len(validation),
        is_table=_is_table(dataset),
        notes=tuple(notes),
    )


def _score(model: str, scores: Scored, seconds: float) -> ReferenceScore:
    known = [one for one in scores if np.isfinite(one[1:]).all()]
    values, errors = ({quantity: one[i] for quantity, *one in known} for i in (0, 1))
    return ReferenceScore(model, values, errors, round(seconds, 3))


def _with_median(score: ReferenceScore, rows: Rows, truth: Array) -> ReferenceScore:
    """The trivial model's score, with the mean absolute error of the median, the best constant."""
    if score.model != names.TRIVIAL:
        return score
    median = np.broadcast_to(np.median(rows.y, axis=0), truth.shape)
    best = _score(score.model, of_numbers(median, truth), score.seconds)
    return replace(
        score,
        scores={**score.scores, "mae": best.scores["mae"]},
        errors={**score.errors, "mae": best.errors["mae"]},
    )


Predict = Callable[[], Iterator[tuple[str, Array]]]


def _models(rows: Rows) -> Iterator[tuple[str, Predict]]:
    """The models in order, the fastest first: a name, and what predicts."""
    linear = names.LOGISTIC if rows.classes else names.RIDGE

    def nearest() -> Iterator[tuple[str, Array]]:
        one, several = kinds.neighbours(rows)
        yield names.NEAREST, one
        yield names.NEIGHBOURS, several

    yield names.TRIVIAL, lambda: iter([(names.TRIVIAL, kinds.trivial(rows))])
    yield linear, lambda: iter([(linear, kinds.linear(rows))])
    yield names.NEIGHBOURS, nearest
    if rows.classes or rows.y.shape[1] == 1:
        yield names.BOOSTING, lambda: iter([(names.BOOSTING, kinds.boosting(rows))])


def _targets(dataset: Dataset, split: Split) -> Array:
    """Class indices, shape (rows,), or numbers, shape (rows, outputs)."""
    labels = dataset.labels(split)
    if dataset.target_scaler is not None and dataset.output is not None:
        labels = dataset.target_scaler.in_unit(dataset.output, labels)
    if dataset.task == "classification":
        return labels.astype(np.int64)
    numbers: Array = labels.astype(np.float64).reshape(len(labels), -1)
    return numbers


def _sampled(split: Split, seed: int) -> tuple[Split, Array]:
    """At most so many rows as the limits allow, of pictures and sequences thinned out, and their
    indices."""
    split = replace(split, x=thinned(split.x))
    most = min(MOST_ROWS, max(FEWEST_TRAINING, MOST_NUMBERS // max(1, width_of(split.x))))
    rows = sample_rows(len(split), most, seed)
    return (split if len(rows) == len(split) else split.take(rows)), rows


def _samples(dataset: Dataset, train: Split, validation: Split) -> Iterator[str]:
    splits: tuple[tuple[SplitName, str, Split], ...] = (
        ("train", "training", train),
        ("validation", "validation", validation),
    )
    for name, called, used in splits:
        there = _all_rows(dataset, name)
        if there is None or len(used) < there:
            of = "" if there is None else f" of {there}"
            yield f"{len(used)}{of} {called} rows were used, drawn at random"


def _all_rows(dataset: Dataset, name: SplitName) -> int | None:
    """How many rows a split has; None for a stream of unknown length, of which a sample is held."""
    if isinstance(dataset, StreamedDataset):
        return dataset.rows.get(name)
    return len(dataset.splits[name])


def _is_table(dataset: Dataset) -> bool:
    """Whether each input is a quantity of its own, unlike pixels, words or tokens."""
    parts = arrays_of(take(dataset.train.x, np.arange(min(len(dataset.train), MOST_ROWS))))
    return is_tabular(dataset) and not any(is_text(part) or is_tokens(part) for part in parts)
