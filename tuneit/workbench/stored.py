"""A study that is known by its name in a database, or by the folder of its results."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tuneit.errors import InputError
from tuneit.errors.harmless import without_passwords
from tuneit.ledger.stored_header import database_header, folder_header
from tuneit.study import Study
from tuneit.study_file import parse_study
from tuneit.workbench.record import StudyRecord


def stored_study(storage: str, name: str, overrides: Sequence[str] = ()) -> Study:
    """Return the study of this name in a database; `overrides` replace values of it.

    Its paths are those of the machine that searched it, and whoever can write to the database can
    change them: its trials are read, and no file that it names. Raises InputError where the
    database has no study of this name, or an earlier version of tuneit has searched it.
    """
    record = _record(database_header(storage, name), f"the search of '{name}'", "name")
    study = parse_study(record.study, overrides)
    return study.model_copy(update={"storage": storage})


def study_of_folder(folder: Path, overrides: Sequence[str] = ()) -> tuple[Study, Path | None]:
    """Return the study whose results are in a folder, and the folder of the study's own paths.

    The latter is None where the study was given in Python, or where that folder is gone.
    `overrides` replace values of the study. Raises InputError where the folder has no trials, or an
    earlier version of tuneit has searched it.
    """
    record = _record(folder_header(folder), f"the search in {folder}", "folder")
    root = Path(record.root) if record.root else None
    return parse_study(record.study, overrides), root if root and root.is_dir() else None


def _record(header: dict[str, object], search: str, known_by: str) -> StudyRecord:
    record = StudyRecord.from_header(header)
    if record is None or not record.study:
        raise InputError(
            f"{search} was not recorded with its study, as an earlier version of tuneit made it: "
            f"give its study.yaml in place of its {known_by}"
        )
    return record


def refuse_password(storage: str) -> str:
    """Return a storage as it is. Raises InputError where it shows a password to other users."""
    if without_passwords(storage) != storage:
        raise InputError(
            "a password on the command line can be seen by everyone on this machine: put the URL "
            "into an environment variable, and give env:VARIABLE in its place"
        )
    return storage
