"""Loading TensorFlow, Keras and keras-tuner without a word on the user's screen."""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import sys
import warnings
from collections.abc import Iterator


def load_keras() -> None:
    """Import tensorflow, keras and keras_tuner; say nothing unless it fails.

    What the user set in the environment stays as it is.
    """
    if "keras_tuner" not in sys.modules or "tensorflow" not in sys.modules:
        _import_silently()
    sys.modules["tensorflow"].get_logger().addFilter(_tells_news)


def _import_silently() -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
    # Else the first process on a GPU takes all its memory, and its workers find none.
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    with _silent_stderr(), warnings.catch_warnings():
        # Deprecations inside these packages are nothing that a user could mend.
        warnings.simplefilter("ignore")
        importlib.import_module("keras_tuner")
        tensorflow = importlib.import_module("tensorflow")
    tensorflow.get_logger().setLevel("ERROR")


def _tells_news(record: logging.LogRecord) -> bool:
    """Whether a record of TensorFlow's log is no complaint that each trial's model is traced."""
    return "triggered tf.function retracing" not in record.getMessage()


@contextlib.contextmanager
def _silent_stderr() -> Iterator[None]:
    """Send file descriptor 2 to nowhere: TensorFlow's first lines come before its log level."""
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
