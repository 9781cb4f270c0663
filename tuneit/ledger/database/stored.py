"""What a database holds of a study, known by its name alone."""

from __future__ import annotations

from typing import Any

from tuneit.errors import InputError, did_you_mean, one_of
from tuneit.ledger.database.connection import close_database, open_database

HEADER = "tuneit"
"""The attribute of an Optuna study that holds what tuneit knows of it."""


def stored_header(url: str, name: str) -> dict[str, Any]:
    """Return what a search recorded about the study of this name.

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
