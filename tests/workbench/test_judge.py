"""A trial's learning curve is diagnosed once, whoever asks for the diagnosis."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tuneit
from tuneit import diagnosis
from tuneit.cli.closing_words import closing_words
from tuneit.training.keras_loader import load_keras

load_keras()
import keras  # noqa: E402


def build(hp: Any) -> Any:
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "softmax")])
    rate = hp.Float("rate", 1e-3, 1e-1, sampling="log")
    loss = "sparse_categorical_crossentropy"
    model.compile(keras.optimizers.Adam(rate), loss, jit_compile=False)
    return model


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Counter[Any]]:
    """How often each curve was diagnosed, and each diagnosis completed with advice."""
    counts: dict[str, Counter[Any]] = {"diagnose_curve": Counter(), "advise": Counter()}
    diagnose_curve, advise = diagnosis.diagnose_curve, diagnosis.advise

    def diagnosed(curve: Any, *given: Any) -> Any:
        counts["diagnose_curve"][tuple(curve.series["loss"])] += 1
        return diagnose_curve(curve, *given)

    def advised(found: Any, context: Any) -> Any:
        counts["advise"][tuple(context.params.items())] += 1
        return advise(found, context)

    monkeypatch.setattr(diagnosis, "diagnose_curve", diagnosed)
    monkeypatch.setattr(diagnosis, "advise", advised)
    return counts


def test_a_search_and_all_that_tells_of_it_diagnose_each_curve_once(
    tmp_path: Path, asked: dict[str, Counter[Any]]
) -> None:
    rng = np.random.default_rng(0)
    data = rng.normal(size=(60, 4)), np.arange(60) % 3
    result = tuneit.search(
        build, data, trials=3, epochs=3, strategy="random", output=tmp_path, quiet=True
    )
    result.summary()
    result.report()
    closing_words(result)
    result._repr_html_()
    assert asked["diagnose_curve"].total() == 3
    assert set(asked["diagnose_curve"].values()) == {1}
    best = result.best
    assert asked["advise"] == {tuple(best.params.items()): 1}
    # What the loop found is what the result shows; another trial is not diagnosed again either.
    assert str(result.diagnose().verdict) == best.verdict
    other = next(trial for trial in result.trials if trial != best)
    assert str(result.diagnose(other.number).verdict) == other.verdict
    assert asked["diagnose_curve"].total() == 3
