"""The data sets of keras.datasets by name, with texts padded to one length."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tuneit.errors import DataError, did_you_mean, one_of
from tuneit.training.keras_loader import load_keras

NUMBERS = ("boston_housing", "california_housing", "cifar10", "cifar100", "fashion_mnist", "mnist")
TEXTS = ("imdb", "reuters")

PADDED_LENGTH = 256
"""Words to which texts are cut or padded where `maxlen` is not given."""

CLASS_NAMES: Mapping[str, tuple[str, ...]] = {
    "cifar10": (
        "airplane",
        "automobile",
        "bird",
        "cat",
        "deer",
        "dog",
        "frog",
        "horse",
        "ship",
        "truck",
    ),
    "fashion_mnist": (
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    "imdb": ("negative", "positive"),
}


@dataclass(frozen=True, eq=False)
class KerasDataset:
    """Pairs (x, y) as Keras gives them; texts are padded to one length."""

    train: tuple[Any, Any]
    test: tuple[Any, Any]
    class_names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def load_keras_dataset(name: str, arguments: Mapping[str, Any]) -> KerasDataset:
    """Load (and, the first time, download) a set of keras.datasets.

    `arguments` go to its `load_data`; for texts `maxlen` is the length in words to which every
    text is cut or padded, 256 by default.

    Raises DataError for unknown names and arguments, and where the download fails.
    """
    if name not in NUMBERS + TEXTS:
        raise DataError(
            f"keras.datasets has no set '{name}' (there are {one_of(NUMBERS + TEXTS)})"
            f"{did_you_mean(name, NUMBERS + TEXTS)}",
            at=("data", "name"),
        )
    load_keras()
    load_data: Callable[..., Any] = importlib.import_module(f"keras.datasets.{name}").load_data
    accepted = set(inspect.signature(load_data).parameters) - {"kwargs"}
    for argument in arguments:
        if argument not in accepted:
            raise DataError(
                f"keras.datasets.{name} takes no argument '{argument}'"
                f"{did_you_mean(argument, accepted)}",
                at=("data", "arguments", argument),
            )
    length = int(arguments.get("maxlen", PADDED_LENGTH))
    passed = {k: v for k, v in arguments.items() if k != "maxlen"}
    train, test = _download(name, load_data, passed)
    if name not in TEXTS:
        return KerasDataset(train, test, CLASS_NAMES.get(name, ()))
    note = f"texts are cut or padded to {length} words (`maxlen` in `arguments`)"
    return KerasDataset(
        _padded(train, length), _padded(test, length), CLASS_NAMES.get(name, ()), (note,)
    )


def _download(name: str, load_data: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
    try:
        # Keras draws its download bar on stdout, which belongs to --json.
        with contextlib.redirect_stdout(sys.stderr):
            return load_data(**arguments)
    except Exception as error:
        # Keras raises a bare Exception for a failed download.
        message = " ".join(str(error).split())
        raise DataError(
            f"keras.datasets.{name} could not be loaded ({message}): connect to the network once, "
            "put the file into ~/.keras/datasets, or give the data as npz"
        ) from None


def _padded(pair: tuple[Any, Any], length: int) -> tuple[Any, Any]:
    from keras.utils import pad_sequences

    return pad_sequences(pair[0], maxlen=length), pair[1]
