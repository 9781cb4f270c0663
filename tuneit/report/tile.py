"""One number of the summary."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tile:
    """One number, its name, and what to compare it with."""

    name: str
    value: str
    beside: str
    tone: str = "neutral"
