"""An evaluation as JSON-ready values, and back: one that is kept is shown without a new one."""

from __future__ import annotations

import base64
import math
import types
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np

from tuneit.evaluation.kinds import KINDS, OutputEvaluation
from tuneit.evaluation.reported import ReportedEvaluation
from tuneit.evaluation.several import SeveralEvaluation

Evaluation = OutputEvaluation | SeveralEvaluation | ReportedEvaluation

_BY_TASK: dict[str, Any] = {kind.of.task: kind.of for kind in KINDS}


def dump_evaluation(evaluation: Evaluation) -> dict[str, Any]:
    """Return all fields as plain values, arrays as lists; pixels as base64."""
    record: dict[str, Any] = _plain(evaluation)
    return record


def load_evaluation(record: Mapping[str, Any]) -> Evaluation:
    """Read back what `dump_evaluation` wrote, also after JSON.

    Raises KeyError, TypeError or ValueError where the record is of another kind.
    """
    whole = (SeveralEvaluation, ReportedEvaluation)
    kinds = _BY_TASK | {kind.task: kind for kind in whole}
    read: Evaluation = _read(kinds[record["task"]], record)
    return read


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        task = {"task": value.task} if hasattr(value, "task") else {}
        return task | {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, np.ndarray):
        if value.dtype == np.uint8:
            # Pixels are many: as a list each would take a line.
            text = base64.b64encode(np.ascontiguousarray(value).tobytes()).decode()
            return {"shape": list(value.shape), "base64": text}
        return value.tolist()
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    return value


def _read(kind: Any, value: Any) -> Any:
    """A value of an annotated type, from its plain form."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (types.UnionType, typing.Union):
        if value is None:
            return None
        known = [one for one in inner if one is not type(None)]
        return _read(known[0] if len(known) == 1 else _BY_TASK[value["task"]], value)
    if is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        given = [f.name for f in fields(kind) if f.name in value]
        return kind(**{name: _read(hints[name], value[name]) for name in given})
    if origin is tuple:
        kinds = inner[:1] * len(value) if inner[-1] is Ellipsis else inner
        return tuple(_read(one, entry) for one, entry in zip(kinds, value, strict=True))
    if origin is np.ndarray:
        dtype = get_args(inner[1])[0]
        if isinstance(value, Mapping):
            pixels = np.frombuffer(base64.b64decode(value["base64"]), dtype)
            return pixels.reshape(value["shape"])
        return np.array(value, dtype=dtype)
    if kind is float:
        # JSON has no word for what is not a number.
        return math.nan if value is None else float(value)
    return value
