"""Making a trained model again from its hyperparameters and its weights."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tuneit.data.dataset import Dataset, take
from tuneit.errors import BuilderError
from tuneit.space import Scalar, SearchSpace
from tuneit.study import ParameterSpec
from tuneit.training.builders import Builder
from tuneit.training.hyperparameters import TrialHyperParameters
from tuneit.training.memory import fresh_session
from tuneit.training.prediction import load_model
from tuneit.training.references import describe


@dataclass(frozen=True)
class Rebuilding:
    """How a study's builder makes the model of `params` again."""

    builder: Builder
    specs: Mapping[str, ParameterSpec]
    space: SearchSpace
    dataset: Dataset
    params: Mapping[str, Scalar]

    def with_weights(self, weights: Path) -> Any:
        """Return the `keras.Model` with the weights of a file (HDF5 or .keras), compiled.

        Raises whatever a builder or a weights file of another model or version raises.
        """
        fresh_session(0)
        hp = TrialHyperParameters(dict(self.params), self.specs, known=self.space)
        model = self.builder.build(hp)
        if not model.built:
            model(take(self.dataset.validation.x, np.array([0])))
        if model.optimizer is not None:
            model.optimizer.build(model.trainable_variables)  # or its state is saved in part
        with warnings.catch_warnings():
            # An optimizer whose state does not fit trains nothing again.
            warnings.simplefilter("ignore")
            model.load_weights(weights)
        return model

    def load(self, path: Path) -> Any:
        """Load the model saved at `path`; where Keras cannot, rebuild it with the weights there.

        Raises BuilderError where neither works.
        """
        try:
            return load_model(path)
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
        except Exception:  # whatever a builder or a weights file of another version raises
            return False
        return True
