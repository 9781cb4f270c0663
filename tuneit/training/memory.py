"""Starting each training from nothing: no graph, no model, no random state of the one before."""

from __future__ import annotations

import gc

from tuneit.training.quiet import load_keras

load_keras()
import keras  # noqa: E402


def fresh_session(seed: int) -> None:
    """Forget everything that Keras holds of earlier trainings, and seed all random generators."""
    keras.utils.clear_session(free_memory=True)
    gc.collect()
    keras.utils.set_random_seed(seed)
