"""Start a search with another study's best configurations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneit.errors import InputError
from tuneit.ledger import JOURNAL, Ledger
from tuneit.ledger.study_folder import StudyFolder
from tuneit.space import Params
from tuneit.strategies.enqueued import fitted
from tuneit.trials import Objective, Trial, ranked

if TYPE_CHECKING:
    from tuneit.workbench import PreparedStudy


def warm_start(prepared: PreparedStudy, header: dict[str, Any]) -> list[Params]:
    """The configurations that a study's `warm_start` asks for, fitted to its space, best first.

    The ledger's header records them at the first search, so that a resumed one starts with the same
    configurations, even if the other study has changed. Raises InputError where that study
    has no complete trials, or none that fits.
    """
    spec = prepared.study.warm_start
    if spec is None:
        return []
    if header.get("warm_start", {}).get("spec") == spec.model_dump():
        return list(header["warm_start"]["queue"])
    objective, trials = _read(prepared, prepared.root / spec.study)
    best = [trial.params for trial in ranked(trials, objective)]
    names = set(prepared.space.names)
    shared = [params for params in best if names & params.keys()]
    queue = fitted(prepared.space, shared)[: spec.trials]
    if not queue:
        why = "has no complete trials" if not best else "has no trial that fits this search space"
        raise InputError(f"warm_start: {spec.study} {why}: search it first, or remove warm_start")
    header["warm_start"] = {"spec": spec.model_dump(), "queue": queue}
    return queue


def _read(prepared: PreparedStudy, path: Path) -> tuple[Objective, tuple[Trial, ...]]:
    if path.is_dir():
        return _of_folder(path)
    from tuneit.study_file import load_study

    study = load_study(path)
    places = (StudyFolder.of(study).path, prepared.folder.path.parent / study.name)
    folder = next((p for p in places if (p / JOURNAL).exists()), places[0])
    if study.storage is None and not (folder / JOURNAL).exists():
        raise InputError(
            f"warm_start: {folder} holds no trials: search {path.name} first, or name the folder "
            "that its search wrote"
        )
    objective, *others = study.objectives
    with Ledger.read(study.storage, folder, study.name, objective, others) as ledger:
        return objective, ledger.trials()


def _of_folder(folder: Path) -> tuple[Objective, tuple[Trial, ...]]:
    if not (folder / JOURNAL).exists():
        raise InputError(
            f"warm_start: {folder} holds no {JOURNAL}; name the folder that a search wrote, or, as "
            "for a study whose `storage` is a database, the other study's YAML file"
        )
    from tuneit.ledger.journal import open_journal
    from tuneit.ledger.optuna_study import HEADER
    from tuneit.ledger.salvage import UNREADABLE, damaged_journal, stored_objectives

    storage, _ = open_journal(folder / JOURNAL)
    known, *more = storage.get_all_studies()
    if more:
        raise InputError(
            f"warm_start: {folder} holds several studies: name the other study's YAML file"
        )
    try:
        header = storage.get_study_user_attrs(known._study_id)[HEADER]
        objective, *others = stored_objectives(header)
    except UNREADABLE:
        raise damaged_journal(folder / JOURNAL) from None
    with Ledger.read(None, folder, known.study_name, objective, others) as ledger:
        return objective, ledger.trials()
