"""Files and folders → runs: what is a log in a folder, and which reader a file needs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from tuneit.errors import LogError
from tuneit.logs.files import LogFile
from tuneit.logs.readers import READERS
from tuneit.logs.readers.event_files import event_folders, is_event_file
from tuneit.logs.readers.mlflow_files import metric_folder
from tuneit.logs.roles import columns_named
from tuneit.logs.runs import Run, runs_of

SUFFIXES = (".csv", ".tsv", ".json", ".jsonl", ".ndjson")
"""Ends of names that are logs wherever they are found; a text is read where it is named itself."""


def _is_tuner_state(file: Path) -> bool:
    """Whether this is keras-tuner's own state beside its trials' folders."""
    state = file.name == "oracle.json" or re.fullmatch(r"tuner\w*\.json", file.name) is not None
    return state and any(file.parent.glob("trial_*/trial.json"))


def _run_folder(file: Path) -> Path | None:
    """The folder that is one run, of which the file is a part; None where the file is all of it."""
    if is_event_file(file):
        return event_folders(file.parent)[0]
    return metric_folder(file) if not file.suffix else None


def find_logs(path: Path) -> list[Path]:
    """Return the files to read: `path` itself, or the logs below a folder, in order of name.

    Of a run of TensorBoard or MLflow one file stands for all. Raises LogError where `path` does
    not exist, or a folder holds no log.
    """
    try:
        is_there = path.exists()
    except PermissionError:
        raise LogError(f"{path}: the folder that it is in may not be opened") from None
    if not is_there:
        raise LogError(f"{path}: there is no such file or folder")
    if not path.is_dir():
        return [path]
    logs: list[Path] = []
    folders: set[Path] = set()
    for file in sorted(path.rglob("*")):
        if not file.is_file() or any(part.startswith(".") for part in file.relative_to(path).parts):
            continue
        folder = _run_folder(file)
        if folder is not None:
            if folder not in folders:
                folders.add(folder)
                logs.append(file)
        elif file.suffix.lower() in SUFFIXES and not _is_tuner_state(file):
            logs.append(file)
    if not logs:
        raise LogError(
            f"{path}: no training log in this folder: logs end in {', '.join(SUFFIXES[:-1])}, or "
            "are files of TensorBoard or MLflow; name a text file of another kind itself"
        )
    return logs


def read_runs(path: Path, columns: Mapping[str, str] | None = None) -> list[Run]:
    """Read a training log, or every log below a folder; at least one run.

    `columns` says which columns some series are: `{"loss": "train_nll", "val_loss": "dev_nll"}`;
    `a + b` is the sum of two. Raises LogError, one sentence, where a file is no log. In a folder
    such files are passed over as long as one log can be read (use `find_logs` to hear of each).
    """
    logs = find_logs(path)
    if not path.is_dir():
        return _read(path, columns)
    runs: list[Run] = []
    failed: LogError | None = None
    for log in logs:
        try:
            runs += _read(log, columns)
        except LogError as error:
            failed = failed or error
    if failed is not None and not runs:
        raise failed
    return runs


def _read(path: Path, columns: Mapping[str, str] | None) -> list[Run]:
    """Read one file by the first reader that recognises it; a broken table beside others goes."""
    named = (columns or {}).values()
    file = LogFile(path, {*named, *(name for text in named for name in columns_named(text))})
    reader = next(reader for reader in READERS.values() if reader.recognises(file))
    runs: list[Run] = []
    failed: LogError | None = None
    for table in reader.read(file):
        try:
            runs += runs_of(table, file.source, columns)
        except LogError as error:
            failed = failed or error
    if failed is not None and not runs:
        raise failed
    return _numbered(runs, path.stem)


def _numbered(runs: list[Run], stem: str) -> list[Run]:
    """Names that tell the runs of one file apart."""
    names = [run.name for run in runs]
    if len(set(names)) == len(names):
        return runs
    return [replace(run, name=f"{stem}#{i}") for i, run in enumerate(runs, start=1)]
