"""Read a compiled Keras model into plain values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from tuneit.data.head import Head
from tuneit.training.keras_loader import load_keras
from tuneit.training.models.head import head_of, heads_of
from tuneit.training.wiring.trace import trace
from tuneit.training.wiring.wiring import DROPOUT, Layer, Wiring

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


def read_wirings(model: Any, x: Any = None) -> dict[str, Wiring]:
    """Read the wiring of each output, by its name; "" for the only output. `x` is as in
    `read_wiring`.

    Outputs without a loss are left out.
    """
    whole, graph, heads = read_wiring(model, x), _graph(model), heads_of(model)
    places = () if graph is None else _flattened(graph)[1]
    if len(places) < 2 or len(heads) != len(places):
        return {"": whole}
    given = getattr(getattr(model, "_compile_metrics", None), "_user_metrics", None)
    found = {}
    for place, (index, head) in enumerate(zip(places, heads, strict=True)):
        mine: Any = given
        if isinstance(given, dict):
            mine = given.get(head.name)
        elif isinstance(given, (list, tuple)) and len(given) == len(heads):
            mine = given[place]
        known = None if _has_own_loss(model) else head
        metrics = tuple(_metric_names(mine))
        if head.trained:
            part = replace(whole, output=index, head=known, metrics=metrics)
            found[head.name] = part.of_output()
    return found


def read_wiring(model: Any, x: Any = None) -> Wiring:
    """Read a compiled `keras.Model`; output and head are those of the only output.

    Where Keras does not know how the layers are connected, as in a subclassed model, the first rows
    of `x` are run through it; without them, layers have no parents.
    """
    graph, head = _graph(model), head_of(model)
    layers, places = _flattened(graph) if graph is not None else (tuple(_listed(model)), ())
    output = places[0] if len(places) == 1 else None
    if graph is None and x is not None and model.built:
        layers, output, head = _traced(model, x, layers, head)
    return Wiring(
        layers=layers,
        output=output,
        head=None if _has_own_loss(model) else head,
        metrics=tuple(_metric_names(getattr(model, "_compile_metrics", None))),
        learning_rate=_learning_rate(model),
    )


def names_of_inputs(model: Any) -> list[str]:
    """The names of the input layers, in the order of the model's inputs; empty if not known.

    A tensor has a name of its own, which differs where the user has given the layer none.
    """
    return [tensor._keras_history.operation.name for tensor in getattr(model, "inputs", None) or ()]


def _has_own_loss(model: Any) -> bool:
    return any(getattr(type(model), n) is not getattr(keras.Model, n) for n in _OWN_LOSS)


def _graph(model: Any) -> Functional | None:
    if isinstance(model, keras.Sequential):
        model = getattr(model, "_functional", None)
    return model if isinstance(model, Functional) else None


def _flattened(graph: Functional) -> tuple[tuple[Layer, ...], tuple[int, ...]]:
    """The layers of a graph and of the models in it; the index of the layer of each output."""
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
                places[id(operation)] = places[id(_maker(inner.outputs[0]))]
                continue
            places[id(operation)] = len(layers)
            is_entry = isinstance(operation, keras.layers.InputLayer)
            layers.append(_layer(operation, entries if is_entry else parents))

    add(graph, ())
    return tuple(layers), tuple(places[id(_maker(tensor))] for tensor in graph.outputs)


def _maker(tensor: Any) -> Any:
    return tensor._keras_history.operation


def _traced(
    model: Any, x: Any, listed: tuple[Layer, ...], head: Head | None
) -> tuple[tuple[Layer, ...], int | None, Head | None]:
    """The layers in the order of their calls, the index of the last one, and the head with it."""
    seen = trace(model, x)
    if seen is None:
        return listed, None, head
    layers: list[Layer] = []
    places: dict[int, int] = {}

    def place(tensor: Any) -> int:
        """The index of the layer that made a tensor; an operation in the user's code counts as
        one."""
        if id(tensor) not in places:
            places[id(tensor)] = len(layers)
            layers.append(Layer("an operation", "own operation", shape=tuple(tensor.shape[1:])))
        return places[id(tensor)]

    for name, tensor in zip(input_names(x), seen.inputs, strict=False):
        places[id(tensor)] = len(layers)
        layers.append(Layer(name, "InputLayer", shape=tuple(tensor.shape[1:])))
    for call in seen.calls:
        parents = tuple(place(tensor) for tensor in call.takes)
        shape = tuple(call.gives[0].shape[1:]) if call.gives else None
        layers.append(replace(_layer(call.layer, parents), shape=shape))
        # A layer that changes nothing, such as Dropout in inference mode, returns its input.
        places |= {id(tensor): len(layers) - 1 for tensor in call.gives}
    if len(seen.outputs) != 1:
        return tuple(layers), None, None
    output, shape = place(seen.outputs[0]), tuple(seen.outputs[0].shape[1:])
    if head is not None:
        activation = _activation_before(layers, output)
        units = shape[-1] if shape else None
        head = replace(head, shape=shape, units=units, activation=activation)
    return tuple(layers), output, head


def _activation_before(layers: list[Layer], index: int) -> str:
    """The activation of the output, past layers that change no value; empty if not known."""
    layer = layers[index]
    while layer.kind in DROPOUT | {"Flatten", "Reshape", "Permute"} and len(layer.parents) == 1:
        layer = layers[layer.parents[0]]
    if layer.kind.startswith("own ") or layer.own_activation:
        return ""
    return layer.activation


def input_names(x: Any) -> list[str]:
    """The names of the inputs in messages, in the order in which Keras flattens them."""
    if isinstance(x, Mapping):
        return list(map(str, keras.tree.flatten({name: str(name) for name in x})))
    if isinstance(x, (list, tuple)):
        return [f"x[{i}]" for i in range(len(x))]
    return ["x"]


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
        settings={
            **{n: getattr(operation, n) for n in _SETTINGS if hasattr(operation, n)},
            **({"key": _key(operation)} if kind == "GetItem" else {}),
        },
    )


def _key(operation: Any) -> Any:
    """What a slice of a tensor takes of it, such as `(slice(None), 0)` for `x[:, 0]`."""
    _, key = operation._inbound_nodes[0].arguments.args
    return key


def _metric_names(metrics: Any) -> Iterator[str]:
    """Names of the metrics that `compile` was given, nested by output or not."""
    given = getattr(metrics, "_user_metrics", metrics)
    given = list(given.values()) if isinstance(given, dict) else given
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
