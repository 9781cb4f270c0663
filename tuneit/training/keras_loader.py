"""Importing TensorFlow, Keras and keras-tuner without their messages on the user's screen."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import json
import logging
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

from tuneit.errors import InputError, MissingExtraError


def load_keras() -> None:
    """Import tensorflow, keras and keras_tuner; print nothing unless it fails.

    Environment variables that the user has set keep their values. Raises InputError where Keras
    runs on a backend with which tuneit does not search.
    """
    refuse_backend(backend())
    if "keras_tuner" not in sys.modules or "tensorflow" not in sys.modules:
        _import_silently()
    sys.modules["tensorflow"].get_logger().addFilter(_is_not_of_retracing)


def refuse_backend(name: str) -> None:
    """Raise InputError for a backend of Keras's that was not tried, or is not installed."""
    if name not in _TRIED:
        raise InputError(
            f"Keras's backend is {name}, with which tuneit was not tried: with tensorflow all of "
            f"it works, with jax and torch {WITH_OTHERS}; set KERAS_BACKEND to one of these before "
            "Keras is imported"
        )
    if importlib.util.find_spec(name) is None:
        raise MissingExtraError(
            f"Keras's backend is {name}, which is not installed: install it (pip install {name}), "
            "or set KERAS_BACKEND=tensorflow"
        )


WITH_OTHERS = (
    "searches, workers, evaluation and diagnosis, as was tried on a CPU, but neither cohorts nor "
    "probes of gradients"
)
"""What works with the backends jax (tried with 0.10) and torch (2.14)."""

_TRIED = ("tensorflow", "jax", "torch")


def backend() -> str:
    """The backend of Keras, whether it is imported yet or not."""
    if "keras" in sys.modules:
        return str(sys.modules["keras"].config.backend())
    if named := os.environ.get("KERAS_BACKEND"):
        return named
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    try:
        return str(json.loads((home / "keras.json").read_text())["backend"])
    except (OSError, ValueError, KeyError, TypeError):
        return "tensorflow"


def _import_silently() -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
    # Otherwise the first process on a GPU takes all its memory, and leaves none for workers.
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    with _silent_stderr(), warnings.catch_warnings():
        # A user cannot mend deprecations inside these packages.
        warnings.simplefilter("ignore")
        importlib.import_module("keras_tuner")
        tensorflow = importlib.import_module("tensorflow")
    tensorflow.get_logger().setLevel("ERROR")


def _is_not_of_retracing(record: logging.LogRecord) -> bool:
    """Filter out TensorFlow's warning of retracing: each trial's model is traced anew."""
    return "triggered tf.function retracing" not in record.getMessage()


@contextlib.contextmanager
def _silent_stderr() -> Iterator[None]:
    """Redirect file descriptor 2: TensorFlow prints lines before it reads its log level."""
    try:
        saved = os.dup(2)
    except OSError:  # no stderr at all, as in some GUI processes
        yield
        return
    try:
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a device, not a path
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
