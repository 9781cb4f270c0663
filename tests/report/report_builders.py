"""Contents of reports, built from real values."""

from __future__ import annotations

from typing import Any

import numpy as np

from tuneit.curves import LearningCurve
from tuneit.diagnosis.importance import Importances
from tuneit.evaluation import (
    NamedEvaluation,
    OutputEvaluation,
    SeveralEvaluation,
    evaluate_classification,
    evaluate_predictions,
    evaluate_regression,
)
from tuneit.evaluation.classification import ClassificationEvaluation
from tuneit.evaluation.kinds import KINDS
from tuneit.evaluation.regression import RegressionEvaluation
from tuneit.findings import Diagnosis, Finding, Recommendation, Severity, Verdict
from tuneit.findings.reference_models import BOOSTING, TRIVIAL, ReferenceModels, ReferenceScore
from tuneit.report import ReportContent
from tuneit.space import Boolean, Choice, Condition, Fixed, Float, Int, SearchSpace
from tuneit.study import Study
from tuneit.trials import Objective, Trial, TrialState, best_trial
from tuneit.trials.trivial import Trivial

SPACE = SearchSpace(
    (
        Float(name="learning_rate", low=1e-4, high=1e-1, sampling="log"),
        Int(name="units", low=16, high=256, step=16),
        Float(name="dropout", low=0.0, high=0.5),
        Choice(name="optimizer", values=("adam", "sgd", "rmsprop")),
        Float(name="momentum", low=0.0, high=0.99, when=(Condition("optimizer", ("sgd",)),)),
        Boolean(name="batch_norm"),
        Fixed(name="batch_size", value=32),
    )
)

STUDY_TEXT = "version: 1\nname: digits\nmodel: digits.py:build_model\n"


def a_study(**changes: Any) -> Study:
    values = {
        "name": "digits",
        "seed": 42,
        "model": "digits.py:build_model",
        "data": {"source": "sklearn", "name": "digits"},
        "objective": {"metric": "val_accuracy"},
        "budget": {"trials": 20},
    }
    return Study.model_validate(values | changes)


def a_curve(seed: int = 0, epochs: int = 24, rise: float = 0.02) -> LearningCurve:
    rng = np.random.default_rng(seed)
    t = np.arange(epochs)
    loss = 2.2 * np.exp(-t / 4) + 0.03 + rng.normal(scale=0.01, size=epochs)
    val_loss = 2.2 * np.exp(-t / 4) + 0.12 + rise * np.maximum(0, t - 12)
    val_loss = val_loss + rng.normal(scale=0.02, size=epochs)
    return LearningCurve.from_history(
        {
            "loss": list(np.abs(loss)),
            "accuracy": list(np.clip(1 - np.abs(loss) / 2.4, 0, 1)),
            "val_loss": list(val_loss),
            "val_accuracy": list(np.clip(1 - val_loss / 2.4, 0, 1)),
        }
    )


def a_trial(number: int = 0, **changes: Any) -> Trial:
    rng = np.random.default_rng(number)
    curve = a_curve(number, rise=float(rng.uniform(0, 0.04)))
    params = SPACE.sample(rng)
    score = (
        float(curve["val_accuracy"].max())
        - 0.3 * abs(np.log10(params["learning_rate"]) + 2.5) ** 2 / 2
    )
    values: dict[str, Any] = {
        "params": params,
        "state": TrialState.COMPLETE,
        "seed": 1000 + number,
        "score": score,
        "curve": curve,
        "best_epoch": curve.best_epoch("val_accuracy", maximize=True),
        "duration_s": 3.2 + number % 4,
        "verdict": "overfitting" if number % 3 else "healthy",
    }
    return Trial(number, **(values | changes))


def a_failed_trial(number: int, error: str = "ResourceExhaustedError: out of memory") -> Trial:
    return a_trial(
        number,
        state=TrialState.FAILED,
        score=None,
        curve=None,
        best_epoch=None,
        verdict=None,
        error=error,
    )


def some_trials(count: int = 20) -> list[Trial]:
    trials = [a_trial(number) for number in range(count)]
    for number in range(4, count, 9):
        trials[number] = a_failed_trial(number)
    for number in range(7, count, 8):
        trials[number] = a_trial(number, state=TrialState.PRUNED, curve=a_curve(number, 5))
    return trials


def a_diagnosis() -> Diagnosis:
    return Diagnosis(
        Verdict.OVERFITTING,
        0.87,
        (
            Finding(
                "overfitting",
                Severity.WARNING,
                0.87,
                "val_loss rose from 0.13 at epoch 13 to 0.34 while loss fell on to 0.03.",
                {"minimum_val_loss": 0.1312, "last_val_loss": 0.3441, "rise": 1.62},
                onset_epoch=14,
                epochs_used=24,
            ),
            Finding(
                "gap",
                Severity.INFO,
                0.6,
                "Training accuracy is 0.03 above validation.",
                epochs_used=24,
            ),
            Finding(
                "edge_of_range",
                Severity.INFO,
                0.9,
                "The best dropout lies at the edge of its range.",
            ),
        ),
        (
            Recommendation(
                "dropout",
                "The gap between training and validation loss opens after epoch 14.",
                1,
                parameter="dropout",
                old=0.1,
                new=0.3,
                searched=(0.0, 0.5),
                evidence={"dropout": 0.1, "gap": 0.21},
            ),
            Recommendation("more_data", "A larger training set narrows the gap.", 2),
        ),
    )


