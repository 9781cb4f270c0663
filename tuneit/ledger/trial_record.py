"""Trials as JSON, as the ledger stores them in user attributes of Optuna's trials."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Any

import numpy as np

from tuneit.curves import LearningCurve
from tuneit.space import parameter_from_dict, parameter_to_dict
from tuneit.trials import EndedExecution, Facts, Memory, Place, Trial, TrialState, Trivial
from tuneit.trials.memory import RESERVED

_DIGITS = 7
"""Significant digits of a curve's values that are stored; float32 has no more."""


def dump_curve(curve: LearningCurve) -> str:
    """Write a curve as compact JSON, with null for NaN.

    Infinities are written as strings, because standard JSON has no infinity.
    """
    epochs = [int(epoch) for epoch in curve.epochs]
    counted = epochs == list(range(1, len(epochs) + 1))
    head: Any = len(epochs) if counted else epochs
    series = {name: [_short(v) for v in values.tolist()] for name, values in curve.series.items()}
    return json.dumps([head, series], separators=(",", ":"))


def load_curve(text: str) -> LearningCurve:
    """Read back what `dump_curve` wrote."""
    head, series = json.loads(text)
    epochs = np.arange(1, head + 1) if isinstance(head, int) else np.array(head, dtype=np.int64)
    return LearningCurve(
        epochs,
        {
            name: np.array([math.nan if v is None else float(v) for v in values])
            for name, values in series.items()
        },
    )


def _short(value: float) -> float | str | None:
    if math.isfinite(value):
        return float(f"{value:.{_DIGITS}g}")
    return None if math.isnan(value) else ("inf" if value > 0 else "-inf")


def dump_begun(trial: Trial) -> str:
    """Write what is known of a trial when it starts."""
    return _dump(
        {
            "params": dict(trial.params),
            "seed": trial.seed,
            "memory": _memory_record(trial.memory),
            **({"notes": notes} if (notes := _facts_record(trial.facts)) else {}),
        }
    )


def dump_trial(trial: Trial) -> dict[str, Any]:
    """User attributes of a finished trial: some for people to read, and those that tuneit reads."""
    record = {
        "params": dict(trial.params),
        "state": str(trial.state),
        "seed": trial.seed,
        "score": _exact(trial.score),
        "best_epoch": trial.best_epoch,
        "memory": _memory_record(trial.memory),
        "notes": _facts_record(trial.facts),
        "scores": [_exact(score) for score in trial.scores],
        "repeats": [dump_curve(curve) for curve in trial.repeats],
    }
    if trial.values:
        record["values"] = [_exact(value) for value in trial.values]
    attrs: dict[str, Any] = {
        "verdict": trial.verdict,
        "seconds": trial.duration_s,
        "epochs": trial.epochs,
        "error": trial.error,
        "unasked": ", ".join(trial.facts.unused or ()) or None,
        "curve": None if trial.curve is None else dump_curve(trial.curve),
    }
    return {"trial": _dump(record)} | {k: v for k, v in attrs.items() if v is not None}


def dump_execution(index: int, execution: EndedExecution) -> tuple[str, str]:
    """The user attribute of an execution (`index` from 0) that ended in a trial that goes on."""
    record = {
        "score": _exact(execution.score),
        "curve": dump_curve(execution.curve),
        "best_epoch": execution.best_epoch,
        "seconds": execution.seconds,
        "returned": {name: _exact(value) for name, value in execution.returned.items()},
        "untrained": execution.untrained,
    }
    return f"execution.{index + 1}", _dump(record)


def _executions(attrs: Mapping[str, Any]) -> Iterator[EndedExecution]:
    """The executions that were kept one after another, from the first one on."""
    for index in count(1):
        text = attrs.get(f"execution.{index}")
        if text is None:
            return
        record = json.loads(text)
        yield EndedExecution(
            score=float(record["score"]),
            curve=load_curve(record["curve"]),
            best_epoch=record["best_epoch"],
            seconds=record["seconds"],
            returned={name: float(value) for name, value in record["returned"].items()},
            untrained=record["untrained"],
        )


