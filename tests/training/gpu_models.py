"""A builder that notes on which device it builds, for the tests on a GPU."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import tensorflow as tf
from training_models import a_network


def build_noting(hp: Any) -> Any:
    """A small network; its process's GPUs go to a file of their own in TUNEIT_TEST_NOTES."""
    model = a_network(hp.Int("units", 2, 8))
    gpus = tf.config.get_visible_devices("GPU")
    Path(os.environ["TUNEIT_TEST_NOTES"], f"{os.getpid()}.json").write_text(
        json.dumps(
            {
                "visible": [gpu.name for gpu in gpus],
                "growth": [tf.config.experimental.get_memory_growth(gpu) for gpu in gpus],
                "weights": model.weights[0].value.device,
                "bytes": tf.config.experimental.get_memory_info("GPU:0")["current"],
            }
        )
    )
    return model