def a_classification(classes: int = 10, rows: int = 360) -> ClassificationEvaluation:
    rng = np.random.default_rng(0)
    true = rng.integers(classes, size=rows)
    logits = rng.normal(size=(rows, classes)) + 4.0 * np.eye(classes)[true]
    return evaluate_classification(true, logits, [str(i) for i in range(classes)])


def a_regression(outputs: int = 1) -> RegressionEvaluation:
    rng = np.random.default_rng(0)
    true = rng.normal(150, 70, size=(90, outputs))
    return evaluate_regression(true, 0.6 * true + 60 + rng.normal(0, 35, size=true.shape))


def an_evaluation(task: str) -> OutputEvaluation:
    """An evaluation of a task, of predictions that are right more often than not."""
    rng = np.random.default_rng(0)
    names = ("road", "car <b>", "sky")
    if task == "classification":
        return a_classification(3, 60)
    if task == "multilabel":
        flags = rng.random((80, 3)) < (0.2, 0.5, 0.7)
        return evaluate_predictions(
            "multilabel", flags, flags, 0.4 * flags + 0.6 * rng.random(flags.shape), names
        )
    if task in ("tagging", "segmentation"):
        shape = (40, 7) if task == "tagging" else (12, 24, 32)
        tags = rng.integers(3, size=shape)
        if task == "segmentation":
            y, x = np.mgrid[:24, :32]
            discs = ((y - 12) ** 2 + (x - rng.integers(6, 26, size=12)[:, None, None]) ** 2) < 40
            tags = np.where(discs, 1, np.where(y < 8, 2, 0) + np.zeros((12, 1, 1), int))
        scores = np.eye(3)[tags] + rng.normal(0, 0.5, (*shape, 3))
        inputs = np.eye(3)[tags] * 180 + rng.integers(60, size=(*shape, 3))
        return evaluate_predictions(
            "classification", tags, tags, scores, names, positions=shape[1:], inputs=inputs
        )
    if task == "forecast":
        start = rng.random((30, 1, 3)) * 6
        true = np.sin(start + np.arange(12)[:, None] / 2) + np.arange(3)
        noise = rng.normal(0, 0.05, true.shape) * np.arange(12)[:, None]
        return evaluate_predictions("regression", true, true, true + noise)
    if task == "reconstruction":
        y, x = np.mgrid[:28, :28]
        true = np.stack([np.hypot(y - c, x - c) < 9 for c in range(8, 20)])[..., None] * 1.0
        noisy = true + rng.normal(0, 0.3, true.shape)
        return evaluate_predictions(
            "regression", true, true, (true + noisy) / 2, inputs=noisy, is_copy_of_input=True
        )
    counts = rng.poisson(4, 60)
    if task == "counts":
        found = 0.5 * counts + 2 + rng.random(60)
        return evaluate_predictions("regression", counts, counts, found[:, None], loss="poisson")
    if task == "unmatched":
        found = 4 + np.tile([-2.5, 0, 2.5], (60, 1)) + rng.random((60, 1))
        return evaluate_predictions("regression", counts, counts, found)
    return a_regression()


def all_evaluations() -> SeveralEvaluation:
    """A model with an output of each task."""
    return SeveralEvaluation(
        tuple(NamedEvaluation(f"its_{kind.of.task}", an_evaluation(kind.of.task)) for kind in KINDS)
    )


def some_importances(**shares: float) -> Importances:
    told = shares or {"learning_rate": 0.63, "units": 0.2, "dropout": 0.12, "optimizer": 0.05}
    around = {name: (max(0.0, s - 0.2), min(1.0, s + 0.2)) for name, s in told.items()}
    first = max(told, key=lambda name: told[name])
    return Importances(told, around, frozenset({first}), 16, 20)


def some_references() -> ReferenceModels:
    """Two models, as a search fits them."""
    scores = {TRIVIAL: (0.1, 0.0158), BOOSTING: (0.9528, 0.0113)}
    return ReferenceModels(
        tuple(
            ReferenceScore(name, {"accuracy": value}, {"accuracy": error}, 0.6)
            for name, (value, error) in scores.items()
        ),
        rows=1077,
        all_rows=1077,
        validation_rows=360,
        notes=("64 columns were seen",),
    )


def a_content(**changes: Any) -> ReportContent:
    objective = changes.get("objective", Objective("val_accuracy", "maximize"))
    trials = changes.get("trials", some_trials())
    best = best_trial(trials, objective)
    values: dict[str, Any] = {
        "study": a_study(),
        "study_text": STUDY_TEXT,
        "objective": objective,
        "space": SPACE,
        "trials": trials,
        "best": best,
        "diagnosis": a_diagnosis() if best else None,
        "evaluation": a_classification() if best else None,
        "data": {
            "name": "digits",
            "task": "classification",
            "rows": {"train": 1077, "validation": 360, "test": 360},
            "classes": {
                str(i): {"train": 107 + i, "validation": 36, "test": 36} for i in range(10)
            },
            "features": [f"pixel_{i}" for i in range(64)],
            "notes": ["The task was inferred from the target: 10 distinct whole numbers."],
        },
        "importances": some_importances(),
        "versions": {"python": "3.11.9", "keras": "3.15.0"},
        "stopped": "the budget of 20 trials is used up",
        "trivial": Trivial("'3'", (0.1, 0.104)),
        "reference_models": some_references(),
    }
    return ReportContent(**(values | changes))
