"""The example studies on tables run, on generated rows with the columns of the real ones."""

from __future__ import annotations

import shutil
from pathlib import Path

import command
import numpy as np
import pandas as pd
import pytest

STUDIES = Path(__file__).parents[1] / "studies"
RNG = np.random.default_rng(0)

COLUMNS = {
    "red_wine": (
        "fixed acidity,volatile acidity,citric acid,residual sugar,chlorides,free sulfur dioxide,"
        "total sulfur dioxide,density,pH,sulphates,alcohol,quality"
    ),
    "cereals": (
        "name,mfr,type,calories,protein,fat,sodium,fiber,carbo,sugars,potass,vitamins,shelf,weight,"
        "cups,rating"
    ),
}


def rows_of(study: str) -> pd.DataFrame:
    names = COLUMNS[study].split(",")
    table = pd.DataFrame(RNG.uniform(0, 10, (80, len(names))), columns=names)
    texts = [name for name in ("name", "mfr", "type") if name in names]
    return table.assign(**{name: RNG.choice(["a", "b"], 80) for name in texts})


@pytest.mark.parametrize("study", COLUMNS)
def test_a_study_runs_on_rows_with_its_columns(study: str, tmp_path: Path) -> None:
    for file in STUDIES.glob(f"{study}.*"):
        shutil.copy(file, tmp_path)
    rows_of(study).to_csv(tmp_path / "rows.csv", index=False)
    tiny = ("data.path=rows.csv", "budget.epochs=2", "budget.trials=2", "batch_size=32")
    settings = [part for one in tiny for part in ("--set", one)]
    done = command.tuneit(tmp_path, "search", f"{study}.yaml", "-q", *settings)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "reports" / study / "best.pipeline.json").exists()


@pytest.mark.parametrize("study", COLUMNS)
def test_where_the_table_is_missing_a_sentence_says_so(study: str, tmp_path: Path) -> None:
    for file in STUDIES.glob(f"{study}.*"):
        shutil.copy(file, tmp_path)
    done = command.tuneit(tmp_path, "search", f"{study}.yaml", "-q")
    assert done.returncode == 2
    assert "does not exist" in done.stderr
    assert "relative to the study file" in done.stderr
