"""What TensorFlow says that no user of a search can do anything about."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from training_models import a_network

import tuneit
from tuneit.errors import InputError, MissingExtraError
from tuneit.training.keras_loader import load_keras, refuse_backend

load_keras()
import tensorflow as tf  # noqa: E402


@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_backends_that_were_tried_are_taken_where_they_are_installed(
    backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / f"{backend}.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    refuse_backend(backend)
    monkeypatch.setitem(sys.modules, backend, None)
    with pytest.raises(MissingExtraError, match=f"backend is {backend}, which is not installed"):
        refuse_backend(backend)


def test_another_backend_gets_a_sentence() -> None:
    said = r"backend is numpy, with which .* tensorflow all .* jax and torch .* set KERAS_BACKEND"
    with pytest.raises(InputError, match=said):
        refuse_backend("numpy")


@pytest.mark.usefixtures("undrawn")
def test_that_each_trial_is_traced_is_no_news_and_the_rest_of_tensorflows_log_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a notebook, which imports TensorFlow before tuneit and keeps its log's level."""
    logger, heard = tf.get_logger(), []

    class Listening(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(record.getMessage())

    monkeypatch.setattr(logger, "handlers", [Listening()])
    monkeypatch.setattr(logger, "level", logging.WARNING)
    x = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)
    data = x, (x[:, 0] > 0).astype(np.int64)
    settings = {"epochs": 1, "strategy": "grid", "trainer": "single", "output": tmp_path}

    def build(hp: Any) -> Any:
        return a_network(hp.Int("units", 2, 8))

    tuneit.search(build, data, trials=6, quiet=True, **settings)
    logger.warning("some news")
    assert heard == ["some news"]
