"""Reference models on small data of which it is known what can be reached."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tuneit.curves import LearningCurve
from tuneit.data.dataset import Dataset
from tuneit.data.load import dataset_from_arrays
from tuneit.data.references import fit_references
from tuneit.data.references.scores import of_classes
from tuneit.diagnosis import diagnose_curve
from tuneit.findings import Diagnosis, Reference
from tuneit.findings.reference_models import (
    BOOSTING,
    LOGISTIC,
    NEAREST,
    NEIGHBOURS,
    RIDGE,
    TRIVIAL,
    ReferenceModels,
)
from tuneit.study import Split

RNG = np.random.default_rng(0)
X = RNG.normal(size=(1500, 4))
# XOR of two signs, of which a fifth of the rows also tells in a linear way.
XOR = np.where(X[:, 2] > 0.8, X[:, 0] > 0, X[:, 0] * X[:, 1] > 0).astype(np.int64)
MANY: Any = "multilabel"
GUESSED = RNG.integers(0, 2, len(X))
WAVE = np.sin(2 * X[:, 0]) + X[:, 1] ** 2 + 0.1 * RNG.normal(size=len(X))
BLOBS = X[:, :2] + 1.6 * np.eye(3)[np.arange(len(X)) % 3][:, :2]


def as_data(x: Any, y: Any, **options: Any) -> Dataset:
    """Half of the rows to train on, half to validate on."""
    split = Split(validation=0.5, test=0, stratify=options.pop("stratify", True))
    return dataset_from_arrays(x, y, split=split, **options)


def linear_network(data: Dataset, epochs: int = 30) -> LearningCurve:
    """The learning curve of one linear layer, trained by stochastic gradient descent."""
    from sklearn.linear_model import SGDClassifier, SGDRegressor

    classifies = data.task == "classification"
    common: dict[str, Any] = {
        "alpha": 0,
        "learning_rate": "constant",
        "eta0": 0.003,
        "random_state": 0,
    }
    kind = SGDClassifier(loss="log_loss", **common) if classifies else SGDRegressor(**common)
    splits = {"": data.train, "val_": data.validation}
    rows = {p: (np.asarray(s.x, np.float64), data.labels(s)) for p, s in splits.items()}
    extra = {"classes": np.unique(rows[""][1])} if classifies else {}
    seen: dict[str, list[float]] = {}
    for _ in range(epochs):
        kind.partial_fit(*rows[""], **extra)
        for prefix, (x, y) in rows.items():
            if classifies:
                values = dict(of_classes_of(kind.predict_proba(x), y))
                named = {"accuracy": values["accuracy"], "loss": values["cross_entropy"]}
            else:
                named = {"loss": float(np.square(kind.predict(x) - y).mean())}
            for name, value in named.items():
                seen.setdefault(prefix + name, []).append(value)
    return LearningCurve.from_history(seen)


def of_classes_of(probabilities: Any, y: Any) -> list[tuple[str, float]]:
    return [(name, value) for name, value, _ in of_classes(probabilities, y)]


def diagnosed(data: Dataset, **known: Any) -> Diagnosis:
    """The diagnosis of a linear network beside reference models."""
    reference = Reference(models=fit_references(data), **known)
    return diagnose_curve(linear_network(data), reference)


def test_boosting_that_does_better_shows_underfitting() -> None:
    data = as_data(X, XOR)
    alone, beside = diagnose_curve(linear_network(data)), diagnosed(data)
    assert alone.verdict != "underfitting"
    assert beside.verdict == "underfitting"
    found = beside.finding("underfitting")
    assert found is not None
    assert found.evidence["reference_model"] == BOOSTING
    assert float(str(found.evidence["reference_score"])) > 0.9
    assert float(str(found.evidence["validation"])) < 0.75
    assert "gradient boosting reaches accuracy 9" in found.summary
    assert beside.recommendations[0].key == "more_capacity"
    assert beside.finding("limit_of_the_data") is None


def test_a_users_target_is_judged_beside_what_a_reference_reaches() -> None:
    found = diagnosed(as_data(X, XOR), metric="accuracy", target=0.99).finding("underfitting")
    assert found is not None
    assert "99.0 % of the target" in found.summary
    assert "gradient boosting reaches accuracy 9" in found.summary


def test_nothing_does_better_than_the_limit_of_the_data() -> None:
    found = diagnosed(as_data(BLOBS, np.arange(len(X)) % 3)).finding("limit_of_the_data")
    assert found is not None
    low, high = (float(str(found.evidence[name])) for name in ("least_possible", "most_possible"))
    # Of three classes with equal spread the best possible rule takes the nearest centre.
    centres = 1.6 * np.eye(3)[:, :2]
    nearest = np.square(BLOBS[:, None] - centres).sum(axis=2).argmin(axis=1)
    least = float(np.mean(nearest != np.arange(len(X)) % 3))
    assert low - 0.02 < least < high + 0.02


def test_labels_of_pure_noise_tell_nothing() -> None:
    diagnosis = diagnosed(as_data(X, GUESSED))
    assert diagnosis.finding("underfitting") is None
    found = diagnosis.finding("limit_of_the_data")
    assert found is not None
    assert "no model predicts the target" in found.summary


def test_regression_is_judged_by_its_loss_where_it_is_known() -> None:
    data = as_data(X, WAVE, task="regression")
    assert diagnosed(data).finding("underfitting") is None  # of a loss that may be any
    found = diagnosed(data, loss="mse").finding("underfitting")
    assert found is not None
    models = fit_references(data)
    best = models.best("mse")
    assert best is not None
    assert best.model == BOOSTING
    assert found.evidence["reference_score"] == pytest.approx(best.scores["mse"], rel=1e-3)
    assert {one.model for one in models.models} == {TRIVIAL, RIDGE, NEAREST, NEIGHBOURS, BOOSTING}


def test_rare_positives_are_not_called_a_limit_by_their_accuracy() -> None:
    x = RNG.normal(size=(4000, 4))
    rare = (x[:, 0] + 0.3 * RNG.normal(size=len(x)) > 2.35).astype(np.int64)
    assert 0.005 < rare.mean() < 0.02
    models = fit_references(as_data(x, rare))
    best = models.best("auc")
    assert best is not None
    assert best.scores["auc"] > 0.95
    always = 1 - float(rare.mean())
    curve = LearningCurve.from_history(
        {name: [always] * 10 for name in ("accuracy", "val_accuracy")}
    )
    diagnosis = diagnose_curve(curve, Reference(models=models))
    assert diagnosis.finding("limit_of_the_data") is None


def test_an_area_is_compared_where_a_constant_shows_which_area_it_is() -> None:
    models = fit_references(as_data(X, XOR))
    curve = LearningCurve.from_history({"auc": [0.6] * 10, "val_auc": [0.6] * 10})
    of_roc, of_precision, unknown = (
        diagnose_curve(curve, Reference(metric="auc", models=models, baseline=constant))
        for constant in (0.4999, 0.02, None)
    )
    found = of_roc.finding("underfitting")
    assert found is not None
    assert found.evidence["reference_model"] == BOOSTING
    for other in (of_precision, unknown):
        found = other.finding("underfitting")
        assert found is None or "reference_model" not in found.evidence


def test_many_classes_and_texts_as_labels() -> None:
    centres = 6 * RNG.normal(size=(40, 4))
    classes = np.arange(1200) % 40
    x = centres[classes] + RNG.normal(size=(1200, 4))
    models = fit_references(as_data(x, np.array([f"class {c}" for c in classes])))
    best = models.best("accuracy")
    assert best is not None
    assert best.scores["accuracy"] > 0.8
    assert models.trivial is not None
    assert models.trivial.scores["accuracy"] < 0.05


def test_texts_are_counted() -> None:
    texts = np.array([f"word{i % 7} {'good' if i % 2 else 'bad'} film" for i in range(200)])
    models = fit_references(as_data(texts, np.arange(200) % 2))
    linear = models.get(LOGISTIC)
    assert linear is not None
    assert linear.scores["accuracy"] == 1.0
    assert not models.is_table
    assert any("tf-idf" in note for note in models.notes)


def test_pictures_and_tokens_are_no_table() -> None:
    pixels = RNG.integers(0, 256, (100, 20, 20, 1)).astype(np.uint8)
    models = fit_references(as_data(pixels, np.arange(100) % 2))
    assert not models.is_table
    assert any("400 columns were reduced to" in note for note in models.notes)
    tokens = RNG.integers(0, 3000, (100, 12))
    tokens[:, 3] = np.where(np.arange(100) % 2, 7, 8)  # a word tells the class, wherever it stands
    order = RNG.permuted(np.tile(np.arange(12), (100, 1)), axis=1)
    shuffled = np.take_along_axis(tokens, order, axis=1)
    models = fit_references(as_data(shuffled, np.arange(100) % 2))
    assert not models.is_table
    best = models.best("accuracy")
    assert best is not None
    assert best.scores["accuracy"] > 0.9


def test_weights_of_classes_weigh_here_too() -> None:
    x = RNG.normal(size=(2000, 1))
    y = (x[:, 0] + 2 * RNG.normal(size=2000) > 3).astype(np.int64)
    plain, weighted = (
        fit_references(as_data(x, y, class_weight=weight)).get(LOGISTIC)
        for weight in (None, "balanced")
    )
    assert plain is not None
    assert weighted is not None
    assert weighted.scores["balanced_accuracy"] > plain.scores["balanced_accuracy"] + 0.1


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (lambda: as_data(X[:5], list("ababa"), stratify=False), "3 training and 2 validation"),
        (lambda: as_data(X, np.stack([XOR, GUESSED], axis=1), task=MANY), "several labels"),
        (lambda: as_data(X, (XOR, GUESSED)), "several outputs"),
        (
            lambda: as_data(X, XOR[:, None].repeat(3, 1)[:, :, None] * 5.0, task="regression"),
            "axes",
        ),
        (lambda: as_data(np.ones((200, 3)), GUESSED[:200]), "constant"),
    ],
)
def test_what_no_models_are_fitted_for(data: Callable[[], Dataset], reason: str) -> None:
    models = fit_references(data())
    assert reason in models.skipped
    assert models.models == ()
    curve = LearningCurve.from_history({"accuracy": [0.6] * 8, "val_accuracy": [0.6] * 8})
    assert diagnose_curve(curve, Reference(models=models)) == diagnose_curve(curve)


def test_large_pictures_are_thinned_out_and_long_rows_are_fewer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from tuneit.data.references import fit

    monkeypatch.setattr(fit, "MOST_NUMBERS", 40 * 64 * 64)
    pixels = RNG.integers(0, 256, (200, 128, 128, 1)).astype(np.uint8)
    pixels[:, 32:96, 32:96] //= (1 + 3 * (np.arange(200) % 2)).astype(np.uint8)[:, None, None, None]
    models = fit_references(as_data(pixels, np.arange(200) % 2))
    assert (models.rows, models.all_rows) == (40, 100)
    assert "rows were thinned out to at most 4096 values" in models.notes
    best = models.best("accuracy")
    assert best is not None
    assert best.scores["accuracy"] > 0.9


def test_what_scikit_learn_refuses_ends_no_search() -> None:
    data = as_data(X[:200], XOR[:200])
    gone = np.asarray(data.train.x).copy()
    gone[0, 0] = np.nan
    models = fit_references(replace(data, train=replace(data.train, x=gone)))
    assert any(
        note.startswith("logistic regression could not be fitted: ") for note in models.notes
    )
    assert models.trivial is not None
    wide = RNG.normal(size=(2, 100, 300))
    wide[0, 0, 0] = np.nan
    train, validation = (replace(data.train, x=wide[0]), replace(data.validation, x=wide[1]))
    skipped = fit_references(replace(data, train=train, validation=validation)).skipped
    assert "could not be turned into columns" in skipped


def test_rows_are_bounded_and_no_model_begins_after_the_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from tuneit.data.references import fit

    monkeypatch.setattr(fit, "MOST_ROWS", 100)
    data = as_data(X, XOR)
    models = fit_references(data)
    assert (models.rows, models.all_rows, models.validation_rows) == (100, 750, 100)
    assert "100 of 750 training rows were used, drawn at random" in models.notes
    none = fit_references(data, seconds=0)
    assert none.models == ()
    assert any("gradient boosting was left out" in note for note in none.notes)


def test_models_are_the_same_each_time_and_survive_json() -> None:
    import json

    data = as_data(X[:300], XOR[:300])
    first, second = (
        replace(models, models=tuple(replace(one, seconds=0.0) for one in models.models))
        for models in (fit_references(data), fit_references(data))
    )
    assert first == second
    assert ReferenceModels.from_dict(json.loads(json.dumps(first.to_dict()))) == first
