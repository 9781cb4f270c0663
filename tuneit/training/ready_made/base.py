"""The pretrained base of a transfer model: a file's model up to its last hidden layer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuneit.errors import BuilderError
from tuneit.study.transfer import TransferSpec
from tuneit.training.keras_loader import load_keras

if TYPE_CHECKING:
    from tuneit.data.dataset import Dataset

AT = ("transfer", "base")

NAME = "base"
"""The base's name as a layer of the whole model."""


@dataclass(frozen=True)
class Base:
    """What a study says of the base, the folder of its paths, and what the data's pixels are.

    `low` and `high` are the least and the greatest number in the training rows; `digests` tell a
    resumed search whether the files are still the same. It can be pickled.
    """

    spec: TransferSpec
    root: Path = Path()
    low: float = 0.0
    high: float = 0.0
    digests: tuple[tuple[str, str], ...] = ()

    def for_data(self, dataset: Dataset, root: Path) -> Base:
        """The base for a dataset, with paths relative to `root`.

        Raises BuilderError for files that are missing.
        """
        from tuneit.data.nested import arrays_of, is_text

        numbers = [a for a in arrays_of(dataset.train.x) if not is_text(a) and a.size]
        return replace(
            self,
            root=root.absolute(),
            low=min((float(np.min(a)) for a in numbers), default=0.0),
            high=max((float(np.max(a)) for a in numbers), default=0.0),
            digests=tuple(_digests(self.spec, root)),
        )

    def load(self, shape: tuple[int, ...]) -> Any:
        """Return the base as a frozen `keras.Model`, for rows of a shape; it returns features.

        Raises BuilderError for a file that is not a model, or one whose last hidden layer cannot
        be found, and where weights cannot be had.
        """
        from tuneit.training.ready_made.applications import application

        if not self.spec.is_file:
            base = application(self.spec, self.root, shape, (self.low, self.high))
        else:
            base = without_head(_loaded(self.root / self.spec.base), self.spec.base)
        base.trainable = False
        return base


def _digests(spec: TransferSpec, root: Path) -> Any:
    names = [spec.base] if spec.is_file else [spec.weights]
    for name in names:
        if name in (None, "imagenet", "none"):
            continue
        path = root / str(name)
        if not path.is_file():
            what = "base" if spec.is_file else "weights file"
            raise BuilderError(
                f"there is no {what} at {path}: give the path relative to the study file",
                at=("transfer", "base" if spec.is_file else "weights"),
            )
        yield str(name), f"#{sha256(path.read_bytes()).hexdigest()[:12]}"


def _loaded(path: Path) -> Any:
    load_keras()
    import keras

    from tuneit.training.user_code.error_text import describe

    try:
        return keras.models.load_model(path, compile=False)
    except Exception as error:
        raise BuilderError(
            f"the base {path.name} cannot be loaded in Keras's safe mode ({describe(error)}): give "
            "a .keras file whose layers are Keras's own or registered",
            at=AT,
        ) from error


def without_head(model: Any, name: str) -> Any:
    """A model up to its last hidden layer: without its last dense layer and what follows it.

    A model that ends with feature maps or their pooling has no head, and stays whole. Raises
    BuilderError for a model of several inputs or outputs, or whose graph is not known.
    """
    import keras
    from keras.src.models.functional import Functional

    flat = isinstance(model, (keras.Sequential, Functional)) and model.built
    if not flat or len(model.inputs) != 1 or len(model.outputs) != 1:
        raise BuilderError(
            f"the base {name} must be a Sequential or Functional model with one input and one "
            "output: save such a model, or write a builder of your own",
            at=AT,
        )
    last = model.outputs[0]
    while len(last.shape) == 2:
        history = last._keras_history
        layer = history.operation
        inputs = layer._inbound_nodes[history.node_index].input_tensors
        if isinstance(layer, keras.layers.Dense):
            return keras.Model(model.inputs[0], inputs[0], name=NAME)
        if len(inputs) != 1 or getattr(layer, "weights", []):
            break
        last = inputs[0]
    return keras.Model(model.inputs[0], model.outputs[0], name=NAME)
