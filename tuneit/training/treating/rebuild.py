"""Building a model anew from its layers, with some of them changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

from tuneit.training.keras_loader import load_keras
from tuneit.training.treating.graph import CannotTreat, graph_of
from tuneit.training.user_code.error_text import describe

load_keras()
import keras  # noqa: E402

Configure = Callable[[Any, dict[str, Any]], None]
"""Takes a layer and its configuration, and changes the configuration."""

Call = Callable[..., Any]
"""Takes a new layer and the arguments of its call; calls it, and may call more layers beside it."""


def rebuilt(model: Any, configure: Configure | None = None, call: Call | None = None) -> Any:
    """Return a new compiled model: the model's layers with changed configurations and calls.

    Layers keep their names. A layer whose weights keep their shapes keeps their values; other
    layers are initialised. The given model does not change. Raises CannotTreat where the layers do
    not fit together, or an output would change its shape.
    """
    graph = graph_of(model)

    def clone(layer: Any) -> Any:
        if not isinstance(layer, keras.layers.Layer):
            return layer  # an operation such as `x + y` has no state
        config = layer.get_config()
        if configure is not None:
            configure(layer, config)
        return type(layer).from_config(config)

    compiled = graph.compiled
    try:
        graph.compiled = False  # Keras would copy the loss, too, and fail for a user's own
        new = keras.models.clone_model(graph, clone_function=clone, call_function=call)
    except Exception as error:  # of many kinds, by layer
        raise CannotTreat(
            f"with this change its layers do not fit together ({describe(error)})"
        ) from error
    finally:
        graph.compiled = compiled
    old_shapes, new_shapes = ([tuple(t.shape) for t in m.outputs] for m in (graph, new))
    if old_shapes != new_shapes:
        raise CannotTreat(f"its output would have shape {new_shapes} instead of {old_shapes}")
    take_weights(new, model)
    compile_like(new, model)
    return new


def before(names: Collection[str], make: Callable[[Any], Sequence[Any]]) -> Call:
    """Return a call that puts the new layers of `make(layer)` before each layer of these names."""

    def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
        if layer.name in names:
            first, *others = args
            for new in make(layer):
                first = new(first)
            args = (first, *others)
        return layer(*args, **kwargs)

    return call


def take_weights(new: Any, old: Any) -> None:
    """Give layers of `new` the weights of the layers of `old` with equal names and shapes."""
    known = {layer.name: layer for layer in old.layers}
    for layer in new.layers:
        source = known.get(layer.name)
        if source is None:
            continue
        values = source.get_weights()
        if [w.shape for w in layer.get_weights()] == [value.shape for value in values]:
            layer.set_weights(values)


def compile_like(new: Any, old: Any) -> None:
    """Compile a model with the loss and metrics of another, and an optimizer of its own like it."""
    if not old.compiled:
        return
    arguments = dict(old._compile_config.config)  # the objects that the builder gave
    optimizer = old.optimizer
    arguments["optimizer"] = type(optimizer).from_config(optimizer.get_config())
    new.compile(**arguments)


def at_inputs(
    model: Any, x: Any, around: Callable[[Any, Any], tuple[Any, str] | None]
) -> tuple[Any, str]:
    """Insert the layer that `around` gives for an input's tensor and rows after each input."""
    graph = graph_of(model)
    arrays = [None] * len(graph.inputs) if x is None else keras.tree.flatten(x)
    found = [around(*pair) for pair in zip(graph.inputs, arrays, strict=False)]
    if not any(found):
        return model, ""
    layers = {t.name: one[0] for t, one in zip(graph.inputs, found, strict=False) if one}
    said = next(one[1] for one in found if one)

    def prepared(tensor: Any, made: dict[int, Any]) -> Any:
        name = getattr(tensor, "name", None)
        history = getattr(tensor, "_keras_history", None)
        is_input = history is not None and isinstance(history.operation, keras.layers.InputLayer)
        if not is_input or name not in layers:
            return tensor
        if id(tensor) not in made:
            made[id(tensor)] = layers[name](tensor)
        return made[id(tensor)]

    made: dict[int, Any] = {}

    def call(layer: Any, *args: Any, **kwargs: Any) -> Any:
        args = keras.tree.map_structure(lambda part: prepared(part, made), args)
        return layer(*args, **kwargs)

    return rebuilt(model, call=call), said
