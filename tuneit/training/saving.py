"""Saving a trained model."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from tuneit.training.outcome import Execution, TrialFailed
from tuneit.training.references import describe


def save(execution: Execution, path: Path) -> None:
    """Save the model of the best epoch at `path`, a .keras file.

    Where Keras cannot save its class, its weights are saved instead, beside it as `.weights.h5`.
    Raises TrialFailed where that fails too.
    """
    execution.monitor.restore_best()
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        try:
            _write(path, execution.model.save)
        except OSError:
            raise
        except Exception:  # of many kinds; a class without get_config, mostly
            _write(path.with_suffix(".weights.h5"), execution.model.save_weights)
    except Exception as error:
        raise TrialFailed(f"the model cannot be saved: {describe(error)}") from error


def _write(path: Path, save: Callable[[Path], None]) -> None:
    # Written aside first: a model file that exists is whole.
    partial = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        save(partial)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
