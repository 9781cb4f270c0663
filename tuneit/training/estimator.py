"""A trial as an estimator of scikit-learn: each `fit` builds and trains a new model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.validation import check_is_fitted

from tuneit.data.scale import Scaling, fit_scaler
from tuneit.errors import InputError
from tuneit.evaluation.predictions import ClassPredictions, read_predictions
from tuneit.space import Scalar, SearchSpace
from tuneit.training.builders.builder import Builder
from tuneit.training.builders.hyperparameters import TrialHyperParameters
from tuneit.training.fitting.session import fresh_session
from tuneit.training.models.head import heads_of
from tuneit.training.saving.prediction import predict


class _Tuned(BaseEstimator):  # type: ignore[misc]
    """Builds the model with a trial's hyperparameters, and trains it as long as the trial's best.

    `scale` is fitted on the rows that `fit` gets. All arguments are kept as they are given, so that
    `clone` and `cross_val_score` train each model anew with them.
    """

    def __init__(
        self,
        builder: Builder,
        space: SearchSpace,
        params: Mapping[str, Scalar],
        epochs: int,
        batch_size: int = 32,
        scale: Scaling = "none",
        seed: int = 0,
    ) -> None:
        self.builder = builder
        self.space = space
        self.params = params
        self.epochs = epochs
        self.batch_size = batch_size
        self.scale = scale
        self.seed = seed

    def _fit(self, x: Any, y: Any, **given: Any) -> None:
        features = np.asarray(x)
        if len(features) != len(y):
            raise InputError(f"X has {len(features)} rows, but y has {len(y)}")
        if features.ndim == 2:
            self.n_features_in_ = features.shape[1]
        self.scaler_ = fit_scaler(features, self.scale)
        fresh_session(self.seed)
        hp = TrialHyperParameters(dict(self.params), self.builder.specs, known=self.space)
        self.model_ = self.builder.build(hp)
        settings = {"epochs": self.epochs, "batch_size": self.batch_size, "verbose": 0, **given}
        rows = self._scaled(features)
        if self.builder.own_fit is not None:
            self.builder.own_fit(hp, self.model_, rows, y, **settings)
        else:
            self.model_.fit(rows, y, **settings)

    def _scaled(self, x: Any) -> Any:
        features = np.asarray(x)
        return features if self.scaler_ is None else self.scaler_.apply(features)

    def _outputs(self, x: Any) -> Any:
        check_is_fitted(self, "model_")
        return predict(self.model_, self._scaled(x))


class TunedRegressor(RegressorMixin, _Tuned):  # type: ignore[misc]
    """Predicts numbers: `y` of shape (rows,) or (rows, targets)."""

    def fit(self, X: Any, y: Any) -> Self:  # noqa: N803 - scikit-learn's name
        """Build and train a model on `X`, shape (rows, …)."""
        self._fit(X, np.asarray(y))
        self.shape_ = np.asarray(y).shape[1:]
        return self

    def predict(self, X: Any) -> Any:  # noqa: N803
        """Return predictions of the shape of `y`."""
        outputs = self._outputs(X)
        return outputs.reshape(len(outputs), *self.shape_)


class TunedClassifier(ClassifierMixin, _Tuned):  # type: ignore[misc]
    """Predicts labels: `y` of shape (rows,), of any values.

    `one_hot` trains on one-hot rows, as `categorical_crossentropy` needs them. `class_weight` is
    None or "balanced".
    """

    def __init__(
        self,
        builder: Builder,
        space: SearchSpace,
        params: Mapping[str, Scalar],
        epochs: int,
        batch_size: int = 32,
        scale: Scaling = "none",
        seed: int = 0,
        one_hot: bool = False,
        class_weight: str | None = None,
    ) -> None:
        super().__init__(builder, space, params, epochs, batch_size, scale, seed)
        self.one_hot = one_hot
        self.class_weight = class_weight

    def fit(self, X: Any, y: Any) -> Self:  # noqa: N803
        """Build and train a model on `X`, shape (rows, …)."""
        self.classes_, labels = np.unique(np.asarray(y), return_inverse=True)
        given = {}
        if self.class_weight is not None:
            weights = compute_class_weight(
                self.class_weight, classes=np.arange(len(self.classes_)), y=labels
            )
            given["class_weight"] = dict(enumerate(map(float, weights)))
        self._fit(X, np.eye(len(self.classes_))[labels] if self.one_hot else labels, **given)
        return self

    def _read(self, x: Any) -> ClassPredictions:
        outputs = self._outputs(x)
        heads = heads_of(self.model_)
        logits = bool(heads) and heads[0].from_logits
        return read_predictions(outputs, len(self.classes_), from_logits=logits)

    def predict(self, X: Any) -> Any:  # noqa: N803
        """Return labels, shape (rows,)."""
        return self.classes_[self._read(X).labels]

    def predict_proba(self, X: Any) -> Any:  # noqa: N803
        """Return probabilities, shape (rows, classes), in the order of `classes_`.

        Raises InputError where the model's outputs are none.
        """
        found = self._read(X).probabilities
        if found is None:
            raise InputError("the model's outputs are no probabilities: use predict")
        return found
