"""Numbers lifted out of a model, so that each member of a cohort has its own."""

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
"""Where an attribute lives: an object's `__dict__`, or a dict of arguments."""

_MISSING = object()


class ScalarTensor:
    """A positive number of unknown size, standing where Keras expects a Python float.

    Keras asks of such numbers only whether they are zero; the answer is no, because zeros that
    matter stay in the model's structure. Everything else is left to the tensor.
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
        raise TypeError(f"a lifted number cannot be compared with {other!r} in Python")

    def __add__(self, other: Any) -> Any:
        return self.tensor + other

    def __sub__(self, other: Any) -> Any:
        return self.tensor - other

    def __rsub__(self, other: Any) -> Any:
        return other - self.tensor

    def __mul__(self, other: Any) -> Any:
        return self.tensor * other

    def __truediv__(self, other: Any) -> Any:
        return self.tensor / other

    def __rtruediv__(self, other: Any) -> Any:
        return other / self.tensor

    def __pow__(self, other: Any) -> Any:
        return self.tensor**other

    def __neg__(self) -> Any:
        return -self.tensor

    __radd__ = __add__
    __rmul__ = __mul__


@dataclass(frozen=True)
class Kind:
    """Attributes of some classes that may differ between the members of a cohort.

    Where Keras chooses its path by whether the number is zero (`any_zero` False), a zero is not
    lifted: such models have a structure of their own.
    """

    classes: tuple[type, ...]
    attributes: tuple[str, ...]
    any_zero: bool = False


_ADAPTIVE = (optimizers.Adam, optimizers.AdamW, optimizers.Nadam, optimizers.Adamax)
_OPTIMIZERS = (
    *_ADAPTIVE,
    optimizers.SGD,
    optimizers.RMSprop,
    optimizers.Adagrad,
    optimizers.Adadelta,
    optimizers.Lion,
    optimizers.Lamb,
    optimizers.Ftrl,
)
_SCHEDULES = optimizers.schedules

BATCHED: tuple[Kind, ...] = (
    Kind((layers.Dropout, layers.AlphaDropout, layers.GaussianDropout), ("rate",), True),
    Kind((layers.GaussianNoise,), ("stddev",), True),
    Kind((layers.ActivityRegularization,), ("l1", "l2"), True),  # only told; its L1L2 acts
    Kind((regularizers.L1, regularizers.L1L2), ("l1",), True),
    Kind((regularizers.L2, regularizers.L1L2), ("l2",), True),
    Kind(_OPTIMIZERS, ("weight_decay", "clipnorm", "global_clipnorm", "clipvalue")),
    Kind((*_ADAPTIVE, optimizers.Lion, optimizers.Lamb), ("beta_1", "beta_2")),
    Kind((*_ADAPTIVE, optimizers.Lamb, optimizers.Adagrad, optimizers.Adadelta), ("epsilon",)),
    Kind((optimizers.SGD,), ("momentum",)),
    Kind((optimizers.RMSprop,), ("rho", "momentum", "epsilon")),
    Kind((optimizers.Adadelta,), ("rho",)),
    Kind((_SCHEDULES.ExponentialDecay,), ("initial_learning_rate", "decay_rate")),
    Kind((_SCHEDULES.InverseTimeDecay,), ("initial_learning_rate", "decay_rate")),
    Kind((_SCHEDULES.CosineDecay,), ("initial_learning_rate", "alpha", "warmup_target")),
    Kind((_SCHEDULES.PolynomialDecay,), ("initial_learning_rate", "end_learning_rate")),
    Kind((losses.BinaryCrossentropy, losses.CategoricalCrossentropy), ("label_smoothing",)),
    Kind((losses.Huber,), ("delta",)),
)


@dataclass(frozen=True)
class BatchedScalar:
    """One lifted number of one model."""

    holder: Holder
    key: str

    @property
    def value(self) -> float:
        """Its value as the builder set it."""
        return float(self.holder[self.key])


def batched_scalars(model: Any, optimizer: Any) -> list[BatchedScalar]:
    """The numbers of a compiled model that can be lifted, in an order that its structure fixes."""
    return [
        BatchedScalar(holder, attribute)
        for part in _parts(model, optimizer)
        for kind in BATCHED
        if isinstance(part, kind.classes)
        for attribute in kind.attributes
        for holder in _holders(part)
        if holder.get(attribute) is not None and _can_be_batched(holder[attribute], kind)
    ]


def _can_be_batched(value: Any, kind: Kind) -> bool:
    if kind.any_zero and type(value) is int:
        return True
    # Elsewhere Keras computes with integers as such, so they stay in the structure.
    return isinstance(value, (float, tf.Tensor)) and (kind.any_zero or float(value) != 0.0)


def _holders(part: Any) -> Iterator[Holder]:
    # Losses made of a function keep its arguments in a dict, and tell some of them themselves.
    yield from filter(None, (vars(part).get("_fn_kwargs"), vars(part)))


def _parts(model: Any, optimizer: Any) -> Iterator[Any]:
    """The objects whose numbers can be lifted: layers, regularizers, optimizer, losses."""
    for layer in model._flatten_layers(include_self=False):
        yield layer
        for name, value in sorted(vars(layer).items()):
            if name.endswith("_regularizer") and value is not None:
                yield value
    yield optimizer
    yield optimizer._learning_rate
    yield from tf.nest.flatten(model.loss)


@contextmanager
def patched(entries: Iterable[tuple[Holder, str, Any]]) -> Iterator[None]:
    """Put values into places, and what was there back at the end."""
    before: list[tuple[Holder, str, Any]] = []
    try:
        for place, key, value in list(entries):
            before.append((place, key, place.get(key, _MISSING)))
            place[key] = value
        yield
    finally:
        for place, key, value in reversed(before):
            if value is _MISSING:
                del place[key]
            else:
                place[key] = value
