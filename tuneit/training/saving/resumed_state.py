"""The part of a checkpoint beside the weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ResumedState:
    """What an execution takes from a checkpoint beside weights: `rows`, the logs of each epoch.

    `best_weights` are the weights of the best epoch, in the order of `keras.Model.get_weights`;
    None where the last epoch was the best.
    """

    rows: list[dict[str, float]]
    best_weights: list[Any] | None = None
