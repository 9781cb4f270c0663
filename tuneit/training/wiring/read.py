"""Reading a compiled Keras model into plain values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tuneit.training.keras_loader import load_keras
from tuneit.training.models.head import head_of
from tuneit.training.wiring.wiring import Layer, Wiring

load_keras()
import keras  # noqa: E402
from keras.src.models.functional import Functional  # noqa: E402 - not exported

_SETTINGS = ("rate", "return_sequences", "input_dim", "mask_zero")

_ACTIVATION_LAYERS = {
    "Softmax": "softmax",
    "ReLU": "relu",
    "LeakyReLU": "leaky_relu",
    "ELU": "elu",
    "PReLU": "prelu",
}

_OWN_LOSS = ("train_step", "compute_loss")


def read_wiring(model: Any) -> Wiring:
    """Read a compiled `keras.Model`; layers have parents only where Keras knows the graph."""
    own_loss = any(getattr(type(model), n) is not getattr(keras.Model, n) for n in _OWN_LOSS)
    graph = _graph(model)
    layers, output = _flattened(graph) if graph is not None else (tuple(_listed(model)), None)
    return Wiring(
        layers=layers,
        output=output,
        head=None if own_loss else head_of(model),
        metrics=tuple(_metric_names(getattr(model, "_compile_metrics", None))),
        learning_rate=_learning_rate(model),
    )


def _graph(model: Any) -> Functional | None:
    if isinstance(model, keras.Sequential):
        model = getattr(model, "_functional", None)
    return model if isinstance(model, Functional) else None


def _flattened(graph: Functional) -> tuple[tuple[Layer, ...], int | None]:
    """The layers of a graph and of the models in it; the index of the layer of its one output."""
    layers: list[Layer] = []
    places: dict[int, int] = {}

    def add(graph: Functional, entries: tuple[int, ...]) -> None:
        operations = {id(operation) for operation in graph.operations}
        for operation in graph.operations:
            parents = tuple(
                places[id(parent.operation)]
                for node in operation._inbound_nodes
                for parent in node.parent_nodes
                if id(parent.operation) in operations and id(parent.operation) in places
            )
            inner = _graph(operation)
            if inner is not None:
                add(inner, parents)
                places[id(operation)] = places[id(_maker(inner))]
                continue
            places[id(operation)] = len(layers)
            is_entry = isinstance(operation, keras.layers.InputLayer)
            layers.append(_layer(operation, entries if is_entry else parents))

    add(graph, ())
    return tuple(layers), places[id(_maker(graph))] if len(graph.outputs) == 1 else None


def _maker(graph: Functional) -> Any:
    return graph.outputs[0]._keras_history.operation


def _listed(model: Any) -> Iterator[Layer]:
    for layer in getattr(model, "layers", ()):
        if isinstance(layer, keras.Model):
            yield from _listed(layer)
        else:
            yield _layer(layer, ())


def _layer(operation: Any, parents: tuple[int, ...]) -> Layer:
    kind = type(operation).__name__
    if not type(operation).__module__.startswith("keras."):
        kind = f"own {kind}"
    function = getattr(operation, "activation", None)
    of_keras = str(getattr(function, "__module__", "")).startswith("keras.")
    name = str(getattr(function, "__name__", "")) if of_keras else ""
    output = getattr(operation, "output", None) if operation._inbound_nodes else None
    shape = getattr(output, "shape", None)
    return Layer(
        name=str(operation.name),
        kind=kind,
        activation=_ACTIVATION_LAYERS.get(kind, name),
        own_activation=function is not None and not name,
        size=getattr(operation, "units", getattr(operation, "filters", None)),
        shape=tuple(shape[1:]) if shape is not None else None,
        parents=parents,
        settings={n: getattr(operation, n) for n in _SETTINGS if hasattr(operation, n)},
    )


def _metric_names(metrics: Any) -> Iterator[str]:
    """Names of the metrics that `compile` was given, nested by output or not."""
    given = getattr(metrics, "_user_metrics", metrics)
    if isinstance(given, dict):
        given = list(given.values())
    if isinstance(given, (list, tuple)):
        for one in given:
            yield from _metric_names(one)
    elif isinstance(given, str):
        yield given.lower()
    elif given is not None:
        named = type(given).__name__ if isinstance(given, keras.metrics.Metric) else ""
        yield (named or str(getattr(given, "__name__", ""))).lower()


def _learning_rate(model: Any) -> float | None:
    try:
        return float(model.optimizer.learning_rate)
    except (AttributeError, TypeError, ValueError):
        return None
