"""Copy one result of a searched study to a file of the user's choice."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from tuneit.api import load_result
from tuneit.errors import InputError, one_of
from tuneit.result import SearchResult
from tuneit.study import Study
from tuneit.study_folder import to_json, trials_csv, write_text


def _json(result: SearchResult, target: Path) -> None:
    write_text(target, to_json(result.best_params) + "\n")


def _yaml(result: SearchResult, target: Path) -> None:
    from tuneit.study_file import to_yaml

    fixed = {name: {"value": value} for name, value in result.best_params.items()}
    write_text(target, to_yaml({"parameters": fixed}))


def _csv(result: SearchResult, target: Path) -> None:
    write_text(target, trials_csv(result.trials, result.space, result.bench.others))


def _model(result: SearchResult, target: Path) -> None:
    source = result.bench.folder.best_model
    if not source.exists():
        raise InputError(f"{source} does not exist: run `tuneit search` to train the best model")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _report(result: SearchResult, target: Path) -> None:
    result.report(target)


EXPORTERS: dict[str, Callable[[SearchResult, Path], None]] = {
    ".json": _json,
    ".yaml": _yaml,
    ".csv": _csv,
    ".keras": _model,
    ".html": _report,
}


def export_result(study: Study, root: Path, output: Path | None, target: Path) -> Path:
    """Write what the target's ending asks for; return the target.

    `.json` the best hyperparameters; `.yaml` the same as a study's `parameters`, each fixed;
    `.csv` the table of trials; `.keras` the best model; `.html` the report. Raises InputError
    for another ending.
    """
    exporter = EXPORTERS.get(target.suffix)
    if exporter is None:
        raise InputError(
            f"the target's ending says what to export: {one_of(EXPORTERS)}, not '{target.name}'"
        )
    exporter(load_result(study, root, output), target)
    return target
