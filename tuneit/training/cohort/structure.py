"""Which models are alike: all but their lifted numbers and their weights' values."""

from __future__ import annotations

import json
from typing import Any

from tuneit.training.cohort.lifting import knobs, swapped
from tuneit.training.cohort.template import kept
from tuneit.training.quiet import load_keras

load_keras()
import keras  # noqa: E402

_IRRELEVANT = ("seed", "build_config", "registered_name")
"""Parts of a configuration that do not matter once the weights are there."""

_ANY = 0.5
"""Stands for every lifted number while configurations are compared."""


def structure(model: Any, batch_size: int) -> str:
    """A text that is equal for models which can be trained in one cohort."""
    variables = kept(model)
    lifted = [(knob.place, knob.key, _ANY) for knob in knobs(model, model.optimizer)]
    with swapped(lifted):
        config = model.get_config()
        parts = {
            "batch_size": batch_size,
            "lifted": len(lifted),
            "class": type(model).__name__,
            "layers": config.get("layers"),
            "connections": {k: config.get(k) for k in ("input_layers", "output_layers")},
            "compiled": _compiled(model),
            "variables": [(v.shape, str(v.dtype)) for v in variables],
        }
    return json.dumps(_relevant(parts), sort_keys=True, default=repr)


def _compiled(model: Any) -> Any:
    config = model.get_compile_config()
    if isinstance(model.optimizer._learning_rate, keras.Variable):
        # A plain learning rate is one of the optimizer's variables.
        config["optimizer"]["config"].pop("learning_rate")
    return {
        k: config.get(k)
        for k in ("optimizer", "loss", "loss_weights", "metrics", "weighted_metrics")
    }


def _relevant(config: Any) -> Any:
    if isinstance(config, dict):
        return {
            name: _relevant(value)
            for name, value in config.items()
            if name not in _IRRELEVANT and not name.endswith("_initializer")
        }
    if isinstance(config, (list, tuple)):
        return [_relevant(value) for value in config]
    return config
