"""The best configuration, trained anew on more rows: its file, its epochs, and what is known."""

from __future__ import annotations

import json

import keras
import numpy as np
import pytest

import tuneit
from tuneit.errors import InputError
from tuneit.result.predictor import Predictor

pytestmark = [pytest.mark.usefixtures("undrawn"), pytest.mark.eager]

RNG = np.random.default_rng(0)
X = RNG.normal(size=(100, 3)).astype(np.float32)
Y = (X[:, 0] > 0).astype(int)


def build(hp):
    model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(1, "sigmoid")])
    rate = hp.Float("learning_rate", 0.01, 0.1)
    model.compile(
        keras.optimizers.Adam(rate), "binary_crossentropy", metrics=["accuracy"], jit_compile=False
    )
    return model


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> tuneit.SearchResult:
    folder = tmp_path_factory.mktemp("refit")
    return tuneit.search(
        build, (X, Y), trials=1, epochs=3, scale="standard", output=folder, quiet=True
    )


def test_training_and_validation_rows_train_and_test_rows_measure(result) -> None:
    before = result.final_evaluation.looks
    found = result.refit(seeds=2)
    assert found.looks == before + 1
    assert found.rows == 80
    assert found.epochs == result.best.best_epoch
    assert found.evaluation is not None
    assert found.estimate == result.best_score
    record = json.loads((result.folder.path / "refit.json").read_text())
    assert record["evaluation"]["n"] == 20
    assert "is an estimate" in record["note"]
    assert f"evaluation number {before + 1} of this study on these rows" in record["note"]
    assert record["evaluations"] == before + 1
    loaded = Predictor.of_file(result.folder.refitted_model)
    assert loaded.predict(X).values.tolist() == found.predictor.predict(X).values.tolist()


def test_with_the_test_rows_nothing_measures(result) -> None:
    found = result.refit("all")
    assert found.rows == 100
    assert found.evaluation is None
    assert "No rows are left" in str(found)


def test_other_rows_are_refused(result) -> None:
    with pytest.raises(InputError, match=r"anew on all or train\+validation, not on 'test'"):
        result.refit("test")


def test_no_file_of_a_refit_is_there_after_a_fresh_search(result) -> None:
    result.folder.clear()
    assert not list(result.folder.path.glob("refit*"))
