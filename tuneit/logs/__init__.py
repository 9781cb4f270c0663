"""Any training log → learning curves: tables, JSON, console output, event files, objects."""

from __future__ import annotations

from tuneit.logs.objects import run_from
from tuneit.logs.reading import find_logs, read_runs
from tuneit.logs.runs import Run

__all__ = ["Run", "find_logs", "read_runs", "run_from"]
