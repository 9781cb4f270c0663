"""Networks of `keras.applications` as bases: their weights, and the pixels that they take."""

from __future__ import annotations

import inspect
import sys
from contextlib import redirect_stdout
from pathlib import Path
from types import ModuleType
from typing import Any

from tuneit.errors import BuilderError, did_you_mean
from tuneit.study.transfer import TransferSpec
from tuneit.training.keras_loader import load_keras
from tuneit.training.user_code.error_text import describe

_AT = ("transfer", "base")
_AT_WEIGHTS = ("transfer", "weights")


def application(
    spec: TransferSpec, root: Path, shape: tuple[int, ...], pixels: tuple[float, float]
) -> Any:
    """Return the network without its top, for pictures of `shape`; it returns feature maps.

    `pixels` are the least and the greatest value in the data: 0 to 255, or 0 to 1. The network's
    own preprocessing is a part of it. Raises BuilderError for an unknown name, pictures that do
    not suit it, and weights that cannot be had.
    """
    load_keras()
    import keras

    module = _module(spec.base)
    if len(shape) != 3 or shape[-1] != 3:
        raise BuilderError(
            f"{spec.base} takes pictures of three channels, but rows have the shape {shape}: give "
            "colour pictures, or a .keras file as the base",
            at=_AT,
        )
    factor = _factor(spec.base, *pixels)
    network = _network(getattr(module, spec.base), spec, root, shape)
    inputs = keras.Input(shape)
    x = keras.layers.Rescaling(factor)(inputs) if factor != 1 else inputs
    return keras.Model(inputs, network(module.preprocess_input(x), training=False), name="base")


def _module(name: str) -> ModuleType:
    """The module of keras.applications that has the network and its preprocessing."""
    import keras

    modules = [m for _, m in inspect.getmembers(keras.applications, inspect.ismodule)]
    for module in modules:
        makes = name[0].isupper() and callable(getattr(module, name, None))
        if makes and hasattr(module, "preprocess_input"):
            return module
    known = [n for n in dir(keras.applications) if n[0].isupper()]
    raise BuilderError(
        f"keras.applications has no model '{name}'"
        + (did_you_mean(name, known) or f"; it has {', '.join(known)}"),
        at=_AT,
    )


def _factor(name: str, low: float, high: float) -> float:
    """By what the data's pixels are multiplied to go from 0 to 255."""
    if low < 0 or high > 255:
        raise BuilderError(
            f"{name} takes pixels from 0 to 255 or from 0 to 1, but they go from {low:g} to "
            f"{high:g}: leave pictures as they are (`scale: none`)",
            at=_AT,
        )
    return 255.0 if high <= 1 else 1.0


def _network(make: Any, spec: TransferSpec, root: Path, shape: tuple[int, ...]) -> Any:
    weights = {None: "imagenet", "imagenet": "imagenet", "none": None}
    given = weights[spec.weights] if spec.weights in weights else str(root / str(spec.weights))
    try:
        network = make(include_top=False, weights=None, input_shape=shape)
    except ValueError as error:
        raise BuilderError(
            f"{spec.base} cannot take pictures of the shape {shape} ({describe(error)}): give "
            "larger pictures, or another base",
            at=_AT,
        ) from error
    if given is None:
        return network
    try:
        # Keras shows a download's progress on stdout, where --json prints its document.
        with redirect_stdout(sys.stderr):
            return make(include_top=False, weights=given, input_shape=shape)
    except Exception as error:  # of the network, or of a file that does not fit
        if given == "imagenet":
            said = (
                f"the ImageNet weights of {spec.base} cannot be downloaded ({describe(error)}): "
                "name a file of them as `weights`, or begin from random ones with `weights: none`"
            )
        else:
            said = (
                f"{spec.weights} does not hold weights of {spec.base} without its top "
                f"({describe(error)})"
            )
        raise BuilderError(said, at=_AT_WEIGHTS) from error
