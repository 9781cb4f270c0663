"""How large a model is, before it is trained."""

from __future__ import annotations

import contextlib
import warnings
from typing import Any

import numpy as np

from tuneit.data.dataset import Dataset
from tuneit.data.nested import map_arrays


def build_for(model: Any, dataset: Dataset) -> None:
    """Build a model for the data, unless its builder has done so."""
    if not model.built:
        with warnings.catch_warnings():
            # A user's own class may need a batch to be built: then it stays unbuilt here.
            warnings.simplefilter("ignore", UserWarning)
            model.build(input_shape(dataset))


def count_parameters(model: Any, dataset: Dataset) -> int | None:
    """Number of weights, trainable or not; builds the model for the data where it is not built.

    None for a model that only a batch of data can build: training counts it later.
    """
    with contextlib.suppress(Exception):
        build_for(model, dataset)
    return weights_in(model)


def weights_in(model: Any) -> int | None:
    """Number of weights, also of a model that is not built; None before it has any.

    A model with its own `train_step` (a VAE, say) may train its layers and never be built.
    """
    if model.built:
        return int(model.count_params())
    return sum(weight.size for weight in model.get_weights()) or None


def nonzero_weights_in(model: Any) -> int:
    """Number of weights that are not zero."""
    return sum(int(np.count_nonzero(weight)) for weight in model.get_weights())


def fixed_batch_size(model: Any) -> int | None:
    """The rows that each batch must have, of a stateful model say; None where any number will do.

    Of a subclassed model this is not known before it is called.
    """
    inputs = getattr(model, "inputs", None) or ()
    sizes = {tensor.shape[0] for tensor in inputs if tensor.shape} - {None}
    return min(sizes) if sizes else None


def input_shape(dataset: Dataset) -> Any:
    """The shape of a batch of any size; of several inputs a list or dict of shapes."""
    shapes = map_arrays(lambda array: (None, *array.shape[1:]), dataset.train.x)
    return list(shapes) if isinstance(dataset.train.x, tuple) else shapes
