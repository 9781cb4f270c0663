"""Add layers to a model that change its inputs at random, in training alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tuneit.data.dataset import Dataset
from tuneit.data.nested import arrays_of, is_text
from tuneit.data.streamed import StreamedDataset
from tuneit.errors import BuilderError, DataError
from tuneit.errors.wording import figures
from tuneit.study.augment import AugmentSpec, Strengths
from tuneit.training.keras_loader import load_keras

_AT = ("data", "augment")


@dataclass(frozen=True)
class Augmentation:
    """What a study asks for, and the range and spread of the inputs in the training rows."""

    spec: AugmentSpec
    low: float
    high: float
    spread: float

    @classmethod
    def of(cls, spec: AugmentSpec, dataset: Dataset) -> Augmentation:
        """Look at the training rows. Raises DataError for changes that do not suit them."""
        arrays = [a for a in arrays_of(dataset.train.x) if not is_text(a)]
        pictures = [a for a in arrays if is_picture(a.shape[1:])]
        if spec.of_pictures and not pictures:
            shapes = " and ".join(str(a.shape[1:]) for a in arrays_of(dataset.train.x))
            raise DataError(
                f"augment.{spec.of_pictures[0]} is for pictures (height, width, 1 or 3 channels), "
                f"but rows have the shape {shapes}: use noise or mixup, or give pictures an axis "
                "for their channels",
                at=(*_AT, spec.of_pictures[0]),
            )
        if spec.mixup is not None:
            _require_mixable(dataset)
        seen = pictures or [a for a in arrays if a.dtype.kind == "f"]
        if not seen:
            raise DataError(
                "augment.noise is for real numbers, but the inputs are whole numbers or texts: "
                "remove it",
                at=(*_AT, "noise"),
            )
        spread = max(float(a.std(dtype=np.float64)) for a in seen)
        return cls(
            spec, min(float(a.min()) for a in seen), max(float(a.max()) for a in seen), spread
        )

    def apply(self, hp: Any, model: Any) -> Any:
        """Return the model with the layers at its inputs; ask for strengths that are searched.

        Raises BuilderError for a model whose layers are not known.
        """
        from tuneit.training.treating.graph import CannotTreat
        from tuneit.training.treating.rebuild import at_inputs

        load_keras()
        import keras

        asked = {
            f"augment_{name}": hp.Float(f"augment_{name}", value.min, value.max)
            for name, value in self.spec
            if isinstance(value, Strengths)
        }
        if self._mixes_only:
            return model
        strengths = self._strengths(asked)

        def around(tensor: Any, _: Any) -> tuple[Any, str] | None:
            picture = is_picture(tuple(tensor.shape[1:]))
            real = keras.backend.is_float_dtype(tensor.dtype)
            if not picture and not (real and not self.spec.of_pictures):
                return None
            layers = self._layers(strengths, picture)
            return (keras.Sequential(layers), "augmented") if layers else None

        try:
            return at_inputs(model, None, around)[0]
        except CannotTreat as reason:
            raise BuilderError(
                f"the model cannot be given layers of augmentation: {reason}; or remove `augment` "
                "and put keras.layers.RandomFlip and the like into the builder"
            ) from None

    @property
    def _mixes_only(self) -> bool:
        return self.spec.model_copy(update={"mixup": None}) == AugmentSpec()

    def mixup(self, params: Mapping[str, Any]) -> float | None:
        """The alpha of mixup, fixed or among a trial's hyperparameters; None without mixup."""
        given = self.spec.mixup
        return float(params["augment_mixup"]) if isinstance(given, Strengths) else given

    def layers(self, params: Mapping[str, Any]) -> list[Any]:
        """The layers for pictures, with the strengths of a trial's hyperparameters."""
        return self._layers(self._strengths(params), picture=True)

    def _strengths(self, params: Mapping[str, Any]) -> dict[str, float]:
        """The fixed strengths, and those that are searched."""
        found: dict[str, float] = {}
        for name, value in self.spec:
            if isinstance(value, Strengths):
                found[name] = float(params[f"augment_{name}"])
            elif isinstance(value, float):
                found[name] = value
        return found

    def _layers(self, strengths: dict[str, float], picture: bool) -> list[Any]:
        import keras

        made: list[Any] = []
        if picture:
            if self.spec.flip is not None:
                both = "horizontal_and_vertical"
                made.append(
                    keras.layers.RandomFlip({"both": both}.get(self.spec.flip, self.spec.flip))
                )
            made += moving(strengths.get("shift"), strengths.get("rotation"))
            if "zoom" in strengths:
                made.append(keras.layers.RandomZoom(strengths["zoom"], fill_mode="nearest"))
            if "brightness" in strengths:
                limits = (self.low, self.high)
                made.append(keras.layers.RandomBrightness(strengths["brightness"], limits))
            if "contrast" in strengths:
                made.append(
                    keras.layers.RandomContrast(
                        strengths["contrast"], value_range=(self.low, self.high)
                    )
                )
        if "noise" in strengths:
            deviation = strengths["noise"] * self.spread
            if deviation > 1:
                raise BuilderError(
                    f"augment.noise would add noise of {figures(deviation, 3)}, but Keras's "
                    "layer takes 1 at most: scale the inputs (`scale: standard`)",
                    at=(*_AT, "noise"),
                )
            made.append(keras.layers.GaussianNoise(deviation))
        return made


def moving(shift: float | None, rotation: float | None, name: str = "") -> list[Any]:
    """Layers that move pictures by a share of their size and turn them by a share of a turn."""
    load_keras()
    import keras

    layers: list[Any] = []
    if shift is not None:
        named = f"{name}_moved" if name else None
        layers.append(keras.layers.RandomTranslation(shift, shift, fill_mode="nearest", name=named))
    if rotation is not None:
        named = f"{name}_turned" if name else None
        layers.append(keras.layers.RandomRotation(rotation, fill_mode="nearest", name=named))
    return layers


def is_picture(shape: tuple[Any, ...]) -> bool:
    """Whether a row of this shape is one of (height, width, channels)."""
    return len(shape) == 3 and shape[-1] in (1, 3, 4)


def _require_mixable(dataset: Dataset) -> None:
    """Raise DataError for rows of which mixtures are no rows: of texts, codes, and streams."""
    at = (*_AT, "mixup")
    if isinstance(dataset, StreamedDataset):
        raise DataError(
            "augment.mixup mixes rows in memory, but these data are streamed: mix the batches in "
            "your stream",
            at=at,
        )
    if any(is_text(a) or a.dtype.kind != "f" for a in arrays_of(dataset.train.x)):
        raise DataError(
            "augment.mixup mixes real numbers, but some inputs are whole numbers or texts: remove "
            "it",
            at=at,
        )
    for output in dataset.outputs:
        if output.task == "regression" or output.is_one_hot:
            continue
        next_step = (
            "set `one_hot: true` for the data (in Python one_hot=True)"
            if output.task == "classification"
            else "remove it"
        )
        raise DataError(
            "augment.mixup mixes targets, but a mixture of class numbers or labels is none: "
            f"{next_step}",
            at=at,
        )
    if not dataset.outputs:
        raise DataError("augment.mixup needs targets to mix: remove it", at=at)
