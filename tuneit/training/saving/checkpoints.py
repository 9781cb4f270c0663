"""Checkpoints: the state of an execution, from which a later trial goes on."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np
from h5py import File

from tuneit.errors.writing import writing
from tuneit.training.saving.resumed_state import ResumedState
from tuneit.training.saving.weights_file import save_weights

if TYPE_CHECKING:
    from tuneit.training.fitting.monitor import EpochMonitor


def execution_name(number: int, index: int) -> str:
    """Name an execution's files: `0007`, and `0007-2` for the second execution of trial 7."""
    return f"{number:04d}" + (f"-{index + 1}" if index else "")


@dataclass(frozen=True)
class Checkpoints:
    """Checkpoints of the execution `index` of trials: weights, optimiser state, curve.

    Weights are saved rather than whole models: the builder makes the model again, so that the
    user's own layers need no registration.
    """

    folder: Path
    index: int = 0

    def _path(self, number: int, ending: str) -> Path:
        return self.folder / f"{execution_name(number, self.index)}.{ending}"

    def save(self, number: int, model: Any, monitor: EpochMonitor) -> None:
        """Write a trial's checkpoint. The curve is written last, so it exists only if all does.

        Raises as `writing` does.
        """
        with writing(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            save_weights(model, self._path(number, "weights.h5"))
            if monitor.best_epoch != len(monitor.rows) and monitor.best_weights is not None:
                _save_arrays(self._path(number, "best.npz"), monitor.best_weights)
            scratch = self.folder / f".{execution_name(number, self.index)}.{os.getpid()}"
            scratch.write_text(json.dumps(monitor.rows), encoding="utf-8")
            scratch.replace(self._path(number, "json"))

    def save_ended(self, number: int, weights: Sequence[Any]) -> None:
        """Write the weights of an execution that has ended while its trial goes on.

        Raises as `writing` does.
        """
        with writing(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            _save_arrays(self._path(number, "ended.npz"), weights)

    def restore_ended(self, number: int) -> list[Any]:
        """Read back what `save_ended` wrote; raise OSError or ValueError where that fails."""
        return _load_arrays(self._path(number, "ended.npz"))

    def restore(
        self, parent: int, model: Any, shape: Any, reach: Callable[[Any, int], None] | None = None
    ) -> ResumedState | None:
        """Load the checkpoint of the trial `parent` into a new model.

        None where there is none, or where it was cut short: then the trial is trained anew.
        `shape`, of a batch of inputs, builds the model where it is not built yet. `reach` brings a
        model into the phase of its training that it has after a number of epochs.
        """
        if not self._path(parent, "json").exists():
            return None
        best, weights = self._path(parent, "best.npz"), self._path(parent, "weights.h5")
        try:
            rows = json.loads(self._path(parent, "json").read_text(encoding="utf-8"))
            arrays = _load_arrays(best) if best.exists() else None
            with File(weights):  # HDF5 knows how long its file must be
                pass
        except (OSError, ValueError, BadZipFile):
            return None
        if not model.built:
            model.build(shape)
        if reach is not None:
            reach(model, len(rows))
        model.optimizer.build(model.trainable_variables)
        model.load_weights(weights)
        return ResumedState(rows, arrays)


def _save_arrays(path: Path, arrays: Sequence[Any]) -> None:
    # A name for each, since an array of arrays of different shapes cannot be saved. NumPy cannot
    # read the types of a few bits, such as bfloat16, that others have added to it (kind V).
    plain = [np.float32(array) if array.dtype.kind == "V" else array for array in arrays]
    named: dict[str, Any] = {f"w{place:05d}": array for place, array in enumerate(plain)}
    np.savez(path, **named)


def _load_arrays(path: Path) -> list[Any]:
    # NumPy leaves a file open that it opened itself and cannot read.
    with path.open("rb") as file, np.load(file) as arrays:
        return [arrays[name] for name in sorted(arrays.files)]
