"""NumPy archives."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from tuneit.data.memory import require_memory
from tuneit.data.named_arrays import arrays_named, keys_from_mapping, splits_from_mapping
from tuneit.data.raw import RawData
from tuneit.errors import DataError, did_you_mean
from tuneit.study import NpzData
from tuneit.study.names import Layout


def read(spec: NpzData, root: Path, seed: int) -> RawData:
    """Read `x` and `y`, or `x_train`, `y_train`, `x_val`, `y_val`, `x_test`, `y_test`.

    Weights of the rows are in the array that `sample_weight` names, or in `…_train`.

    Pickled objects are never loaded: they can run code.
    """
    path = root / spec.path
    with _opened(path) as known:
        splits = splits_from_mapping(known, path.name, spec.x, spec.y, spec.sample_weight)
        names = {"groups": spec.groups, "times": spec.times}
        keys = keys_from_mapping(known, path.name, names, spec.x)
    return RawData(name=path.stem, splits=splits, **keys)


def read_arrays(path: Path, x: Layout, y: Layout | None) -> tuple[Any, Any]:
    """Read the features of an archive, and its targets unless `y` is None.

    `x` and `y` are the arrays' names. Raises DataError where one is missing.
    """
    with _opened(path) as known:
        if y is None:
            return arrays_named(known, path.name, x), None
        split = splits_from_mapping(known, path.name, x, y)
        return split["train"].x, split["train"].y


@contextmanager
def _opened(path: Path) -> Iterator[Mapping[str, Any]]:
    """The arrays of an archive. Raises DataError where it cannot be read."""
    if not path.is_file():
        near = [p.name for p in path.parent.glob("*")] if path.parent.is_dir() else []
        raise DataError(
            f"there is no file {path}{did_you_mean(path.name, near)}", at=("data", "path")
        )
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            file.seek(0)
            with np.load(file, allow_pickle=False) as arrays:
                yield _Arrays(arrays, archive, path.name)
    except zipfile.BadZipFile:
        raise _unreadable(path) from None
    except (OSError, ValueError, EOFError, zlib.error, KeyError) as error:
        if "pickle" in str(error):
            raise DataError(
                f"{path.name} holds Python objects, which are not loaded as they can run code: "
                "save plain arrays of numbers or texts"
            ) from None
        raise _unreadable(path) from None
    except (SyntaxError, TypeError, MemoryError, NotImplementedError, RuntimeError) as error:
        # A damaged header: numpy evaluates it, zipfile may ask for a password.
        raise DataError(
            f"{path.name} is not a readable npz archive ({type(error).__name__})"
        ) from None


def _unreadable(path: Path) -> DataError:
    with path.open("rb") as file:
        single = file.read(6) == b"\x93NUMPY"
    hint = ": it holds a single array; save x and y with np.savez(path, x=x, y=y)"
    hint = hint if single else ""
    return DataError(f"{path.name} is not a readable npz archive of numpy arrays{hint}")


class _Arrays(Mapping[str, Any]):
    """The arrays of an archive, each read when it is asked for, if it fits into memory.

    An archive of a few kB may unpack to more than any machine has.
    """

    def __init__(self, arrays: Any, archive: zipfile.ZipFile, where: str) -> None:
        self._arrays, self._where = arrays, where
        sizes = {info.filename.removesuffix(".npy"): info.file_size for info in archive.infolist()}
        self._sizes = sizes

    def __getitem__(self, name: str) -> Any:
        require_memory(
            self._sizes.get(name, 0),
            f"'{name}' of {self._where} unpacks to",
            "save fewer rows or a smaller dtype",
        )
        return self._arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays.files)

    def __len__(self) -> int:
        return len(self._sizes)
