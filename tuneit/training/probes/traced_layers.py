"""The output of every layer of a subclassed model, seen by running it."""

from __future__ import annotations

from typing import Any

import numpy as np

from tuneit.training.keras_loader import load_keras
from tuneit.training.probes.layers import LARGEST, LayerOutput, activation_of
from tuneit.training.probes.sample import ROWS, Sample
from tuneit.training.wiring.trace import trace

load_keras()
import keras  # noqa: E402


def traced_outputs(model: Any, sample: Sample) -> list[LayerOutput]:
    """Outputs of the layers in the order of their calls, without the model's own output.

    Layers with several outputs or none of real numbers are left out, and very large outputs.
    """
    seen = trace(model, sample.x, rows=ROWS)
    if seen is None:
        return []
    answers = {id(tensor) for tensor in seen.outputs}
    found = []
    for call in seen.calls:
        if len(call.gives) != 1 or id(call.gives[0]) in answers:
            continue
        values = np.asarray(keras.ops.convert_to_numpy(call.gives[0]))
        if values.dtype.kind == "f" and values.ndim >= 2 and values.size <= LARGEST:
            name, activation = call.layer.name, activation_of(call.layer)
            found.append(LayerOutput(name, activation, values.astype(np.float64)))
    return found
