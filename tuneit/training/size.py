"""How large a model is, before it is trained."""

from __future__ import annotations

import contextlib
from typing import Any

from tuneit.data.dataset import Dataset


def count_parameters(model: Any, dataset: Dataset) -> int | None:
    """Number of weights, trainable or not; builds the model for the data where it is not built.

    None for a model that only a batch can build: it is counted once training has built it.
    """
    if not model.built:
        with contextlib.suppress(Exception):
            model.build(input_shape(dataset))
    return int(model.count_params()) if model.built else None


def input_shape(dataset: Dataset) -> Any:
    """The shape of a batch of any size, by input name where there are several inputs."""
    shape = dataset.input_shape
    if isinstance(shape, dict):
        return {name: (None, *row) for name, row in shape.items()}
    return (None, *shape)
