"""Trials as text: what the ledger keeps of a trial beside Optuna's own fields."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from tuneit.curves import LearningCurve
from tuneit.trials import Trial, TrialState

_DIGITS = 7
"""Significant digits of a curve's values: what float32 holds."""


def dump_curve(curve: LearningCurve) -> str:
    """Write a curve as compact JSON; a series that is not a number at an epoch has null there.

    Infinities are written as strings, for readers whose JSON knows neither.
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
    """Write what a trial starts from."""
    return _dump(
        {
            "params": dict(trial.params),
            "seed": trial.seed,
            "memory": dict(trial.memory),
            **({"notes": dict(trial.notes)} if trial.notes else {}),
        }
    )


def dump_trial(trial: Trial) -> dict[str, Any]:
    """User attributes of a finished trial: plain ones to look at, and what tuneit reads back."""
    record = {
        "params": dict(trial.params),
        "state": str(trial.state),
        "seed": trial.seed,
        "score": _exact(trial.score),
        "best_epoch": trial.best_epoch,
        "memory": dict(trial.memory),
        "notes": dict(trial.notes),
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
        "unasked": ", ".join(trial.notes.get("unasked", ())) or None,
        "curve": None if trial.curve is None else dump_curve(trial.curve),
    }
    return {"trial": _dump(record)} | {k: v for k, v in attrs.items() if v is not None}


def load_trial(number: int, attrs: Mapping[str, Any]) -> Trial:
    """Read back a trial, finished or not, from its user attributes."""
    record = json.loads(attrs["trial"])
    curve = attrs.get("curve")
    score = record.get("score")
    return Trial(
        number=number,
        params=record["params"],
        state=TrialState(record.get("state", TrialState.RUNNING)),
        seed=record["seed"],
        score=None if score is None else float(score),
        curve=None if curve is None else load_curve(curve),
        best_epoch=record.get("best_epoch"),
        duration_s=attrs.get("seconds", 0.0),
        error=attrs.get("error"),
        verdict=attrs.get("verdict"),
        memory=record["memory"],
        notes=record.get("notes", {}),
        scores=tuple(_scores(record.get("scores", ()))),
        repeats=tuple(load_curve(text) for text in record.get("repeats", ())),
        values=tuple(_scores(record.get("values", ()))),
    )


def _exact(score: float | None) -> float | str | None:
    return score if score is None or math.isfinite(score) else str(score)


def _scores(values: Iterable[float | str | None]) -> Iterable[float]:
    return (math.nan if value is None else float(value) for value in values)


def _dump(record: Mapping[str, Any]) -> str:
    return json.dumps(record, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> Any:
    """NumPy's scalars and arrays as Python's; the rest json refuses itself."""
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} cannot be kept with a trial: it has no JSON form")
