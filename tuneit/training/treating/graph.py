"""The layers of a model, and which of them a treatment may resize, remove or add to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tuneit.training.keras_loader import load_keras

load_keras()
import keras  # noqa: E402
from keras.src.models.functional import Functional  # noqa: E402 - not exported


class CannotTreat(Exception):  # noqa: N818 - an outcome of a treatment
    """The treatment cannot be applied to this model; the text is the reason."""


_MERGES = (
    keras.layers.Add,
    keras.layers.Subtract,
    keras.layers.Multiply,
    keras.layers.Average,
    keras.layers.Maximum,
    keras.layers.Minimum,
    keras.layers.Dot,
)
"""Layers whose inputs must have the same shape."""


def sized(operation: Any) -> bool:
    """Whether a layer has a number of units or filters (Dense, convolutions, LSTM, …)."""
    # Of wrappers (TimeDistributed, Bidirectional) the layer in them.
    inner = getattr(operation, "forward_layer", getattr(operation, "layer", operation))
    return isinstance(inner, keras.layers.Layer) and isinstance(
        getattr(inner, "units", getattr(inner, "filters", None)), int
    )


def graph_of(model: Any) -> Functional:
    """A model's graph of layers, as a functional model.

    Raises CannotTreat for a class of the user's own whose `call` is Python code, and for a
    Sequential model that has no weights yet.
    """
    if isinstance(model, keras.Sequential):
        if not model.built or not getattr(model, "inputs", None):
            raise CannotTreat("the model is not built: begin it with a keras.Input")
        return keras.Model(model.inputs[0], model.outputs[0], name=model.name)
    if not isinstance(model, Functional):
        raise CannotTreat(
            f"the model's class {type(model).__name__} computes in its own `call`, so that its "
            "layers cannot be rebuilt: change them in the builder"
        )
    return model


@dataclass(frozen=True)
class Graph:
    """The calls of a functional model's layers, in their order."""

    model: Functional

    @classmethod
    def of(cls, model: Any) -> Graph:
        """The graph of a built model. Raises CannotTreat as `graph_of` does."""
        return cls(graph_of(model))

    def nodes(self) -> Iterator[Any]:
        """The calls of layers and operations, from the inputs on."""
        for depth in sorted(self.model._nodes_by_depth, reverse=True):
            yield from self.model._nodes_by_depth[depth]

    @property
    def sized(self) -> list[Any]:
        """The layers with units or filters, each once, from the inputs on."""
        found = {id(n.operation): n.operation for n in self.nodes() if sized(n.operation)}
        return list(found.values())

    @property
    def hidden(self) -> list[Any]:
        """The sized layers that do not determine the shape of an output: their size may change."""
        fixing, _ = self._nearest(self.model.outputs)
        return [layer for layer in self.sized if id(layer) not in fixing]

    @property
    def resizable(self) -> list[Any]:
        """The hidden layers whose size may change, alone or together with layers merged with them.

        Layers whose outputs are added must change together. A layer keeps its size if its output is
        added to an input of the model, or reshaped.
        """
        bound = {id(layer) for layer in self.sized} - {id(layer) for layer in self.hidden}
        together: list[set[int]] = []
        for node in self.nodes():
            merges = _merges(node)
            found, reaches_input = self._nearest(node.input_tensors)
            if merges:
                together.append(found)
            reshapes = isinstance(node.operation, keras.layers.Reshape)
            if reshapes or (merges and reaches_input) or not (merges or _is_layer(node.operation)):
                bound |= found
        while more := [group for group in together if group & bound and not group <= bound]:
            bound |= set().union(*more)
        return [layer for layer in self.hidden if id(layer) not in bound]

    @property
    def unmerged(self) -> list[Any]:
        """The resizable layers whose output is not added to that of another layer."""
        merged = {
            found
            for node in self.nodes()
            if _merges(node)
            for found in self._nearest(node.input_tensors)[0]
        }
        return [layer for layer in self.resizable if id(layer) not in merged]

    def fed_by_weights(self, layer: Any) -> bool:
        """Whether a layer with trainable weights comes before this one."""
        waiting = [p for node in self._calls_of(layer) for p in node.parent_nodes]
        while waiting:
            node = waiting.pop()
            if getattr(node.operation, "trainable_variables", ()):
                return True
            waiting += node.parent_nodes
        return False

    def _calls_of(self, layer: Any) -> list[Any]:
        return [node for node in self.nodes() if node.operation is layer]

    def _nearest(self, tensors: Iterable[Any]) -> tuple[set[int], bool]:
        """Ids of the sized layers whose output reaches these tensors without another sized layer
        in between, and whether an input of the model reaches them so.
        """
        histories = [tensor._keras_history for tensor in tensors]
        waiting = [
            h.operation._inbound_nodes[h.node_index] for h in histories if h.operation is not None
        ]
        found: set[int] = set()
        reaches_input = False
        while waiting:
            node = waiting.pop()
            if sized(node.operation):
                found.add(id(node.operation))
            else:
                reaches_input = reaches_input or not node.parent_nodes
                waiting += node.parent_nodes
        return found, reaches_input


def _merges(node: Any) -> bool:
    """Whether a call merges several tensors of the same shape."""
    if isinstance(node.operation, _MERGES):
        return True
    return not _is_layer(node.operation) and len(node.input_tensors) > 1


def _is_layer(operation: Any) -> bool:
    return isinstance(operation, keras.layers.Layer)


def names(layers: Iterable[Any]) -> str:
    """The layers' names in a row; of more than three the first, and how many."""
    listed = [layer.name for layer in layers]
    return ", ".join(listed) if len(listed) <= 3 else f"{listed[0]} and {len(listed) - 1} others"
