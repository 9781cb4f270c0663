"""Making a trained model again from its hyperparameters and its weights."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
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


def rebuild(
    builder: Builder,
    specs: Mapping[str, ParameterSpec],
    space: SearchSpace,
    dataset: Dataset,
    params: Mapping[str, Scalar],
    weights: Path,
) -> Any:
    """Return the `keras.Model` of `params` with the weights of a file (HDF5 or .keras), compiled.

    Raises whatever a builder or a weights file of another model or version raises.
    """
    fresh_session(0)
    model = builder.build(TrialHyperParameters(dict(params), specs, known=space))
    if not model.built:
        model(take(dataset.validation.x, np.array([0])))
    if model.optimizer is not None:
        model.optimizer.build(model.trainable_variables)  # or its state is saved in part
    with warnings.catch_warnings():
        # An optimizer whose state does not fit trains nothing again.
        warnings.simplefilter("ignore")
        model.load_weights(weights)
    return model


def load_or_rebuild(
    path: Path,
    builder: Builder,
    specs: Mapping[str, ParameterSpec],
    space: SearchSpace,
    dataset: Dataset,
    params: Mapping[str, Scalar],
) -> Any:
    """Load the model saved at `path`; where Keras cannot, rebuild it with the weights there.

    Raises BuilderError where neither works.
    """
    try:
        return load_model(path)
    except BuilderError as refused:
        if not path.is_file():
            raise
        try:
            return rebuild(builder, specs, space, dataset, params, path)
        except Exception as error:
            raise BuilderError(f"{refused}; nor can it be built anew: {describe(error)}") from error


def restore_model(
    builder: Builder,
    specs: Mapping[str, ParameterSpec],
    space: SearchSpace,
    dataset: Dataset,
    params: Mapping[str, Scalar],
    weights: Path,
    target: Path,
) -> bool:
    """Rebuild the model of `params` and save it at `target`.

    Returns False where there are no weights, or the model that the builder makes does not fit
    them.
    """
    if not weights.is_file():
        return False
    try:
        model = rebuild(builder, specs, space, dataset, params, weights)
        target.parent.mkdir(parents=True, exist_ok=True)
        model.save(target)
    except Exception:  # whatever a builder or a weights file of another version raises
        return False
    return True
