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

    Where Keras cannot save its class, or nobody has called it (a `train_step` of its own may use
    its layers alone), its weights are saved instead, beside it as `.weights.h5`. Raises TrialFailed
    where that fails too, and as `writing` does where the disk is the reason.
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
        except Exception:  # of many kinds; a class without get_config, mostly
            pass
        model.built = True  # its layers are, at which Keras does not look
        _write(path.with_suffix(".weights.h5"), partial(save_weights, model))
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
