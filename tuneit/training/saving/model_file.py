"""Saving a trained model."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tuneit.errors import TuneitError
from tuneit.errors.writing import writing
from tuneit.training.fitting.outcome import Execution, TrialFailed
from tuneit.training.saving.weights_file import save_weights
from tuneit.training.user_code.error_text import describe


def save(execution: Execution, path: Path) -> None:
    """Save the model of the best epoch at `path`, a .keras file.

    Where Keras cannot save its class, or the model is not built (its `train_step` may call only its
    layers), its weights are saved instead, as `.weights.h5` beside `path`. Raises TrialFailed where
    that fails too, and the errors of `writing` where the disk is the reason.
    """
    model = execution.model
    execution.monitor.restore_best(model)
    try:
        try:
            if model.built:
                _write(path, model.save)
                return
        except TuneitError:
            raise
        except Exception:  # of many kinds; mostly for a class without get_config
            pass
        model.built = True  # its layers are built, but Keras checks only the model
        _write(path.with_suffix(".weights.h5"), partial(save_weights, model))
    except TuneitError:
        raise
    except Exception as error:
        raise TrialFailed(f"the model cannot be saved: {describe(error)}") from error


def _write(path: Path, save: Callable[[Path], None]) -> None:
    # Written under another name first, so that a model file is never incomplete.
    unfinished = path.with_name(f".{os.getpid()}.{path.name}")
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            save(unfinished)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
