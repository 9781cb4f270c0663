"""Saving a trained model."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tuneit.errors import TuneitError
from tuneit.training.outcome import Execution, TrialFailed
from tuneit.training.references import describe
from tuneit.training.weights_file import save_weights
from tuneit.writing import writing


def save(execution: Execution, path: Path) -> None:
    """Save the model of the best epoch at `path`, a .keras file.

    Where Keras cannot save its class, its weights are saved instead, beside it as `.weights.h5`.
    Raises TrialFailed where that fails too, and as `writing` does where the disk is the reason.
    """
    execution.monitor.restore_best()
    try:
        try:
            _write(path, execution.model.save)
        except TuneitError:
            raise
        except Exception:  # of many kinds; a class without get_config, mostly
            _write(path.with_suffix(".weights.h5"), partial(save_weights, execution.model))
    except TuneitError:
        raise
    except Exception as error:
        raise TrialFailed(f"the model cannot be saved: {describe(error)}") from error


def _write(path: Path, save: Callable[[Path], None]) -> None:
    # Written aside first: a model file that exists is whole.
    unfinished = path.with_name(f".{os.getpid()}.{path.name}")
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            save(unfinished)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
