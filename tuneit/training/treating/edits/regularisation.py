"""More or less L2, and less dropout."""

from __future__ import annotations

from typing import Any

from tuneit.training.keras_loader import load_keras
from tuneit.training.treating.graph import CannotTreat, Graph, names
from tuneit.training.treating.rebuild import rebuilt

load_keras()
import keras  # noqa: E402

FIRST = 1e-4
"""The penalty to begin with (as the recommendations do)."""

STEP = 10.0
"""The factor between two penalties that are worth comparing."""


def add_l2(model: Any, x: Any = None) -> tuple[Any, str]:
    """Give the kernels of the hidden layers an L2 penalty, or ten times the one that they have.

    A model without hidden layers gets it in its output layers.
    """
    del x
    graph = Graph.of(model)
    chosen = [
        layer for layer in (graph.hidden or graph.sized) if hasattr(layer, "kernel_regularizer")
    ]
    if not chosen:
        raise CannotTreat("it has no layer whose kernel could have an L2 penalty")
    before = max((_l2_of(layer) for layer in chosen), default=0.0)
    penalty = before * STEP or FIRST
    chosen_names = {layer.name for layer in chosen}

    def configure(layer: Any, config: dict[str, Any]) -> None:
        if layer.name in chosen_names:
            config["kernel_regularizer"] = keras.regularizers.L2(penalty)

    return rebuilt(model, configure), f"L2 {before:g} → {penalty:g} in {names(chosen)}"


def _l2_of(layer: Any) -> float:
    return float(getattr(layer.kernel_regularizer, "l2", 0.0))


def regularise_less(model: Any, x: Any = None) -> tuple[Any, str]:
    """Halve dropout rates, and divide L2 penalties by ten."""
    del x
    rates = {
        layer.name: layer.rate
        for layer in model.layers
        if isinstance(layer, keras.layers.Dropout) and layer.rate > 0
    }
    penalties = {
        layer.name: _l2_of(layer)
        for layer in model.layers
        if getattr(layer, "kernel_regularizer", None) is not None and _l2_of(layer) > 0
    }
    if not rates and not penalties:
        raise CannotTreat("it has neither dropout nor L2")

    def configure(layer: Any, config: dict[str, Any]) -> None:
        if layer.name in rates:
            config["rate"] = rates[layer.name] / 2
        if layer.name in penalties:
            config["kernel_regularizer"] = keras.regularizers.L2(penalties[layer.name] / STEP)

    said = [
        f"{what} {max(old.values()):g} → {max(old.values()) / by:g}"
        for what, old, by in (("dropout", rates, 2), ("L2", penalties, STEP))
        if old
    ]
    return rebuilt(model, configure), ", ".join(said)
