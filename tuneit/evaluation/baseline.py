"""What a predictor that learned nothing but the target's distribution reaches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from tuneit.evaluation.predictions import as_labels

Scorer = Callable[[Any, Any], float]


def baseline(
    task: Literal["classification", "regression"], y_train: Any, y_eval: Any, metric: str
) -> float | None:
    """The metric's value on `y_eval` for the trivial predictor fitted on `y_train`.

    Classification: scikit-learn's DummyClassifier, the most frequent class for accuracy and the
    class shares for the loss (cross-entropy, in nats) and AUC. Regression: DummyRegressor, the
    mean; `loss` is taken for the mean squared error. `metric` is Keras's name, with or without
    `val_`. None for a metric that has no entry here.
    """
    scorer = _SCORERS[task].get(metric.removeprefix("val_").lower())
    return None if scorer is None else scorer(y_train, y_eval)


def _accuracy(y_train: Any, y_eval: Any) -> float:
    from sklearn.dummy import DummyClassifier

    train, true = as_labels(y_train), as_labels(y_eval)
    trivial = DummyClassifier(strategy="most_frequent").fit(np.zeros((len(train), 1)), train)
    return float(trivial.score(np.zeros((len(true), 1)), true))


def _cross_entropy(y_train: Any, y_eval: Any) -> float:
    from sklearn.dummy import DummyClassifier
    from sklearn.metrics import log_loss

    train, true = as_labels(y_train), as_labels(y_eval)
    trivial = DummyClassifier(strategy="prior").fit(np.zeros((len(train), 1)), train)
    classes = np.union1d(train, true)
    shares = np.zeros((len(true), len(classes)))
    columns = np.searchsorted(classes, trivial.classes_)
    shares[:, columns] = trivial.predict_proba(np.zeros((len(true), 1)))
    # Of a single class, the shares are certain.
    return float(log_loss(true, shares, labels=classes)) if len(classes) > 1 else 0.0


def _no_ranking(y_train: Any, y_eval: Any) -> float:
    # Equal scores for all rows rank nothing: the area under the ROC curve is one half.
    return 0.5


def _mean_predictor(score: Callable[[Any, Any], float]) -> Scorer:
    def scorer(y_train: Any, y_eval: Any) -> float:
        from sklearn.dummy import DummyRegressor

        trivial = DummyRegressor(strategy="mean").fit(np.zeros((len(y_train), 1)), y_train)
        true = np.asarray(y_eval, dtype=np.float64)
        predicted = np.reshape(trivial.predict(np.zeros((len(true), 1))), true.shape)
        return float(score(true, predicted))

    return scorer


def _mse(true: Any, predicted: Any) -> float:
    return float(np.mean((true - predicted) ** 2))


def _mae(true: Any, predicted: Any) -> float:
    return float(np.mean(np.abs(true - predicted)))


def _r2(true: Any, predicted: Any) -> float:
    from sklearn.metrics import r2_score

    return float(r2_score(true, predicted))


def _named(scorer: Scorer, *names: str) -> dict[str, Scorer]:
    return dict.fromkeys(names, scorer)


_SCORERS: dict[str, dict[str, Scorer]] = {
    "classification": {
        **_named(_accuracy, "accuracy", "acc", "binary_accuracy"),
        **_named(_accuracy, "categorical_accuracy", "sparse_categorical_accuracy"),
        **_named(_cross_entropy, "loss", "crossentropy", "binary_crossentropy"),
        **_named(_cross_entropy, "categorical_crossentropy", "sparse_categorical_crossentropy"),
        **_named(_no_ranking, "auc", "roc_auc"),
    },
    "regression": {
        **_named(_mean_predictor(_mse), "loss", "mse", "mean_squared_error"),
        **_named(_mean_predictor(_mae), "mae", "mean_absolute_error"),
        **_named(
            _mean_predictor(lambda true, predicted: float(np.sqrt(_mse(true, predicted)))),
            *("rmse", "root_mean_squared_error"),
        ),
        **_named(_mean_predictor(_r2), "r2", "r2_score"),
    },
}
