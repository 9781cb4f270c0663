"""Dropout: a higher rate, or new layers."""

from __future__ import annotations

from typing import Any

from tuneit.training.keras_loader import load_keras
from tuneit.training.treating.graph import CannotTreat, Graph, names
from tuneit.training.treating.rebuild import before, rebuilt

load_keras()
import keras  # noqa: E402

RATES = (0.3, 0.5)
"""The rates to try, one after the other (as the recommendations do)."""

_NEAR = 0.05
"""Rates closer than this count as equal."""


def add_dropout(model: Any, x: Any = None) -> tuple[Any, str]:
    """Raise the rates of the model's Dropout layers to the next of 0.3 and 0.5.

    Where it has none, put one with 0.3 before each Dense layer that hidden layers feed, or before
    each layer with units or filters where no Dense layer is so fed.
    """
    del x
    graph = Graph.of(model)
    old = {
        layer.name: layer.rate for layer in model.layers if isinstance(layer, keras.layers.Dropout)
    }
    if old:
        return _raise(model, old)
    fed = [layer for layer in graph.sized if graph.fed_by_weights(layer)]
    chosen = [layer for layer in fed if isinstance(layer, keras.layers.Dense)] or fed
    if not chosen:
        raise CannotTreat("it has no hidden layer whose output could be dropped")

    def drop(layer: Any) -> list[Any]:
        return [keras.layers.Dropout(RATES[0], name=f"{layer.name}_dropout")]

    call = before({layer.name for layer in chosen}, drop)
    return rebuilt(model, call=call), f"Dropout({RATES[0]}) before {names(chosen)}"


def _raise(model: Any, old: dict[str, float]) -> tuple[Any, str]:
    lowest = min(old.values())
    rate = next((rate for rate in RATES if rate > lowest + _NEAR), None)
    if rate is None:
        raise CannotTreat(f"its dropout is {lowest:g} already")

    def configure(layer: Any, config: dict[str, Any]) -> None:
        if layer.name in old:
            config["rate"] = max(config["rate"], rate)

    return rebuilt(model, configure), f"dropout {lowest:g} → {rate:g}"
