"""Data from a user's function."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from tuneit.data.dataset import Dataset, Split
from tuneit.data.named_arrays import (
    keys_from_mapping,
    names_of_keys,
    names_of_weights,
    splits_from_mapping,
)
from tuneit.data.raw import RawData, RawSplit, SplitName, splits_from_parts
from tuneit.data.stream_reading import RawStreams
from tuneit.data.stream_sources import Source, is_stream, source_of
from tuneit.data.stream_splits import Sources
from tuneit.errors import DataError, did_you_mean
from tuneit.study import PythonData

_FORMS = (
    "(x, y) or (x, y, sample_weight), x alone where the model makes its loss of it, "
    "((x_train, y_train), (x_test, y_test)), three such pairs, a dict with x and y or x_train, "
    "y_train, … (and sample_weight, groups or times, or sample_weight_train, …), one to three "
    "streams (tf.data.Dataset, PyDataset or a function that returns a generator), or a tuneit "
    "Dataset"
)

_FUNCTION = ("data", "function")
"""The study's key that names the function."""

_ORDERS: Mapping[int, tuple[SplitName, ...]] = {
    1: ("train",),
    2: ("train", "test"),
    3: ("train", "validation", "test"),
}
"""The splits that a function returns, by their number."""

_TWO_PARTS = (
    "the function returned two parts, to train and to test on, and rows to validate on are split "
    "off the first; three parts give these, too (tuneit.search(data=(a, b)) validates on b)"
)
"""What is said of two parts: Python callers mean another split by the second."""


def read(spec: PythonData, root: Path, seed: int) -> RawData:
    """Call the function and convert what it returns to RawData."""
    function = _function(spec.function, root)
    with _errors_as_data_errors(spec.function, root):
        found = function(**spec.arguments)
        sources = _sources(found, function, spec)
        if sources is None:
            return _to_raw(found, spec.function)
        name, reopen = _name(spec.function), partial(_sources_again, spec, root)
        notes = (_TWO_PARTS,) if len(sources) == 2 else ()
        return RawStreams(name, {}, notes=notes, sources=sources, reopen=reopen)


def _sources(
    found: Any, function: Callable[..., Any], spec: PythonData
) -> dict[SplitName, Source] | None:
    """The streams that a function has returned, by split; None where it returned other data."""
    if inspect.isgenerator(found):
        found = partial(function, **spec.arguments)  # each pass calls the function again
        return {"train": source_of(found, "train")}
    parts = found if isinstance(found, (tuple, list)) else (found,)
    if not any(map(is_stream, parts)) or len(parts) not in _ORDERS:
        return None
    return {name: source_of(p, name) for name, p in zip(_ORDERS[len(parts)], parts, strict=True)}


def _sources_again(spec: PythonData, root: Path) -> Sources:
    """Call the function for its streams in another process."""
    function = _function(spec.function, root)
    with _errors_as_data_errors(spec.function, root):
        sources = _sources(function(**spec.arguments), function, spec)
        if sources is None:
            raise DataError(f"{spec.function} returned no stream this time")
        return sources


def loaded_function(reference: str, root: Path) -> Any:
    """The function that `read` has called, without running its file again; None if unknown."""
    place, _, name = reference.rpartition(":")
    module = _module_name(root / place) if place.endswith(".py") else place
    return getattr(sys.modules.get(module), name, None)


def _module_name(path: Path) -> str:
    return f"_tuneit_data_{path.stem}"


def _function(reference: str, root: Path) -> Callable[..., Any]:
    place, colon, name = reference.rpartition(":")
    if not colon or not place or not name:
        raise DataError(
            f"a function is named file.py:load or package.module:load, not '{reference}'",
            at=_FUNCTION,
        )
    with _errors_as_data_errors(reference, root):
        module = _import_file(root / place) if place.endswith(".py") else _import(place, root)
    function = getattr(module, name, None)
    if function is None:
        raise DataError(f"{place} has no '{name}'{did_you_mean(name, vars(module))}", at=_FUNCTION)
    if not callable(function):
        raise DataError(
            f"'{reference}' must be a function, but is {type(function).__name__}", at=_FUNCTION
        )
    result: Callable[..., Any] = function
    return result


