"""What is seen inside the best model when a search ends."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tuneit
from tuneit.cli.trials import list_trials
from tuneit.findings import Finding, Severity
from tuneit.result.examination import Examination

pytestmark = [pytest.mark.usefixtures("undrawn"), pytest.mark.eager]

RNG = np.random.default_rng(0)
X = RNG.normal(size=(90, 6)).astype("float32")
Y = (X[:, 0] - X[:, 1]).astype("float32")


def dead(hp: Any) -> Any:
    """No row gets through its hidden layer: it always says the same."""
    import keras

    hp.Fixed("units", 8)
    layer = keras.layers.Dense(8, "relu", bias_initializer=keras.initializers.Constant(-50.0))
    model = keras.Sequential([keras.Input((6,)), layer, keras.layers.Dense(1)])
    model.compile("sgd", "mse", jit_compile=False)
    return model


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> tuneit.SearchResult:
    """Two epochs of two folds: of their curves alone nothing can be told."""
    return tuneit.search(
        dead, X, Y, objective="val_loss", trials=1, epochs=2, folds=2, quiet=True,
        output=tmp_path_factory.mktemp("dead"),
    )  # fmt: skip


def test_the_best_model_is_judged_by_its_inside_too(searched: tuneit.SearchResult) -> None:
    assert searched.best.verdict == "too_short"
    found = searched.diagnose()
    assert found.verdict == "no_learning"
    assert found.finding("constant_predictions") is not None
    assert found.recommendations[0].key == "mend_the_layers"


def test_all_files_and_lists_say_the_same_of_it(searched: tuneit.SearchResult) -> None:
    folder = searched.folder
    (row,) = csv.DictReader(folder.table.read_text(encoding="utf-8").splitlines())
    summary = json.loads(folder.summary.read_text(encoding="utf-8"))
    (listed,) = list_trials(searched.study, folder.path)
    said = {
        row["verdict"],
        summary["best_trial"]["verdict"],
        summary["diagnosis"]["verdict"],
        listed.verdict,
        *searched.trials_dataframe()["verdict"],
    }
    assert said == {"no_learning"}


def test_it_is_read_back_and_not_looked_for_anew(searched: tuneit.SearchResult) -> None:
    found = Examination.load(searched.folder.examination)
    assert found is not None
    assert found == searched.examination
    assert found.is_of(searched.best, searched.data.fingerprint)
    assert not found.is_of(searched.best, "other data")


def test_a_model_that_hardly_learned_is_tried_on_a_few_rows(tmp_path: Path) -> None:
    def without_a_hint(hp: Any) -> Any:
        import keras

        model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(64, "relu"),
                                  keras.layers.Dense(1)])  # fmt: skip
        model.compile(keras.optimizers.SGD(hp.Fixed("rate", 1e-6)), "mse", jit_compile=False)
        return model

    result = tuneit.search(
        without_a_hint, X, Y, objective="val_loss", trials=1, epochs=6, quiet=True, output=tmp_path
    )
    assert result.examination is not None
    assert "can_overfit" in {finding.name for finding in result.examination.findings}


def test_a_file_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    file = tmp_path / "examination.json"
    assert Examination.load(file) is None
    seen = Finding("dead_relus", Severity.WARNING, 0.9, "said", {"layer": "dense"}, onset_epoch=2)
    kept = Examination(3, 0.5, "abc", (seen,))
    kept.save(file)
    assert Examination.load(file) == kept
    file.write_text('{"trial": 3}', encoding="utf-8")
    assert Examination.load(file) is None
