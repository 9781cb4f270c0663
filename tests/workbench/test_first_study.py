"""A study without code is written for a table or for pictures, or a sentence says why not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import command
import numpy as np
import pandas as pd
import pytest

from tuneit.errors import DataError, InputError
from tuneit.study_file import load_study
from tuneit.workbench.first_study import is_data, write_first_study

pytestmark = [pytest.mark.usefixtures("undrawn"), pytest.mark.eager]

RNG = np.random.default_rng(0)


def a_table(folder: Path, rows: int = 80, delimiter: str = ",", **columns: Any) -> Path:
    size = RNG.normal(100, 20, rows)
    table = {"size": size, "town": RNG.choice(["A", "B"], rows), "price": 900 * size}
    pd.DataFrame({**table, **columns}).to_csv(folder / "homes.csv", sep=delimiter, index=False)
    return folder / "homes.csv"


def test_a_table_of_numbers_to_predict(tmp_path: Path) -> None:
    gaps = np.where(np.arange(80) % 7 == 0, np.nan, 1.0)
    data = a_table(tmp_path, delimiter=";", garden=gaps)
    study = load_study(write_first_study(data, "price", tmp_path))
    assert (study.name, study.model) == ("homes", "tuneit:auto")
    assert study.objectives[0].metric == "val_mae"
    assert (study.data.scale_target, study.data.missing, study.data.delimiter) == (
        "standard",
        "median",
        ";",
    )


def test_classes_are_told_from_numbers(tmp_path: Path) -> None:
    data = a_table(tmp_path, sold=RNG.choice(["no", "yes"], 80))
    study = load_study(write_first_study(data, "sold", tmp_path))
    assert study.objectives[0].metric == "val_accuracy"
    assert study.data.scale_target == "none"


def test_a_folder_of_pictures(tmp_path: Path) -> None:
    from PIL import Image

    for name in ("cat", "dog"):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for index in range(6):
            pixels = RNG.integers(0, 255, (100, 50)).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / "pets" / name / f"{index}.png")
    assert is_data(tmp_path / "pets")
    written = write_first_study(tmp_path / "pets", None, tmp_path)
    study = load_study(written)
    assert write_first_study(tmp_path / "pets", None, tmp_path) == written  # the search goes on
    assert (study.data.size, study.data.grayscale) == ((64, 32), True)


@pytest.mark.parametrize(
    ("columns", "target", "said"),
    [
        ({}, None, "say which column of homes.csv to predict, --target NAME: size, town, price"),
        ({}, "prise", "has no target column 'prise'.*did you mean 'price'"),
        ({"flat": 7.5}, "flat", "'flat' is 7.5 in every training row"),
        ({"kind": "x"}, "kind", "at least two classes"),
        ({"area": ["12"] * 79 + ["wide"]}, "price", "'area' holds numbers except in 1 row,"),
        ({"sold": [*map(str, range(79)), "ask"]}, "sold", "'sold' holds numbers except in 1 row,"),
        ({"sold": [f"${n}" for n in range(80)]}, "sold", "homes.csv: .* is a number, write it in"),
        ({"kind": ["x", *["y"] * 79]}, "kind", "--set data.split.stratify=false"),
    ],
)
def test_data_that_cannot_be_trained_on(
    tmp_path: Path, columns: dict[str, Any], target: str | None, said: str
) -> None:
    with pytest.raises((DataError, InputError), match=said):
        write_first_study(a_table(tmp_path, **columns), target, tmp_path)
    assert not list(tmp_path.glob("*.yaml"))


def test_settings_of_data_are_a_part_of_the_study(tmp_path: Path) -> None:
    data = a_table(tmp_path, flat=[7.5] * 79 + [np.nan], empty=np.nan)
    settings = ["data.missing=drop", "budget.epochs=2"]
    file = write_first_study(data, "price", tmp_path, settings)
    study = load_study(file)
    assert (study.data.missing, study.data.drop) == ("drop", ("empty",))
    assert study.budget.epochs == 50
    assert "--target price --set data.missing=drop`" in file.read_text()


def test_decimal_commas_are_read_where_another_delimiter_stands(tmp_path: Path) -> None:
    area = [f"{n},5" if n % 3 else n for n in range(80)]
    study = load_study(
        write_first_study(a_table(tmp_path, delimiter=";", area=area), "area", tmp_path)
    )
    assert (study.data.decimal, study.objectives[0].metric) == (",", "val_mae")
    (tmp_path / "homes.yaml").unlink()
    with pytest.raises(DataError, match=r"a comma, such as '1,5'.*--set 'data\.decimal"):
        write_first_study(a_table(tmp_path, area=area), "price", tmp_path)


def test_a_folder_has_no_target_column(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--target names the column of a table, but"):
        write_first_study(tmp_path, "price", tmp_path)


def test_a_search_of_a_table_goes_on_with_its_study(tmp_path: Path) -> None:
    a_table(tmp_path)
    given = ("search", "homes.csv", "--target", "price", "--set", "budget.epochs=2", "-q")
    first = command.tuneit(tmp_path, *given, "--trials", "1")
    assert first.returncode == 0, first.stderr
    again = command.tuneit(tmp_path, *given, "--trials", "2")
    assert again.returncode == 0, again.stderr
    assert len((tmp_path / "reports" / "homes" / "trials.csv").read_text().splitlines()) == 3
    other = command.tuneit(tmp_path, "search", "homes.csv", "--target", "size")
    assert other.returncode == 2
    assert "is a study of other data or another target" in other.stderr
