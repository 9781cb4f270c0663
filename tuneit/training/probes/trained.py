"""A look inside a model whose training has ended."""

from __future__ import annotations

from typing import Any

from tuneit.curves import LearningCurve
from tuneit.findings import Finding
from tuneit.training.probes.guard import Guard
from tuneit.training.probes.look import Look
from tuneit.training.probes.runner import NOTHING, SAMPLE, probe
from tuneit.training.probes.sample import ROWS, sample_of


def look_inside(
    model: Any, x: Any, y: Any, curve: LearningCurve, guard: Guard, rows: int = ROWS
) -> tuple[Finding, ...]:
    """All that the probes find at `rows` of x and y; `guard` says which of them failed."""
    logs = [
        {name: float(series[i]) for name, series in curve.series.items()} for i in range(len(curve))
    ]
    sample = guard.call(SAMPLE, lambda: sample_of((x, y), rows).for_model(model), None)
    return NOTHING if sample is None else probe(Look(model, sample, logs), guard)
