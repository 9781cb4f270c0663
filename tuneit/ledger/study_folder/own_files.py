"""Which files in a study's folder tuneit made. It overwrites and deletes no others."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

from tuneit.errors import InputError
from tuneit.errors.writing import writing

MARK = ".tuneit"
"""The file that says that tuneit writes in its folder."""

_SAYS = (
    "tuneit writes a study's results in this folder. It replaces, and with --fresh deletes,\n"
    "the files that it made here. Other files stay.\n"
)

_FILES = (
    *("index.html", "summary.json", "trials.csv", "best.keras", "best.weights.h5"),
    *("best.pipeline.json", "refit.keras", "refit.json", "refit.pipeline.json"),
    *("ledger.journal", "evaluation.json", "examination.json", "report.md", "report.pdf"),
    "augmented.npz",
    *("treatments.json", "treatments.jsonl", "model.treated.keras"),
)

_NUMBER = r"\d{4,}(-\d+)?"  # a trial's, and which of its executions

_FOLDERS = {
    "models": re.compile(rf"(\.\d+\.)?{_NUMBER}\.(keras|weights\.h5)"),
    "curves": re.compile(rf"{_NUMBER}\.csv|\.{_NUMBER}\.csv\.\d+"),
    "logs": re.compile(_NUMBER),
    "treatments": re.compile(r"\.models|[a-z0-9_+]+-\d+\.keras"),
    "paused": re.compile(rf"{_NUMBER}\.(weights\.h5|best\.npz|ended\.npz|json)|\.{_NUMBER}\.\d+"),
}
"""Names that tuneit gives to entries of its subfolders. A leading dot marks unfinished ones."""


def claim(folder: Path) -> None:
    """Mark a folder as one that tuneit writes in; make it if it does not exist.

    Raises InputError where the folder has files under names that tuneit would write, but which it
    did not make. Raises as `writing` does where the folder cannot be read or written.
    """
    mark = folder / MARK
    with writing(folder):
        if mark.exists():
            return
        if not _was_made_before_marks(folder):
            taken = [name for name in (*_FILES, *_FOLDERS) if _is_something(folder / name)]
            if taken:
                what = ", ".join(name + "/" * (folder / name).is_dir() for name in taken)
                raise InputError(
                    f"{folder} has files that tuneit did not make, under names that it would "
                    f"write: {what}. Choose another folder with --output (in Python output=…)"
                )
        folder.mkdir(parents=True, exist_ok=True)
        mark.write_text(_SAYS, encoding="utf-8")


def sweep(folder: Path) -> None:
    """Delete what tuneit made in one of its subfolders, and the subfolder if it is empty then.

    A symbolic link to a folder is not deleted, since only the user can have made it.
    """
    for path in entries(folder):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    if folder.is_dir() and not folder.is_symlink() and not any(folder.iterdir()):
        folder.rmdir()


def entries(folder: Path) -> list[Path]:
    """What tuneit made in one of its subfolders, in order of name."""
    if not folder.is_dir():
        return []
    name = _FOLDERS[folder.name]
    return sorted(path for path in folder.iterdir() if name.fullmatch(path.name))


def _is_something(path: Path) -> bool:
    """Whether a file has this name. An empty journal does not count: a killed search leaves one."""
    if path.name == "ledger.journal" and path.is_file():
        return path.stat().st_size > 0
    return os.path.lexists(path)


def _was_made_before_marks(folder: Path) -> bool:
    """Whether an earlier version of tuneit, which wrote no mark, has searched in this folder."""
    try:
        with (folder / "ledger.journal").open("rb") as file:
            if b'"op_code":' in file.read(4096):
                return True
    except OSError:  # trials may be in a database
        pass
    try:
        summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(summary, dict) and {"study", "trials", "versions", "seeds"} <= summary.keys()
