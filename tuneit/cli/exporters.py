"""Write one result of a searched study to a file that the user chooses."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from tuneit.cli.searched import Searched
from tuneit.errors import InputError, MissingExtraError, one_of
from tuneit.errors.writing import writing
from tuneit.ledger import Ledger
from tuneit.ledger.study_folder import StudyFolder, to_json, trials_csv, write_text
from tuneit.result import best_of
from tuneit.space import Params, SearchSpace
from tuneit.trials import Trial


def _folder(searched: Searched) -> StudyFolder:
    return StudyFolder.of(searched.study, searched.folder)


def _trials(searched: Searched) -> tuple[tuple[Trial, ...], SearchSpace]:
    """All trials and the search space, from the ledger alone."""
    study = searched.study
    objective, *others = study.objectives
    place = (study.storage, _folder(searched).path, study.name)
    with Ledger.read(*place, objective, others) as ledger:
        space = SearchSpace.from_list(ledger.header.get("space", ()))
        return ledger.listed(), space


def _best_params(searched: Searched) -> Params:
    trials, _ = _trials(searched)
    return dict(best_of(trials, searched.study.objectives[0]).params)


def _json(searched: Searched, target: Path) -> None:
    write_text(target, to_json(_best_params(searched)) + "\n")


def _yaml(searched: Searched, target: Path) -> None:
    from tuneit.study_file import to_yaml

    fixed = {name: {"value": value} for name, value in _best_params(searched).items()}
    write_text(target, to_yaml({"parameters": fixed}))


def _csv(searched: Searched, target: Path) -> None:
    trials, space = _trials(searched)
    write_text(target, trials_csv(trials, space, searched.study.objectives[1:]))


def _parquet(searched: Searched, target: Path) -> None:
    if find_spec("pyarrow") is None and find_spec("fastparquet") is None:
        raise MissingExtraError(
            "pandas writes Parquet with pyarrow, which is not installed: "
            "`pip install 'tuneit-keras[parquet]'`, or export to .csv"
        )
    from tuneit.result.writing import as_dataframe

    trials, space = _trials(searched)
    table = as_dataframe(trials, space, searched.study.objectives[1:])
    mixed = [name for name in table if table[name].dtype.kind == "O"]
    table = table.astype(dict.fromkeys(mixed, "string"))  # a column of Parquet has one type
    with writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        table.to_parquet(target, index=False)


def _model(searched: Searched, target: Path) -> None:
    from tuneit.data.pipeline import pipeline_file

    folder = _folder(searched)
    model = folder.best_model
    if folder.best_weights.exists():
        raise InputError(
            f"Keras cannot save the best model, only its weights, which are in "
            f"{folder.best_weights}: give the model's class a get_config"
        )
    if not model.exists():
        raise InputError(f"{model} does not exist: run `tuneit search` to train the best model")
    with writing(target), suppress(shutil.SameFileError):
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(model, target)
        if folder.pipeline.exists():
            shutil.copyfile(folder.pipeline, pipeline_file(target))


def _report(searched: Searched, target: Path) -> None:
    searched.result().report(target)


EXPORTERS: dict[str, Callable[[Searched, Path], None]] = {
    ".json": _json,
    ".yaml": _yaml,
    ".csv": _csv,
    ".parquet": _parquet,
    ".keras": _model,
    ".html": _report,
}


def export_result(searched: Searched, target: Path) -> Path:
    """Write the file that the target's ending asks for; return the target.

    `.json`: the best hyperparameters; `.yaml`: the same as fixed `parameters` of a study; `.csv` or
    `.parquet`: the table of trials; `.keras`: the best model, and beside it NAME.pipeline.json;
    `.html`: the report. Raises InputError for another ending, and if the study has not been
    searched.
    """
    exporter = EXPORTERS.get(target.suffix)
    if exporter is None:
        raise InputError(
            f"the target's ending says what to export: {one_of(EXPORTERS)}, not '{target.name}'"
        )
    exporter(searched, target)
    return target
