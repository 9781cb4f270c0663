"""A class of the user's own tells the shape of its output when it is called."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tuneit.data.load import dataset_from_arrays
from tuneit.errors import DataError
from tuneit.training.fitting.called_outputs import check_called_outputs
from tuneit.training.keras_loader import load_keras

load_keras()
import keras  # noqa: E402


class Own(keras.Model):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__()
        self.last = keras.layers.Dense(3, activation="softmax")

    def call(self, x: Any) -> Any:
        return self.last(x)


def test_labels_that_occur_in_the_validation_rows_alone_are_told() -> None:
    x, y = np.zeros((60, 4)), np.arange(60) % 3
    model = Own()
    model.compile("sgd", "sparse_categorical_crossentropy")
    check_called_outputs(model, dataset_from_arrays(x, y))
    other = (x[:20], y[:20] + 7)
    data = dataset_from_arrays(x, y, validation=other, task="classification")
    with pytest.raises(DataError, match=r"labels 0 to 2, but the validation rows .* as 9"):
        check_called_outputs(model, data)