def _import_file(path: Path) -> Any:
    if not path.is_file():
        near = [p.name for p in path.parent.glob("*.py")] if path.parent.is_dir() else []
        raise DataError(f"there is no file {path}{did_you_mean(path.name, near)}")
    spec = importlib.util.spec_from_file_location(_module_name(path), path)
    if spec is None or spec.loader is None:
        raise DataError(f"{path} cannot be imported as Python")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses and pickle look their module up
    with _folder_on_path(path.parent):
        spec.loader.exec_module(module)
    return module


def _import(name: str, root: Path) -> Any:
    with _folder_on_path(root):
        return importlib.import_module(name)


@contextlib.contextmanager
def _folder_on_path(folder: Path) -> Any:
    """Let the user's file import its neighbours."""
    entry = str(folder.resolve())
    sys.path.insert(0, entry)
    try:
        yield
    finally:
        sys.path.remove(entry)


@contextlib.contextmanager
def _errors_as_data_errors(reference: str, root: Path) -> Any:
    """Raise a DataError with type, message and line for what the user's code raises."""
    try:
        # What the function prints goes to stderr: stdout may carry --json.
        with contextlib.redirect_stdout(sys.stderr):
            yield
    except DataError:
        raise
    except Exception as error:
        message = " ".join(str(error).split())
        raise DataError(
            f"{reference} raised {type(error).__name__}: {message}{_place(error, root)}"
        ) from error


def _place(error: Exception, root: Path) -> str:
    """The innermost line of the user's own code: the last one below `root`, else the last."""
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        return f" ({error.filename}:{error.lineno})"
    here = str(Path(__file__).resolve().parents[2])
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith((here, "<frozen"))
    ]
    own = [f for f in frames if str(root.resolve()) in str(Path(f.filename).resolve())]
    last = (own or frames)[-1:]
    return "".join(f" ({frame.filename}:{frame.lineno})" for frame in last)


def _to_raw(found: Any, reference: str) -> RawData:
    if isinstance(found, Dataset):
        given: dict[SplitName, Split] = {
            "train": found.train,
            "validation": found.validation,
            "test": found.test,
        }
        return RawData(
            name=found.name,
            splits={k: RawSplit(s.x, s.y, s.weight) for k, s in given.items() if len(s)},
            class_names=found.class_names,
            feature_names=found.feature_names,
            notes=found.notes,
            class_weight=_class_weight(found),
            task=None if found.output is None else found.output.task,
        )
    keys: dict[str, Any] = {}
    if isinstance(found, Mapping):
        keys = keys_from_mapping(found, f"what {reference} returned", names_of_keys(found))
    splits = _splits(found, reference)
    two = isinstance(found, (tuple, list)) and len(splits) == 2
    return RawData(_name(reference), splits, notes=(_TWO_PARTS,) if two else (), **keys)


def _name(reference: str) -> str:
    """The file or module of a function, as the name of its data."""
    return reference.rpartition(":")[0].removesuffix(".py").rpartition("/")[2]


def _class_weight(found: Dataset) -> dict[str, float] | None:
    """The class weights by name, of classes that have rows: the others are no classes later."""
    if found.class_weight is None:
        return None
    labels = [found.labels(split) for split in found.splits.values()]
    rows = set(np.concatenate(labels).tolist())
    named = enumerate(found.weight_by_class.items())
    return {name: weight for index, (name, weight) in named if index in rows}


def _splits(found: Any, reference: str) -> dict[SplitName, RawSplit]:
    if isinstance(found, Mapping):
        weight = names_of_weights(found)
        return splits_from_mapping(found, f"what {reference} returned", weight=weight)
    if isinstance(found, (tuple, list)) and len(found) in (2, 3):
        return splits_from_parts(found, _ORDERS)
    if getattr(found, "shape", ()):
        return {"train": RawSplit(found)}
    shape = f" of {len(found)}" if isinstance(found, (tuple, list)) else ""
    raise DataError(f"{reference} must return {_FORMS}, but returned {type(found).__name__}{shape}")
