"""A compiled model as plain values: its layers, what feeds each, its head, metrics and rate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from tuneit.data.head import Head

WEIGHTED = frozenset(
    {
        *("Dense", "EinsumDense", "Conv1D", "Conv2D", "Conv3D"),
        *("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"),
        *("SeparableConv1D", "SeparableConv2D", "DepthwiseConv1D", "DepthwiseConv2D"),
    }
)
"""Layers that multiply their input by a kernel: without their activation they are linear."""

RECURRENT = frozenset({"SimpleRNN", "LSTM", "GRU", "RNN", "Bidirectional", "ConvLSTM2D"})

DROPOUT = frozenset(
    {
        *("Dropout", "AlphaDropout", "GaussianDropout"),
        *("SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"),
    }
)

LINEAR = frozenset(
    {
        *WEIGHTED,
        *DROPOUT,
        *("InputLayer", "Flatten", "Reshape", "Permute", "RepeatVector", "Cropping1D"),
        *("Cropping2D", "ZeroPadding1D", "ZeroPadding2D", "UpSampling1D", "UpSampling2D"),
        *("AveragePooling1D", "AveragePooling2D", "GlobalAveragePooling1D"),
        *("GlobalAveragePooling2D", "BatchNormalization", "Normalization", "Rescaling"),
        *("GaussianNoise", "Embedding", "Add", "Subtract", "Average", "Concatenate"),
        *("ActivityRegularization", "Activation"),
    }
)
"""Layers that are linear without their activation. All others count as nonlinear."""

PASSING = frozenset({*DROPOUT, "Flatten", "Reshape", "Permute", "BatchNormalization"})
"""Layers through which one linear layer feeds the next."""


@dataclass(frozen=True)
class Layer:
    """One layer (or operation) of the model.

    `kind` is the name of its class, `activation` that of its Keras activation: empty if it has
    none, or a user's own (`own_activation`). `size` is its number of units or filters, `shape` that
    of one row of its output, None where it is not known. `parents` are the indices, in the model's
    layers, of those that feed it. `settings` holds its numbers and switches by name.
    """

    name: str
    kind: str
    activation: str = ""
    own_activation: bool = False
    size: int | None = None
    shape: tuple[int | None, ...] | None = None
    parents: tuple[int, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_linear(self) -> bool:
        """Whether its output is a linear function of its input."""
        return self.kind in LINEAR and not self.own_activation and self.activation in ("", "linear")

    @property
    def title(self) -> str:
        """What messages call it: `the Dense layer 'dense_2'`."""
        return f"the {self.kind} layer '{self.name}'"


@dataclass(frozen=True)
class Wiring:
    """A compiled model.

    `layers` come in the order in which they are computed, those of nested models in place of the
    model; if there are several outputs, those that feed one. `output` is the index of the layer
    that makes it, None where the graph is not known (a subclassed model). `head` is None where the
    output's loss is not known, and for a model that computes its loss itself. `learning_rate` is
    None without an optimizer, and for an unknown schedule.
    """

    layers: tuple[Layer, ...]
    output: int | None = None
    head: Head | None = None
    metrics: tuple[str, ...] = ()
    learning_rate: float | None = None

    def of_output(self) -> Wiring:
        """The wiring without the layers that do not feed the output."""
        feeding, new = set(), [] if self.output is None else [self.output]
        while new:
            index = new.pop()
            if index not in feeding:
                feeding.add(index)
                new += self.layers[index].parents
        kept = sorted(feeding)
        place = {index: position for position, index in enumerate(kept)}
        layers = tuple(
            replace(layer, parents=tuple(place[parent] for parent in layer.parents))
            for layer in (self.layers[index] for index in kept)
        )
        output = None if self.output is None else place[self.output]
        return replace(self, layers=layers, output=output)

    @cached_property
    def tail(self) -> tuple[Layer, ...]:
        """The last layer with a kernel, and the layers after it up to the output, in order.

        Empty where the graph is not known or the output is not made by one such layer.
        """
        index, found = self.output, []
        while index is not None:
            layer = self.layers[index]
            found.append(layer)
            if layer.kind in WEIGHTED:
                return tuple(reversed(found))
            index = layer.parents[0] if len(layer.parents) == 1 else None
        return ()

    @property
    def last(self) -> Layer | None:
        """The layer with a kernel that makes the output."""
        return self.tail[0] if self.tail else None

    @property
    def last_name(self) -> str:
        """The name of the layer with a kernel that makes the output; empty if there is none."""
        return self.tail[0].name if self.tail else ""

    @cached_property
    def inputs(self) -> tuple[Layer, ...]:
        """The model's inputs."""
        return tuple(x for x in self.layers if x.kind == "InputLayer" and not x.parents)

    @property
    def output_title(self) -> str:
        """What messages call the layer that makes the output."""
        return self.last.title if self.last else "the last layer"

    def children(self, index: int) -> Iterator[int]:
        """Indices of the layers that the layer at `index` feeds."""
        return (i for i, layer in enumerate(self.layers) if index in layer.parents)

    def reports_accuracy(self) -> bool:
        """Whether some metric counts right answers."""
        return any(m == "acc" or "accuracy" in m for m in self.metrics)
