"""How many cores there are to train on."""

from __future__ import annotations

from joblib import cpu_count


def available_cores() -> int:
    """Cores that this process may use: what its affinity and its container's limits leave it."""
    return int(cpu_count())
