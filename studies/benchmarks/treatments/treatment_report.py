"""The lab's table: how often the advice helps, beside simpler ways to choose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Record = dict[str, Any]

HELPS = 0.05
"""The p-value, uncorrected, below which a treatment counts as helping where it gains enough."""

ALWAYS = ("dropout", "early_stopping")


def table(records: Sequence[Record]) -> str:
    """A row a measure, for the development and the test part: mean, 95 % interval, tasks."""
    lines = ["| measure | development | test |", "|---|---|---|"]
    for name, measure in MEASURES.items():
        cells = [_cell(records, part, measure) for part in ("development", "test")]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(records: Sequence[Record], part: str, measure: Callable[[Record], float | None]) -> str:
    by_source: dict[str, list[float]] = {}
    for record in records:
        value = measure(record) if record["part"] == part else None
        if value is not None:
            by_source.setdefault(record["source"], []).append(value)
    values = [value for found in by_source.values() for value in found]
    if not values:
        return "-"
    low, high = _clustered(list(by_source.values()))
    return f"{np.mean(values):.2f} ({low:.2f} to {high:.2f}; {len(values)})"


def _clustered(groups: list[list[float]]) -> tuple[float, float]:
    """The 95 % interval of the mean where whole data sets are drawn again."""
    rng = np.random.default_rng(0)
    means = []
    for _ in range(2000):
        drawn = [groups[i] for i in rng.integers(0, len(groups), len(groups))]
        means.append(np.mean([value for group in drawn for value in group]))
    return float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))


def _worth(record: Record) -> float:
    if record["trivial"] is None:
        return 0.0
    return 0.01 * abs(record["score"] - record["trivial"])


def helps(record: Record, action: str) -> bool:
    """Whether a treatment helped this task."""
    _, gain, _, p_value = record["rows"].get(action, (None, None, None, None))
    return gain is not None and p_value <= HELPS and gain > 0 and gain >= _worth(record)


def _measured(record: Record) -> list[str]:
    return [action for action, row in record["rows"].items() if row[1] is not None]


def _advised(record: Record) -> list[str]:
    return [action for action in record["advice"] if action in _measured(record)]


def _treatable(record: Record) -> bool:
    return any(helps(record, action) for action in _measured(record))


def _first(record: Record) -> float | None:
    advised = _advised(record)
    if not _treatable(record):
        return None
    return float(bool(advised) and helps(record, advised[0]))


def _of_three(record: Record) -> float | None:
    if not _treatable(record):
        return None
    return float(any(helps(record, action) for action in _advised(record)[:3]))


def _captured(record: Record) -> float | None:
    if not _treatable(record):
        return None
    gains = {action: record["rows"][action][1] for action in _measured(record)}
    best = max(gains.values())
    return max([0.0, *(gains[action] for action in _advised(record)[:3])]) / best


def _harm(record: Record) -> float | None:
    advised = _advised(record)
    return float(record["rows"][advised[0]][0] == "harmful") if advised else None


def _abstained(record: Record) -> float | None:
    return None if _treatable(record) else float(not _advised(record))


def _random_treatment(record: Record) -> float | None:
    if not _treatable(record):
        return None
    measured = _measured(record)
    return sum(helps(record, action) for action in measured) / len(measured)


def _always(record: Record) -> float | None:
    return float(any(helps(record, a) for a in ALWAYS)) if _treatable(record) else None


def _beats_random_search(record: Record) -> float | None:
    if record["random_search"] is None or not _treatable(record):
        return None
    gains = [record["rows"][action][1] for action in _advised(record)[:3]]
    return float(max([0.0, *gains]) > record["random_search"])


MEASURES: dict[str, Callable[[Record], float | None]] = {
    "first recommendation helps": _first,
    "one of the first three helps": _of_three,
    "a random treatment helps": _random_treatment,
    "always dropout and early stopping": _always,
    "share of the best gain that the first three have": _captured,
    "better than random search in the same seconds": _beats_random_search,
    "first recommendation harms": _harm,
    "no advice where nothing helps": _abstained,
}