def load_trial(number: int, attrs: Mapping[str, Any]) -> Trial:
    """Read back a trial, finished or not, from its user attributes."""
    record = json.loads(attrs["trial"])
    curve = attrs.get("curve")
    score = record.get("score")
    state = TrialState(record.get("state", TrialState.RUNNING))
    return Trial(
        number=number,
        params=record["params"],
        state=state,
        seed=record["seed"],
        score=None if score is None else float(score),
        curve=None if curve is None else load_curve(curve),
        best_epoch=record.get("best_epoch"),
        duration_s=attrs.get("seconds", 0.0),
        error=attrs.get("error"),
        verdict=attrs.get("verdict"),
        memory=_memory(dict(record["memory"])),
        facts=_facts(dict(record.get("notes", {}))),
        scores=tuple(_scores(record.get("scores", ()))),
        repeats=tuple(load_curve(text) for text in record.get("repeats", ())),
        values=tuple(_scores(record.get("values", ()))),
        ended=tuple(_executions(attrs)) if state is TrialState.RUNNING else (),
    )


def _facts_record(facts: Facts) -> dict[str, Any]:
    """The facts that are known, under the keys that all versions of tuneit use."""
    record: dict[str, Any] = {
        "parameters": facts.parameters,
        "objectives": dict(facts.measured) or None,
        "trivial": None if facts.trivial == Trivial() else facts.trivial.to_dict(),
        "space": [parameter_to_dict(parameter) for parameter in facts.late] or None,
        "unasked": None if facts.unused is None else dict(facts.unused),
        "continued": facts.continued,
        "pruned": facts.pruned,
        "retried": facts.retried,
        "imported": facts.imported,
        "untrained": facts.untrained or None,
        "interrupted": facts.interrupted or None,
        "clock": facts.clock,
        "node": facts.node,
    }
    return {key: value for key, value in record.items() if value is not None}


def _facts(record: Mapping[str, Any]) -> Facts:
    return Facts(
        parameters=record.get("parameters"),
        measured=record.get("objectives", {}),
        trivial=Trivial.from_dict(record.get("trivial", {})),
        late=tuple(parameter_from_dict(entry) for entry in record.get("space", ())),
        unused=record.get("unasked"),
        continued=record.get("continued"),
        pruned=record.get("pruned"),
        retried=record.get("retried"),
        imported=record.get("imported"),
        untrained=bool(record.get("untrained")),
        interrupted=bool(record.get("interrupted")),
        clock=record.get("clock"),
        node=record.get("node"),
    )


_PLACE = ("bracket", "rung", "size", "promotes")
_KEYS = {"epochs": "epochs", "parent": "parent", "ends_round": "ends_round", "queued": "enqueued"}
"""Fields of a memory, and their keys in the ledger; other keys are a strategy's own entries."""


def _memory_record(memory: Memory) -> dict[str, Any]:
    """A memory's fields and a strategy's own entries, under the keys that all versions use."""
    record: dict[str, Any] = dict(memory.own)
    if memory.place is not None:
        record |= {key: getattr(memory.place, key) for key in _PLACE}
    known = {key: getattr(memory, name) for name, key in _KEYS.items()}
    return record | {k: v for k, v in known.items() if v is not None and v is not False}


def _memory(record: Mapping[str, Any]) -> Memory:
    own = {key: value for key, value in record.items() if key not in RESERVED}
    place = Place(*(record[key] for key in _PLACE)) if "bracket" in record else None
    known = {name: record[key] for name, key in _KEYS.items() if key in record}
    return Memory(**known, place=place, own=own)


def _exact(score: float | None) -> float | str | None:
    return score if score is None or math.isfinite(score) else str(score)


def _scores(values: Iterable[float | str | None]) -> Iterable[float]:
    return (math.nan if value is None else float(value) for value in values)


def _dump(record: Mapping[str, Any]) -> str:
    return json.dumps(record, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> Any:
    """NumPy scalars and arrays as plain Python values."""
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} cannot be stored with a trial: it has no JSON form")
