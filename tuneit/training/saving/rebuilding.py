"""Rebuilding a trained model from its hyperparameters and its weights."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tuneit.errors import BuilderError
from tuneit.space import Scalar
from tuneit.training.builders.hyperparameters import TrialHyperParameters
from tuneit.training.fitting.fit import arrays_for_keras, first_rows, fit_briefly
from tuneit.training.fitting.session import fresh_session
from tuneit.training.recipe import Recipe
from tuneit.training.saving.prediction import load_model
from tuneit.training.user_code.error_text import describe


@dataclass(frozen=True)
class ModelRebuilder:
    """Rebuilds the model of a trial with the study's builder; `params` are the trial's."""

    recipe: Recipe
    params: Mapping[str, Scalar]

    def with_weights(self, weights: Path) -> Any:
        """Return the `keras.Model` with the weights of a file (HDF5 or .keras), compiled.

        Raises whatever a builder or a weights file of another model or version raises.
        """
        model = self.build()
        with warnings.catch_warnings():
            # Keras warns where the optimizer's state does not fit; the model is not trained on.
            warnings.simplefilter("ignore")
            model.load_weights(weights)
        return model

    def build(self) -> Any:
        """Return the `keras.Model` as the builder makes it, compiled, with weights to be replaced.

        Raises whatever a builder raises.
        """
        fresh_session(0)
        builder, space = self.recipe.builder, self.recipe.space
        hp = TrialHyperParameters(dict(self.params), builder.specs, known=space)
        model = builder.build(hp)
        if not model.built:
            self._make_weights(hp, model)
        if model.optimizer is not None:
            # Otherwise Keras would save only part of its state.
            model.optimizer.build(model.trainable_variables)
        return model

    def _make_weights(self, hp: TrialHyperParameters, model: Any) -> None:
        """Create a model's weights by training it briefly, or by calling it where that fails."""
        try:
            fit_briefly(self.recipe.builder, hp, model, self.recipe.dataset)
        except Exception:
            model(self._inputs(1))
        model.built = True

    def _compiled(self, model: Any, path: Path) -> Any:
        """The model from the user's builder, which has the losses and metrics that Keras lacks.

        Returns the loaded model where the builder's does not predict the same.
        """
        import keras

        rows = self._inputs(8)
        with contextlib.suppress(Exception):  # a changed builder may raise anything
            anew = self.with_weights(path)
            said = (keras.tree.flatten(m.predict_on_batch(rows)) for m in (anew, model))
            pairs = zip(*said, strict=True)
            if anew.compiled and all(np.allclose(a, b, rtol=1e-3, atol=1e-5) for a, b in pairs):
                return anew
        return model

    def _inputs(self, rows: int) -> Any:
        """The inputs of the first validation rows, as the model takes them."""
        return arrays_for_keras(first_rows(self.recipe.dataset.validation, rows))[0]

    def load(self, path: Path) -> Any:
        """Load the model saved at `path`; where Keras cannot, rebuild it with the weights there.

        A model that Keras loads without its loss or metrics, which are not registered, is compiled
        as the builder compiles it. Raises BuilderError where it can neither be loaded nor built.
        """
        try:
            model = load_model(path)
            return model if model.compiled else self._compiled(model, path)
        except BuilderError as refused:
            if not path.is_file():
                raise
            try:
                return self.with_weights(path)
            except Exception as error:
                raise BuilderError(
                    f"{refused}; nor can it be built anew: {describe(error)}"
                ) from error

    def save(self, weights: Path, target: Path) -> bool:
        """Rebuild the model and save it at `target`.

        Returns False where there are no weights, or the model that the builder makes does not fit
        them.
        """
        if not weights.is_file():
            return False
        try:
            model = self.with_weights(weights)
            target.parent.mkdir(parents=True, exist_ok=True)
            model.save(target)
        except Exception:  # a builder or a weights file of another version may raise anything
            return False
        return True
