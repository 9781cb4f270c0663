"""STUDY is a study.yaml or the folder of a search's results, which tells the study itself."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import typer
from command import tuneit

from tuneit.cli.report import _labels
from tuneit.cli.searched import find_searched
from tuneit.errors import InputError, StudyFileError
from tuneit.study_file import dump_study

pytestmark = [pytest.mark.usefixtures("undrawn"), pytest.mark.eager]


def test_the_folder_of_the_results_stands_for_its_study(
    searched_iris: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(searched_iris / "reports/iris", tmp_path / "elsewhere"))
    (folder / "summary.json").unlink()
    found = find_searched(folder)
    assert (found.study.name, found.root, found.folder) == ("iris", searched_iris, folder)
    assert found.file is None
    result = found.result()
    assert [trial.number for trial in result.trials] == [0, 1, 2]
    assert "storage" not in dump_study(result.study)
    assert find_searched(folder, folder).folder == folder

    done = tuneit(tmp_path, "report", "elsewhere", "--set", "report.theme=dark", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["study"]["name"] == "iris"
    assert {"index.html", "summary.json"} <= {file.name for file in folder.iterdir()}


def test_a_folder_is_read_though_the_code_has_changed(searched_iris: Path, tmp_path: Path) -> None:
    whole = Path(shutil.copytree(searched_iris, tmp_path / "whole"))
    (whole / "model.py").write_text("raise RuntimeError('this code must not run')")
    found = find_searched(whole / "reports/iris")
    assert replace(found, root=whole).result().best.state == "complete"
    with pytest.raises(InputError, match="not known where the code and the data of 'iris' are"):
        replace(found, root=None).result().prepared  # noqa: B018


def test_two_searches_of_one_name_are_told_apart_by_their_folders(
    searched_iris: Path, tmp_path: Path
) -> None:
    first = searched_iris / "reports/iris"
    other = Path(shutil.copytree(first, tmp_path / "other"))
    pair = [find_searched(first), find_searched(other)]
    assert _labels(pair) == [str(first), str(other)]
    with pytest.raises(InputError, match="one search is given twice"):
        _labels([find_searched(first), find_searched(first)])


def test_what_is_no_searched_study_is_told(searched_iris: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a folder without a ledger\.journal"):
        find_searched(tmp_path)
    with pytest.raises(StudyFileError, match="does not exist"):
        find_searched(tmp_path / "none.yaml")
    for command in ("search", "check"):
        done = tuneit(searched_iris, command, "reports/iris")
        assert (done.returncode, done.stdout) == (2, "")
        assert (
            "reports/iris is the folder of a search's results: give the study.yaml" in done.stderr
        )
    with pytest.raises(typer.BadParameter, match="leave out other"):
        find_searched(searched_iris / "reports/iris", Path("other"))
    with pytest.raises(StudyFileError, match="--set budgett"):
        find_searched(searched_iris / "reports/iris", overrides=["budgett=3"])
