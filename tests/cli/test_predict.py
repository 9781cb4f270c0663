"""`tuneit predict` and `tuneit evaluate`: raw rows in, classes by name out."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path

import command
import numpy as np
import pandas as pd
import pytest

import tuneit
from tuneit.errors import DataError

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


ROWS = {
    "shuffled.csv": lambda rows: rows[["bought", "shop", "income", "age"]].assign(more="x"),
    "header.csv": lambda rows: rows.head(0),
    "text.csv": lambda rows: rows.assign(age=["40", "forty", "50"]),
    "gaps.csv": lambda rows: rows.assign(age=[40, None, 50], shop=["north", None, "south"]),
    "upper.csv": lambda rows: rows.rename(columns=str.upper),
    "new_class.csv": lambda rows: rows.assign(bought=["yes", "no", "maybe"]),
    "no_class.csv": lambda rows: rows.assign(bought=["yes", None, "no"]),
    "one.csv": lambda rows: rows.head(1),
    "alone.csv": lambda rows: rows[["age"]],
}


@pytest.fixture(scope="module")
def with_rows(searched: Path) -> Path:
    for name, change in ROWS.items():
        change(the_rows(3, 2)).to_csv(searched / name, index=False)
    the_rows(3, 2).to_csv(searched / "semicolons.csv", sep=";", index=False)
    the_rows(3, 2).assign(shop="Köln").to_csv(searched / "latin.csv", encoding="latin-1")
    (searched / "empty.csv").touch()
    (searched / "rows.parquet").touch()
    (searched / "shops").mkdir()
    np.savez(searched / "wide.npz", x=np.zeros((3, 7)))
    np.savez(searched / "blind.npz", x=np.zeros((3, 4)))
    np.savez(searched / "unnamed.npz", z=np.zeros((3, 4)))
    return searched


@pytest.mark.parametrize(
    ("command_line", "said"),
    [
        (
            "predict study.yaml header.csv",
            "header.csv must have a header and rows, but has no rows",
        ),
        ("predict study.yaml empty.csv", "empty.csv must have a header and rows, but is empty"),
        (
            "predict study.yaml text.csv",
            "must hold numbers, .* but has 'forty' in data row 2: mend",
        ),
        ("predict study.yaml upper.csv", "upper.csv has no column 'age', which .*: add it"),
        ("predict study.yaml semicolons.csv", "has the single .* - did you mean delimiter ';'"),
        ("predict study.yaml alone.csv", "alone.csv has no column 'income'"),
        ("evaluate study.yaml alone.csv", "alone.csv must have a target and at least one feature"),
        ("predict study.yaml latin.csv", "latin.csv must be UTF-8 text"),
        ("predict study.yaml rows.parquet", "from a table .* not from rows.parquet"),
        ("predict study.yaml shops", "shops holds pictures, but the model was not trained on"),
        ("predict study.yaml wide.npz", r"must have the shape \(4,\), .* but have \(7,\)"),
        ("predict study.yaml unnamed.npz", "unnamed.npz .*'x'"),
        ("predict study.yaml oen.csv", "there is no file oen.csv - did you mean 'one.csv'?"),
        ("predict study.yaml one.csv -o out.xlsx", "as .csv or .npz, not as 'out.xlsx'"),
        ("predict oen.yaml one.csv", "oen.yaml does not exist"),
        ("predict one.keras one.csv", "one.keras"),
        ("predict best.tflite one.csv", "best.tflite takes a network's own inputs, not raw rows"),
        ("evaluate study.yaml new_class.csv", "'maybe' in data row 3, .* classes are 'no', 'yes'"),
        ("evaluate study.yaml no_class.csv", "is missing in data row 2: fill it in"),
        ("evaluate study.yaml blind.npz", "blind.npz has no targets, without"),
        ("refit study.yaml --on everything", "on all or train.validation, not on 'everything'"),
        ("refit study.yaml --seeds 0", "seeds"),
        ("export study.yaml best.onnx", "ending says what to export"),
        ("export oen.yaml deployed", "oen.yaml does not exist"),
    ],
)
def test_what_cannot_be_done_gets_a_sentence(with_rows: Path, command_line: str, said: str) -> None:
    done = command.tuneit(with_rows, *command_line.split())
    assert (done.returncode, done.stdout) == (2, "")
    assert re.search(said, done.stderr), done.stderr
    assert "Traceback" not in done.stderr


def test_columns_may_be_shuffled_and_cells_empty(with_rows: Path) -> None:
    the_rows(3, 2).to_csv(with_rows / "plain.csv", index=False)
    plain = command.tuneit(with_rows, "predict", "study.yaml", "plain.csv")
    shuffled = command.tuneit(with_rows, "predict", "study.yaml", "shuffled.csv")
    assert shuffled.stdout == plain.stdout
    assert shuffled.stderr == ""
    one = command.tuneit(with_rows, "predict", "study.yaml", "one.csv")
    assert one.stdout.splitlines() == plain.stdout.splitlines()[:2]
    gaps = command.tuneit(with_rows, "predict", "study.yaml", "gaps.csv")
    assert len(gaps.stdout.splitlines()) == 4, gaps.stderr


def test_rows_in_python(with_rows: Path) -> None:
    folder = with_rows / "reports" / "bought"
    result = tuneit.search(with_rows / "study.yaml", output=folder, quiet=True)
    rows = the_rows(3, 2).drop(columns="bought")
    expected = result.predict(rows).probabilities
    for given in (
        rows.astype(object),
        rows.assign(shop=rows["shop"].astype("category"), age=rows["age"].astype(str)),
        rows.to_dict("records"),
        rows.to_dict("list"),
    ):
        assert np.array_equal(result.predict(given).probabilities, expected)
    assert len(result.predict(rows.iloc[0].to_dict())) == 1
    for faulty, said in (
        (rows.head(0), "must have rows"),
        (rows.assign(income="much"), "'much' in data row 1"),
        ([], "rows"),
        (None, "NoneType"),
        (np.zeros((2, 3)), r"shape \(4,\)"),
    ):
        with pytest.raises(DataError, match=said):
            result.predict(faulty)
