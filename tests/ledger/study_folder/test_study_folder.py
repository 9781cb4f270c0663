"""A study's folder: what is written there, and what tuneit may delete."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from builders import a_space, a_trial
from full_disk import full_disk

from tuneit.curves import LearningCurve
from tuneit.errors import InputError, NoRoomError, UnwritableError
from tuneit.ledger.study_folder import StudyFolder
from tuneit.trials import Trial

SPACE = a_space()

OF_TUNEIT = {
    *("index.html", "summary.json", "trials.csv", "best.keras", "best.weights.h5"),
    *("models/0001.keras", "models/.123.0002.keras", "models/0003.weights.h5"),
    *("curves/0001.csv", "curves/0001-2.csv", "curves/.0001.csv.77"),
    *("logs/0001/train/events.tfevents", "logs/10001-2/log.csv"),
    *("paused/0001.weights.h5", "paused/0001-2.best.npz", "paused/0001.json", "paused/.0001.9"),
}

OF_THE_USER = {
    *("notes.txt", "model.py", "models/resnet.keras", "models/1.keras", "models/0001.h5"),
    *("curves/mine.csv", "curves/0001.png", "logs/today/log.csv", "logs/mine.txt"),
    *("paused/mine.json", "paused/7.json", "paused/0001.csv"),
}


def fill(folder: Path, names: set[str]) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)


def files(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}


def with_curves(number: int, repeats: int = 0) -> Trial:
    curve = LearningCurve.from_history({"loss": np.array([0.5, 0.25])})
    return replace(a_trial(number), curve=curve, repeats=(curve,) * repeats)


def test_only_what_tuneit_made_is_deleted(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path / "out")
    folder.claim()
    fill(folder.path, OF_TUNEIT | OF_THE_USER)
    folder.drop_checkpoints({2})
    folder.drop_models()
    assert not {n for n in files(folder.path) if n.startswith("models/")} - OF_THE_USER
    folder.clear()
    assert files(folder.path) == OF_THE_USER | {".tuneit"}


def test_what_nobody_else_uses_goes_with_its_folders(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    folder.claim()
    fill(tmp_path, OF_TUNEIT)
    folder.clear()
    assert [path.name for path in tmp_path.iterdir()] == [".tuneit"]


def test_a_subfolder_that_is_a_link_stays_while_what_tuneit_made_in_it_goes(tmp_path: Path) -> None:
    folder, elsewhere = StudyFolder(tmp_path / "study"), tmp_path / "disk"
    folder.claim()
    elsewhere.mkdir()
    folder.models.symlink_to(elsewhere)
    (elsewhere / "0001.keras").touch()
    folder.drop_models()
    assert folder.models.is_symlink()
    assert list(elsewhere.iterdir()) == []


def test_of_a_folder_that_is_a_link_the_link_alone_goes(tmp_path: Path) -> None:
    folder, elsewhere = StudyFolder(tmp_path / "study"), tmp_path / "disk"
    folder.claim()
    fill(elsewhere, {"events"})
    (folder.path / "logs").mkdir()
    (folder.path / "logs/0001").symlink_to(elsewhere)
    folder.clear()
    assert not (folder.path / "logs").exists()
    assert files(elsewhere) == {"events"}


WRITES = {
    "curves/0007.csv": lambda folder: folder.keep(with_curves(7), is_best=False),
    "trials.csv": lambda folder: folder.write_table([with_curves(7)] * 9, SPACE),
    "summary.json": lambda folder: folder.write_summary({"trials": ["one"] * 99}),
}
"""What a search writes into its folder beside ledger, models and report."""


@pytest.mark.parametrize("name", WRITES)
def test_a_full_disk_leaves_each_file_as_it_was(tmp_path: Path, name: str) -> None:
    folder = StudyFolder(tmp_path)
    for old in (False, True):
        if old:
            WRITES[name](folder)
        before = files(tmp_path)
        was = (tmp_path / name).read_bytes() if old else b""
        with full_disk(at=12), pytest.raises(NoRoomError, match="make room"):
            WRITES[name](folder)
        assert files(tmp_path) == before
        assert not old or (tmp_path / name).read_bytes() == was


def test_a_name_that_the_system_cannot_take_ends_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UnwritableError, match="choose another place with --output"):
        StudyFolder(tmp_path / ("x" * 300)).claim()


def test_weights_that_are_needed_stay(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    fill(tmp_path, OF_TUNEIT)
    folder.drop_checkpoints({1})
    kept = {"0001.weights.h5", "0001-2.best.npz", "0001.json"}
    assert files(folder.checkpoints) == kept | {".0001.9"}  # which somebody may be writing


@pytest.mark.parametrize(
    "name",
    [
        *("index.html", "summary.json", "trials.csv", "best.keras", "best.weights.h5"),
        *("models/mine.txt", "curves/0001.csv", "logs/mine.txt", "paused/mine.txt"),
        "ledger.journal",
    ],
)
def test_a_folder_with_files_of_others_is_refused_as_it_is(tmp_path: Path, name: str) -> None:
    fill(tmp_path, {name, "notes.txt"})
    with pytest.raises(InputError, match=f"did not make.*{name.partition('/')[0]}.*--output"):
        StudyFolder(tmp_path).claim()
    assert files(tmp_path) == {name, "notes.txt"}


@pytest.mark.parametrize("name", ["models", "logs"])
def test_a_link_to_nowhere_is_somebodys_too(tmp_path: Path, name: str) -> None:
    (tmp_path / name).symlink_to(tmp_path / "gone")
    with pytest.raises(InputError, match=name):
        StudyFolder(tmp_path).claim()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ledger.journal", '{"op_code":0,"worker_id":"x","study_name":"s","directions":[1]}\n'),
        ("ledger.journal", ""),  # killed at once
        ("summary.json", json.dumps({"study": {}, "trials": {}, "versions": {}, "seeds": {}})),
    ],
)
def test_a_folder_of_an_earlier_version_goes_on(tmp_path: Path, name: str, text: str) -> None:
    if text:
        fill(tmp_path, OF_TUNEIT)
    (tmp_path / name).write_text(text)
    before = files(tmp_path)
    for _ in range(2):
        StudyFolder(tmp_path).claim()
    assert files(tmp_path) == before | {".tuneit"}


def test_an_empty_folder_and_a_new_one_are_claimed_and_known_again(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "new/below"):
        StudyFolder(path).claim()
        fill(path, OF_TUNEIT)
        StudyFolder(path).claim()


def test_missing_curves_are_made_from_the_trials(tmp_path: Path) -> None:
    folder = StudyFolder(tmp_path)
    trials = [with_curves(0), with_curves(1, repeats=2), a_trial(2), Trial(3, {})]
    folder.keep(trials[0], is_best=False)
    whole = (folder.curves / "0000.csv").read_text()
    assert whole == "epoch,loss\n0,0.5\n1,0.25\n"
    (folder.curves / "0001.csv").write_text("")  # as a crash of the machine may leave it
    (folder.curves / "0000.csv").write_text("as it was")
    folder.catch_up(trials, None)
    assert files(folder.curves) == {"0000.csv", "0001.csv", "0001-2.csv", "0001-3.csv"}
    assert (folder.curves / "0000.csv").read_text() == "as it was"
    assert {(folder.curves / f"0001{n}.csv").read_text() for n in ("", "-2", "-3")} == {whole}


@pytest.mark.parametrize(("ending", "other"), [("keras", "weights.h5"), ("weights.h5", "keras")])
def test_a_best_model_that_waits_is_kept(tmp_path: Path, ending: str, other: str) -> None:
    folder = StudyFolder(tmp_path)
    fill(tmp_path, {f"models/0004.{ending}", "models/0005.keras", f"best.{other}"})
    folder.catch_up([], a_trial(4))
    assert files(tmp_path) == {f"best.{ending}", "models/0005.keras"}
    folder.catch_up([], a_trial(4))  # it has been kept already
    folder.drop_models()
    assert files(tmp_path) == {f"best.{ending}"}


@pytest.mark.parametrize("ending", ["keras", "weights.h5"])
def test_models_of_the_best_trials_stay_beside_the_best(tmp_path: Path, ending: str) -> None:
    folder = StudyFolder(tmp_path)
    fill(
        tmp_path,
        {f"models/000{number}.{ending}" for number in (4, 5, 6)} | {"models/.9.0007.keras"},
    )
    folder.keep(a_trial(5), True, {4, 5})
    folder.keep(a_trial(6), False, {4, 5})
    kept = {f"models/000{number}.{ending}" for number in (4, 5)}
    assert files(tmp_path) == kept | {f"best.{ending}", "models/.9.0007.keras"}
    assert folder.model_of(5) == folder.models / f"0005.{ending}"
    assert folder.model_of(6) is None
    folder.catch_up([], a_trial(4), {4, 5})
    folder.drop_models({4, 5})
    assert files(tmp_path) == kept | {f"best.{ending}"}
