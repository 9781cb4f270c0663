"""A study that is known by its name in a database alone."""

from __future__ import annotations

from tuneit.errors import InputError
from tuneit.errors.harmless import without_passwords
from tuneit.ledger.database.stored import stored_header
from tuneit.study import Study
from tuneit.study_file import parse_study
from tuneit.workbench.record import StudyRecord


def stored_study(storage: str, name: str) -> Study:
    """Return the study of this name in a database.

    Its paths are those of the machine that searched it, and whoever can write to the database can
    change them: its trials are read, and no file that it names. Raises InputError where the
    database has no study of this name, or an earlier version of tuneit has searched it.
    """
    record = StudyRecord.from_header(stored_header(storage, name))
    if record is None or not record.study:
        raise InputError(
            f"the search of '{name}' was not recorded with its study, as an earlier version of "
            "tuneit made it: give its study.yaml in place of its name"
        )
    study = parse_study(record.study)
    return study.model_copy(update={"storage": storage})


def refuse_password(storage: str) -> str:
    """Return a storage as it is. Raises InputError where it shows a password to other users."""
    if without_passwords(storage) != storage:
        raise InputError(
            "a password on the command line can be seen by everyone on this machine: put the URL "
            "into an environment variable, and give env:VARIABLE in its place"
        )
    return storage
