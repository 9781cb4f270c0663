"""Find a study in an Optuna storage by its name, or create it there."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tuneit.errors import InputError, ResumeError
from tuneit.trials import Objective

if TYPE_CHECKING:
    from optuna.storages import BaseStorage

HEADER = "tuneit"
"""The attribute of an Optuna study that holds what tuneit knows of it."""


def refuse_another(storage: BaseStorage, name: str, folder: Path) -> None:
    """Raise ResumeError where the folder holds another study: its files would be overwritten."""
    for study in storage.get_all_studies():
        if study.study_name != name and storage.get_n_trials(study._study_id):
            raise ResumeError(
                f"{folder} holds trials of another study, '{study.study_name}': choose another "
                f"folder with --output, give this study that name, or start anew with --fresh (in "
                "Python output=…, name=… or fresh=True)"
            )


def find_or_begin(
    storage: BaseStorage,
    name: str,
    objectives: Sequence[Objective],
    folder: Path,
    *,
    begin: bool,
) -> int:
    """The study's id in the storage; with `begin`, it is created where it is missing.

    Raises ResumeError where the study has other objectives, InputError where there is none and
    `begin` is false.
    """
    import optuna
    from optuna.study import StudyDirection

    directions = [StudyDirection[objective.goal.upper()] for objective in objectives]
    try:
        study_id = storage.get_study_id_from_name(name)
    except KeyError:
        if not begin:
            raise InputError(f"{folder} holds no trials of a study '{name}'") from None
        study_id = storage.create_new_study(directions, name)
        study = optuna.Study(name, storage)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            study.set_metric_names([objective.metric for objective in objectives])
        return study_id
    before = list(storage.get_study_directions(study_id))
    if before != directions:
        known = storage.get_study_system_attrs(study_id).get("study:metric_names")
        names = known or ["its objective"] * len(before)
        was = [f"{d.name.lower()} {metric}" for d, metric in zip(before, names, strict=True)]
        now = [f"{objective.goal} {objective.metric}" for objective in objectives]
        raise ResumeError(
            f"the trials of study '{name}' were made to {' and '.join(was)}, but it is now to "
            f"{' and '.join(now)}: give it another name, or start anew with --fresh (in Python "
            "with fresh=True)"
        )
    return study_id
