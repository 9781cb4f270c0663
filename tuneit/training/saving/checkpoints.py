"""Trainings that pause, and go on later as another trial's."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuneit.errors.writing import writing
from tuneit.training.saving.weights_file import save_weights

if TYPE_CHECKING:
    from tuneit.training.fitting.monitor import EpochMonitor


def training_name(number: int, index: int) -> str:
    """Name a training's files: `0007`, and `0007-2` for the second of a trial's trainings."""
    return f"{number:04d}" + (f"-{index + 1}" if index else "")


@dataclass(frozen=True)
class Taken:
    """What a training takes over from one that was paused: its curve, a mapping an epoch.

    `best_weights` are those of the best epoch, in the order of `keras.Model.get_weights`; None
    where the model's own are the best.
    """

    rows: list[dict[str, float]]
    best_weights: list[Any] | None = None


@dataclass(frozen=True)
class Paused:
    """Keeps weights, the optimiser's state and the curve of trainings; `index` is the execution.

    Weights rather than whole models: a builder makes the model again, so that layers of the
    user's own need no registration.
    """

    folder: Path
    index: int = 0

    def _path(self, number: int, ending: str) -> Path:
        return self.folder / f"{training_name(number, self.index)}.{ending}"

    def keep(self, number: int, model: Any, monitor: EpochMonitor) -> None:
        """Write what a trial has come to; the curve last, so that it vouches for the rest.

        Raises as `writing` does.
        """
        with writing(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            save_weights(model, self._path(number, "weights.h5"))
            if monitor.best_epoch != len(monitor.rows) and monitor.best_weights is not None:
                # A name for each, since an array of arrays of different shapes cannot be saved.
                best = {f"w{i:04d}": array for i, array in enumerate(monitor.best_weights)}
                np.savez(self._path(number, "best.npz"), **best)
            scratch = self.folder / f".{training_name(number, self.index)}.{os.getpid()}"
            scratch.write_text(json.dumps(monitor.rows), encoding="utf-8")
            scratch.replace(self._path(number, "json"))

    def continue_from(self, parent: int, model: Any, shape: Any) -> Taken | None:
        """Give a new model the state of `parent`, and return its curve; None where it is lost.

        `shape` builds the model where it is not built yet.
        """
        if not self._path(parent, "json").exists():
            return None
        rows = json.loads(self._path(parent, "json").read_text(encoding="utf-8"))
        if not model.built:
            model.build(shape)
        model.optimizer.build(model.trainable_variables)
        model.load_weights(self._path(parent, "weights.h5"))
        best = self._path(parent, "best.npz")
        if not best.exists():
            return Taken(rows)
        with np.load(best) as arrays:
            return Taken(rows, [arrays[name] for name in sorted(arrays.files)])
