"""A search says its model's faults, keeps them, and advises to mend them before all else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import tuneit
from tuneit.api import load_result
from tuneit.training.keras_loader import load_keras

load_keras()
import keras  # noqa: E402

pytestmark = pytest.mark.usefixtures("undrawn", "untraced")


def build(hp: Any) -> Any:
    layers = [keras.layers.Dense(hp.Int("units", 2, 4), "relu"), keras.layers.Dense(3)]
    model = keras.Sequential(layers)
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


def test_faults_outlive_the_search(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = {"source": "sklearn", "name": "iris"}
    result = tuneit.search(build, data, trials=1, epochs=1, output=tmp_path)
    assert capsys.readouterr().err.count("write activation='softmax'") == 1
    journal = (tmp_path / "ledger.journal").read_text(encoding="utf-8")
    assert journal.count('"user_attr":{"tuneit"') == 1
    for found in (result, load_result(result.study, tmp_path, tmp_path)):
        [fault] = found.wiring
        diagnosis = found.diagnose()
        assert fault.name == "cross_entropy_without_softmax"
        assert fault in diagnosis.findings
        assert [advice.key for advice in diagnosis.recommendations] == ["match_output_and_loss"]
