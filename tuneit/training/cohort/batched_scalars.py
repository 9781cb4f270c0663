"""Hyperparameters that are plain numbers in a model, and of which each member has its own value.

The rate of a Dropout layer is a Python float that Keras reads while it traces a graph. To give each
member of a cohort its own rate, the float is replaced by a tensor while the graph is traced.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tuneit.training.keras_loader import load_keras

load_keras()
import tensorflow as tf  # noqa: E402
from keras import layers, losses, optimizers, regularizers  # noqa: E402

Holder = MutableMapping[str, Any]
"""What holds an attribute: an object's `__dict__`, or a dict of arguments."""

_MISSING = object()


class ScalarTensor:
    """A tensor that stands where Keras expects a positive Python float.

    In Python, Keras only compares such floats with zero and None; this says that it is positive. A
    zero that changes what Keras computes is not replaced. All arithmetic is done by the tensor.
    """

    __array_priority__ = 100
    dtype = "float32"
    shape = ()

    def __init__(self, tensor: Any) -> None:
        self.tensor = tensor

    def __tf_tensor__(self, dtype: Any = None, name: str | None = None) -> Any:
        return self.tensor if dtype is None else tf.cast(self.tensor, dtype, name=name)

    def __bool__(self) -> bool:
        return True

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return not self._is_positive(other)

    def __gt__(self, other: object) -> bool:
        return self._is_positive(other)

    __ge__ = __ne__ = __gt__

    def _is_positive(self, other: object) -> bool:
        if other is None or other == 0:
            return True
        raise TypeError(f"a batched scalar cannot be compared with {other!r} in Python")

    def __rsub__(self, other: Any) -> Any:
        return other - self.tensor

    def __mul__(self, other: Any) -> Any:
        return self.tensor * other

    def __truediv__(self, other: Any) -> Any:
        return self.tensor / other

    def __rtruediv__(self, other: Any) -> Any:
        return other / self.tensor

    def __neg__(self) -> Any:
        return -self.tensor

    __rmul__ = __mul__


@dataclass(frozen=True)
class BatchedAttributes:
    """Attributes of some classes whose values may differ between the members of a cohort.

    With `any_zero` False, Keras computes something else where the value is zero. A model with a
    zero there has another structure than models without.
    """

    classes: tuple[type, ...]
    attributes: tuple[str, ...]
    any_zero: bool = False


BATCHED: tuple[BatchedAttributes, ...] = (
    BatchedAttributes((layers.Dropout,), ("rate",), any_zero=True),
    BatchedAttributes((layers.GaussianNoise,), ("stddev",), any_zero=True),
    # Only in its config; the layer uses an L1L2.
    BatchedAttributes((layers.ActivityRegularization,), ("l1", "l2"), any_zero=True),
    BatchedAttributes(
        (regularizers.L1, regularizers.L2, regularizers.L1L2), ("l1", "l2"), any_zero=True
    ),
    BatchedAttributes(
        (optimizers.Optimizer,),
        (
            *("weight_decay", "clipnorm", "global_clipnorm", "clipvalue"),
            *("beta_1", "beta_2", "epsilon", "momentum", "rho"),
        ),
    ),
    BatchedAttributes(
        (optimizers.schedules.LearningRateSchedule,),
        (
            *("initial_learning_rate", "decay_rate", "end_learning_rate"),
            *("alpha", "warmup_target"),
        ),
    ),
    BatchedAttributes(
        (losses.BinaryCrossentropy, losses.CategoricalCrossentropy), ("label_smoothing",)
    ),
    BatchedAttributes((losses.Huber,), ("delta",)),
)
"""The objects of a class that lack one of its attributes are passed over."""


@dataclass(frozen=True)
class BatchedScalar:
    """One such number of one model: an attribute of an object, or an argument in a dict."""

    holder: Holder
    key: str

    @property
    def value(self) -> float:
        """Its value as the builder set it."""
        return float(self.holder[self.key])


def batched_scalars(model: Any, optimizer: Any) -> list[BatchedScalar]:
    """The batched scalars of a compiled model; models of one structure have them in one order."""
    return [
        BatchedScalar(holder, attribute)
        for part in _parts(model, optimizer)
        for kind in BATCHED
        if isinstance(part, kind.classes)
        for attribute in kind.attributes
        for holder in _holders(part)
        if holder.get(attribute) is not None and _can_be_batched(holder[attribute], kind)
    ]


def _can_be_batched(value: Any, kind: BatchedAttributes) -> bool:
    if kind.any_zero and type(value) is int:
        return True
    # Elsewhere Keras computes with integers as such, so they stay in the structure.
    return isinstance(value, (float, tf.Tensor)) and (kind.any_zero or float(value) != 0.0)


def _holders(part: Any) -> Iterator[Holder]:
    # Losses that wrap a function keep its arguments in a dict, and some as attributes too.
    yield from filter(None, (vars(part).get("_fn_kwargs"), vars(part)))


def _parts(model: Any, optimizer: Any) -> Iterator[Any]:
    """The objects that may have batched scalars: layers, regularizers, optimizer, losses."""
    for layer in model._flatten_layers(include_self=False):
        yield layer
        for name, value in sorted(vars(layer).items()):
            if name.endswith("_regularizer") and value is not None:
                yield value
    yield optimizer
    yield optimizer._learning_rate
    yield from tf.nest.flatten(model.loss)


@contextmanager
def patched(attributes: Iterable[tuple[Holder, str, Any]]) -> Iterator[None]:
    """Set attributes, given as (holder, name, value), and restore them at the end."""
    before: list[tuple[Holder, str, Any]] = []
    try:
        for place, key, value in list(attributes):
            before.append((place, key, place.get(key, _MISSING)))
            place[key] = value
        yield
    finally:
        for place, key, value in reversed(before):
            if value is _MISSING:
                del place[key]
            else:
                place[key] = value
