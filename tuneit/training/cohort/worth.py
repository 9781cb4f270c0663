"""Whether a cohort pays, and how many members it may have."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from tuneit.training.quiet import load_keras

load_keras()
import keras  # noqa: E402

_FLOAT = 4
"""Bytes of a number."""

_COPIES = 10
"""Copies of a member's weights: its own model's, stacked, gradient, two slots, best, temporary."""

_KEPT = 6
"""Copies of a layer's output: forward, backward, noise, temporary."""

_SHARE = 0.5
"""Share of the free memory that a cohort may take."""

_PASS = 32 * 2**20
"""Numbers that all members' outputs may come to in one validation batch (128 MB)."""


def outputs_per_row(model: Any) -> int:
    """Numbers that all layers of a model put out for one row."""
    total = 0
    for layer in model._flatten_layers(include_self=False):
        for node in layer._inbound_nodes:
            for tensor in node.output_tensors:
                size = 1
                for length in tensor.shape[1:]:
                    size *= length or 1
                total += size
    return max(1, total)


def most_members(model: Any, batch_size: int, wanted: int) -> int:
    """Members that fit into the free memory, at most `wanted`."""
    weights = sum(int(v.value.shape.num_elements()) for v in model.variables)
    member = _FLOAT * (_COPIES * weights + _KEPT * batch_size * outputs_per_row(model))
    return max(1, min(wanted, int(_SHARE * free_memory() // member)))


def validation_rows(model: Any, members: int, batch_size: int, rows: int) -> int:
    """Rows of a validation batch: many, since they need no gradients, but within memory."""
    fitting = _PASS // (members * outputs_per_row(model))
    return max(1, min(rows, max(batch_size, fitting)))


def free_memory() -> int:
    """Bytes that can be used without swapping."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if "MemAvailable" in line)
    except (OSError, StopIteration, ValueError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, OSError, ValueError):
        return 4 * 2**30
