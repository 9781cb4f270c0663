"""Any training log → learning curves: CSV, JSON, TensorBoard, Lightning, Hugging Face, objects."""

from __future__ import annotations

from tuneit.history_files.objects import curve_from
from tuneit.history_files.reading import find_logs, read_runs
from tuneit.history_files.runs import Run

__all__ = ["Run", "curve_from", "find_logs", "read_runs"]
