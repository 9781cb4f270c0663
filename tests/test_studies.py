"""The example studies run, on generated rows with the columns or shapes of the real ones."""

from __future__ import annotations

import shutil
from pathlib import Path

import command
import numpy as np
import pandas as pd
import pytest

FOLDER = Path(__file__).parents[1] / "studies"
STUDIES = sorted(file.stem for file in FOLDER.glob("*.yaml"))
RNG = np.random.default_rng(0)

COLUMNS = {
    "red_wine.csv": (
        "fixed acidity,volatile acidity,citric acid,residual sugar,chlorides,free sulfur dioxide,"
        "total sulfur dioxide,density,pH,sulphates,alcohol,quality"
    ),
    "cereal.csv": (
        "name,mfr,type,calories,protein,fat,sodium,fiber,carbo,sugars,potass,vitamins,shelf,weight,"
        "cups,rating"
    ),
}
PICTURES = {"mnist.npz": (28, 28), "cifar10.npz": (32, 32, 3)}

FILES = {
    **dict.fromkeys(("red_wine", "red_wine_epochs"), "red_wine.csv"),
    "cereals": "cereal.csv",
    **dict.fromkeys(("mnist", "mnist_dense"), "mnist.npz"),
    **dict.fromkeys(("alexnet", "cifar10", "cifar10_deep", "cifar10_gpu"), "cifar10.npz"),
}
"""The studies whose data are not part of tuneit."""

SMALL = {
    "alexnet": ("parameters.width.value=0.03125", "data.arguments.rows=40"),
    "cifar10": ("parameters.filters.value=2", "data.arguments.rows=40"),
    "cifar10_deep": ("parameters.filters.value=2", "data.arguments.rows=40"),
    "cifar10_gpu": ("parameters.filters.value=2", "data.arguments.rows=40"),
    "clinical_trial": ("data.arguments.people=60",),
    "learning_rate": ("data.arguments.rows=40",),
    "mnist": ("parameters.filters.value=2", "data.arguments.rows=40"),
    "mnist_dense": ("data.arguments.rows=40",),
    "rare_disease": ("data.arguments.people=400",),
}
"""What makes a study's data or model small."""

BASE = "base.keras"
"""The base of the study `transfer`, which another study trains."""

TINY = (
    *("budget.trials=1", "budget.epochs=1", "budget.executions=1"),
    *("batch_size=2048", "diagnosis.reference_models=false"),
)


def write_table(file: Path) -> None:
    names = COLUMNS[file.name].split(",")
    table = pd.DataFrame(RNG.uniform(0, 10, (40, len(names))), columns=names)
    texts = [name for name in ("name", "mfr", "type") if name in names]
    table.assign(**{name: RNG.choice(["a", "b"], 40) for name in texts}).to_csv(file, index=False)


def write_pictures(file: Path) -> None:
    arrays = {}
    for split, rows in (("train", 40), ("test", 10)):
        arrays[f"x_{split}"] = RNG.integers(0, 256, (rows, *PICTURES[file.name]), dtype=np.uint8)
        arrays[f"y_{split}"] = np.arange(rows) % 10
    np.savez(file, **arrays)


def copied(study: str, folder: Path) -> Path:
    """The study and all builders in a folder of their own."""
    for file in (FOLDER / f"{study}.yaml", *FOLDER.glob("*.py")):
        shutil.copy(file, folder)
    return folder


def write_base(file: Path) -> None:
    from tuneit.training.keras_loader import load_keras

    load_keras()
    import keras

    parts = [keras.layers.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(4, "relu")]
    keras.Sequential([*parts, keras.layers.Dense(5, "softmax")]).save(file)


def key_of(file: str) -> str:
    return "data.path" if file.endswith(".csv") else "data.arguments.path"


@pytest.mark.usefixtures("undrawn", "untraced")
@pytest.mark.parametrize("study", STUDIES)
def test_a_study_runs_to_its_report(study: str, tmp_path: Path) -> None:
    settings = [*TINY, *SMALL.get(study, ())]
    if file := FILES.get(study):
        (write_table if file.endswith(".csv") else write_pictures)(tmp_path / file)
        settings.append(f"{key_of(file)}={file}")
    if study == "transfer":
        write_base(tmp_path / BASE)
        settings.append(f"transfer.base={BASE}")
    if "  batch_size:" in (FOLDER / f"{study}.yaml").read_text(encoding="utf-8"):
        settings.append("parameters.batch_size={value: 2048}")
    given = [part for one in settings for part in ("--set", one)]
    done = command.tuneit(copied(study, tmp_path), "search", f"{study}.yaml", "-q", *given)
    assert done.returncode == 0, done.stderr
    left = {file.name for file in (tmp_path / "reports" / study).iterdir()}
    assert left >= {"index.html", "summary.json", "trials.csv", "best.keras", "ledger.journal"}
    assert (tmp_path / "reports" / study / "curves" / "0000.csv").exists()


@pytest.mark.parametrize("study", ["cereals", "red_wine", "mnist", "cifar10"])
def test_where_the_data_are_missing_a_sentence_says_so(study: str, tmp_path: Path) -> None:
    file = FILES[study]
    missing = ("--set", f"{key_of(file)}=missing/{file}")
    done = command.tuneit(copied(study, tmp_path), "search", f"{study}.yaml", "-q", *missing)
    assert done.returncode == 2
    assert f"missing/{file}" in done.stderr
    assert "does not exist" in done.stderr


def test_the_guide_leads_through_all_of_them() -> None:
    guide = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert [study for study in STUDIES if f"{study}.yaml" not in guide] == []
