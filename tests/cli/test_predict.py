"""`tuneit predict` and `tuneit evaluate`: raw rows in, classes by name out."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import command
import numpy as np
import pandas as pd
import pytest

import tuneit

pytestmark = [pytest.mark.usefixtures("undrawn"), pytest.mark.eager]

BUILDER = """
import keras

def build_model(hp):
    model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(1, "sigmoid")])
    rate = hp.Float("learning_rate", 0.05, 0.2)
    model.compile(keras.optimizers.Adam(rate), "binary_crossentropy", jit_compile=False)
    return model
"""

STUDY = """
name: bought
model: model.py:build_model
data: {source: csv, path: rows.csv, target: bought, scale: standard, missing: median}
objective: val_loss
strategy: random
budget: {trials: 1, epochs: 8}
diagnosis: {reference_models: false}
"""


def the_rows(count: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    age = rng.integers(18, 80, count)
    shop = rng.choice(["north", "south"], count)
    bought = np.where(age + 20 * (shop == "south") > 55, "yes", "no")
    return pd.DataFrame({"age": age, "income": age * 1000.0, "shop": shop, "bought": bought})


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bought")
    the_rows(160, 0).to_csv(folder / "rows.csv", index=False)
    the_rows(40, 1).to_csv(folder / "new.csv", index=False)
    (folder / "model.py").write_text(BUILDER)
    (folder / "study.yaml").write_text(STUDY)
    done = command.tuneit(folder, "search", "study.yaml", "-q")
    assert done.returncode == 0, done.stderr
    return folder


def test_raw_rows_get_class_names_and_probabilities(searched: Path) -> None:
    done = command.tuneit(searched, "predict", "study.yaml", "new.csv", "-o", "predictions.csv")
    assert done.returncode == 0, done.stderr
    with (searched / "predictions.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["prediction", "probability.no", "probability.yes"]
    right = [r["prediction"] == t for r, t in zip(rows, the_rows(40, 1)["bought"], strict=True)]
    assert np.mean(right) > 0.8
    result = tuneit.search(searched / "study.yaml", output=searched / "reports/bought", quiet=True)
    assert result.predict(the_rows(40, 1)).values.tolist() == [r["prediction"] for r in rows]


def test_an_exported_model_takes_raw_rows_where_nothing_else_is(
    searched: Path, tmp_path: Path
) -> None:
    done = command.tuneit(searched, "export", "study.yaml", str(tmp_path / "bought.keras"))
    assert done.returncode == 0, done.stderr
    shutil.copy(searched / "new.csv", tmp_path)
    told = command.tuneit(tmp_path, "evaluate", "bought.keras", "new.csv", "--json")
    assert told.returncode == 0, told.stderr
    of_model = json.loads(told.stdout)["evaluation"]
    assert of_model["accuracy"] > 0.8
    told = command.tuneit(searched, "evaluate", "study.yaml", "new.csv", "--json")
    assert json.loads(told.stdout)["evaluation"]["accuracy"] == of_model["accuracy"]


def test_rows_that_cannot_be_taken_get_a_sentence(searched: Path) -> None:
    the_rows(3, 2).assign(shop=["north", "west", "south"]).to_csv(searched / "west.csv")
    done = command.tuneit(searched, "predict", "study.yaml", "west.csv")
    assert done.returncode == 0
    assert "category 'west' in data row 2" in done.stderr
    assert len(done.stdout.splitlines()) == 4
    the_rows(3, 2).drop(columns="income").to_csv(searched / "short.csv")
    done = command.tuneit(searched, "predict", "study.yaml", "short.csv")
    assert done.returncode == 2
    assert "short.csv has no column 'income'" in done.stderr
    done = command.tuneit(searched, "evaluate", "study.yaml", "short.csv")
    assert done.returncode == 2
    the_rows(3, 2).drop(columns="bought").to_csv(searched / "blind.csv")
    done = command.tuneit(searched, "evaluate", "study.yaml", "blind.csv")
    assert "has no target column 'bought'" in done.stderr
