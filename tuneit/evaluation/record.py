"""An evaluation as JSON-ready values, and back: one that is kept is shown without a new one."""

from __future__ import annotations

import math
import types
import typing
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np

from tuneit.evaluation.classification import ClassificationEvaluation
from tuneit.evaluation.regression import RegressionEvaluation

_KINDS = {kind.task: kind for kind in (ClassificationEvaluation, RegressionEvaluation)}


def dump_evaluation(
    evaluation: ClassificationEvaluation | RegressionEvaluation,
) -> dict[str, Any]:
    """Return all fields as plain values, arrays as lists."""
    return {"task": evaluation.task, **_plain(asdict(evaluation))}


def load_evaluation(
    record: Mapping[str, Any],
) -> ClassificationEvaluation | RegressionEvaluation:
    """Read back what `dump_evaluation` wrote, also after JSON.

    Raises KeyError, TypeError or ValueError where the record is of another kind.
    """
    read: ClassificationEvaluation | RegressionEvaluation = _read(_KINDS[record["task"]], record)
    return read


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Mapping):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    return value


def _read(kind: Any, value: Any) -> Any:
    """A value of an annotated type, from its plain form."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (types.UnionType, typing.Union):
        if value is None:
            return None
        (kind,) = (one for one in inner if one is not type(None))
        return _read(kind, value)
    if is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        known = [f.name for f in fields(kind) if f.name in value]
        return kind(**{name: _read(hints[name], value[name]) for name in known})
    if origin is tuple:
        kinds = inner[:1] * len(value) if inner[-1] is Ellipsis else inner
        return tuple(_read(one, entry) for one, entry in zip(kinds, value, strict=True))
    if origin is np.ndarray:
        return np.array(value, dtype=get_args(inner[1])[0])
    if kind is float:
        # JSON has no word for what is not a number.
        return math.nan if value is None else float(value)
    return value
