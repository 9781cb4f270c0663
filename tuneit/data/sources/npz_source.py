"""NumPy archives."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from tuneit.data.raw import RawData, splits_from_mapping
from tuneit.errors import DataError, did_you_mean
from tuneit.study import NpzData


def read(spec: NpzData, root: Path, seed: int) -> RawData:
    """Read `x` and `y`, or `x_train`, `y_train`, `x_val`, `y_val`, `x_test`, `y_test`.

    Weights of the rows are in the array that `sample_weight` names, or in `…_train`.

    Pickled objects are never loaded: they can run code.
    """
    path = root / spec.path
    if not path.is_file():
        near = [p.name for p in path.parent.glob("*")] if path.parent.is_dir() else []
        raise DataError(f"there is no file {path}{did_you_mean(path.name, near)}")
    splits = splits_from_mapping(read_arrays(path), path.name, spec.x, spec.y, spec.sample_weight)
    return RawData(name=path.stem, splits=splits)


def read_arrays(path: Path) -> dict[str, Any]:
    """Return all arrays of an archive by name; raises DataError where it is not one."""
    try:
        with path.open("rb") as file:
            found = np.load(file, allow_pickle=False)
            if not isinstance(found, np.lib.npyio.NpzFile):
                raise DataError(
                    f"{path.name} holds a single array: save x and y with np.savez(path, x=x, y=y)"
                )
            return {name: found[name] for name in found.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error, KeyError) as error:
        text = " ".join(str(error).split())
        if "pickle" in text and zipfile.is_zipfile(path):
            raise DataError(
                f"{path.name} holds Python objects, which are not loaded as they can run code: "
                "save plain arrays of numbers or texts"
            ) from None
        raise DataError(f"{path.name} is not a readable npz archive of numpy arrays") from None
    except (SyntaxError, TypeError, MemoryError, NotImplementedError, RuntimeError) as error:
        # A damaged header: numpy evaluates it, zipfile may ask for a password.
        raise DataError(
            f"{path.name} is not a readable npz archive ({type(error).__name__})"
        ) from None
