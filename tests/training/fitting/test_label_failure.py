from __future__ import annotations

import pytest

from tuneit.training.fitting.label_failure import label_outside
from tuneit.training.keras_loader import load_keras

load_keras()
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402


def test_the_error_of_tensorflow_is_a_sentence_with_the_numbers() -> None:
    with pytest.raises(tf.errors.InvalidArgumentError) as raised:
        tf.nn.sparse_softmax_cross_entropy_with_logits(np.array([0, 12]), np.zeros((2, 10), "f4"))
    assert label_outside(raised.value) == (
        "a batch holds the label 12, but the loss over 10 units takes the labels 0 to 9; "
        "batches before it had no such label: mend the labels, or give the last layer 13 units"
    )
    assert label_outside(ValueError("another")) is None
