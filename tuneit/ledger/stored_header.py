"""What a search recorded about its study, which is found by its folder or by its name alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tuneit.errors import InputError, did_you_mean, one_of
from tuneit.ledger.database.connection import close_database, open_database
from tuneit.ledger.optuna_study import HEADER
from tuneit.ledger.store import JOURNAL


def folder_header(folder: Path) -> dict[str, Any]:
    """Return what a search recorded about the study whose results are in this folder.

    Raises InputError where the folder has no journal, or one without a study.
    """
    from tuneit.ledger.journal import open_journal

    if not (folder / JOURNAL).exists():
        raise InputError(
            f"{folder} is a folder without a {JOURNAL}, so it is not known which study it is of: "
            "give the study.yaml; trials in a database are read with --storage and the study's name"
        )
    store, _ = open_journal(folder / JOURNAL)
    studies = store.get_all_studies()
    if not studies:
        raise InputError(f"{folder / JOURNAL} is empty: run `tuneit search` first")
    # Only one of them has trials; another may be left of a search that never began.
    with_trials = max(studies, key=lambda study: store.get_n_trials(study._study_id))
    return dict(store.get_study_user_attrs(with_trials._study_id).get(HEADER, {}))


def database_header(url: str, name: str) -> dict[str, Any]:
    """Return what a search recorded about the study of this name in a database.

    Raises InputError where the database has no study of this name, and as `open_database` does.
    """
    store = open_database(url)
    try:
        ids = {study.study_name: study._study_id for study in store.get_all_studies()}
        if name not in ids:
            there = did_you_mean(name, ids) or (
                f"; it has {one_of(ids)}" if ids else "; it is empty"
            )
            raise InputError(f"the database has no study '{name}'{there}")
        return dict(store.get_study_user_attrs(ids[name]).get(HEADER, {}))
    finally:
        close_database(store)
