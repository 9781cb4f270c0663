"""A search in Python that is interrupted."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tuneit
from tuneit.result import SearchResult
from tuneit.training.keras_loader import load_keras

load_keras()
import keras  # noqa: E402

pytestmark = pytest.mark.usefixtures("undrawn", "untraced")


def build_model(hp: Any) -> Any:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(hp.Float("rate", 1e-3, 1e-1)), "mse")
    return model


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_script_ends_with_its_search_and_the_same_call_goes_on(
    tmp_path: Path, number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = np.random.default_rng(0).normal(size=(40, 2)).astype("float32")
    trained: list[int] = []

    class Interrupts(keras.callbacks.Callback):  # type: ignore[misc]
        def on_train_end(self, logs: Any = None) -> None:
            trained.append(len(trained))
            if len(trained) == 2:
                os.kill(os.getpid(), number)

    def search() -> Any:
        return tuneit.search(
            build_model,
            (x, x.sum(axis=1)),
            strategy="random",
            trials=3,
            epochs=1,
            callbacks=[Interrupts],
            trainer="single",
            output=tmp_path / "study",
            quiet=True,
        )

    with pytest.raises(KeyboardInterrupt, match="1 finished trial and the report are kept in"):
        search()
    assert "interrupted" in (tmp_path / "study" / "index.html").read_text()
    result = search()
    assert [trial.state for trial in result.trials] == ["complete"] * 3
    assert len(trained) == 4  # the second trial again, not the first
    assert not result.interrupted

    # Between the last trial and the report: the table is there all the same.
    def interrupted(result: SearchResult) -> None:
        raise KeyboardInterrupt

    table = tmp_path / "study" / "trials.csv"
    table.unlink()
    monkeypatch.setattr(SearchResult, "conclude", interrupted)
    with pytest.raises(KeyboardInterrupt):
        search()
    assert len(table.read_text().splitlines()) == 1 + 3
