"""Files and folders → runs: which reader a file needs, and what is a log in a folder."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from tuneit.errors import LogError
from tuneit.logs.json_logs import read_json
from tuneit.logs.runs import Columns, Run, runs_of
from tuneit.logs.tables import read_table
from tuneit.logs.tensorboard import is_event_file, read_scalars, scalar_columns

MAX_BYTES = 64 * 1024 * 1024
"""No log of epochs is larger; one that is logs steps, or is something else."""

TUNER_NOTE = (
    "keras-tuner keeps the best epoch's averages alone: there is no curve to diagnose; log "
    "trials with keras.callbacks.CSVLogger"
)
"""What to say of a keras-tuner project: it throws the curves away."""

_TRAIN_FOLDERS = ("train", "training")
_VALIDATION_FOLDERS = ("validation", "val", "valid", "eval", "dev")
_SUFFIXES = (".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".log", ".txt")


def _text(path: Path) -> str:
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise LogError(
                f"{path}: {size // 2**20} MiB are too much for a log of epochs (at most "
                f"{MAX_BYTES // 2**20}): keep one row for each epoch"
            )
        data = path.read_bytes()
    except OSError as error:
        raise LogError(f"{path}: cannot be read ({error.strerror})") from None
    if not data.strip():
        raise LogError(f"{path}: the file is empty: a log has a header and a row for each epoch")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    elif b"\0" in data:
        raise LogError(f"{path}: a binary file, not a training log: give a CSV, JSON or event file")
    else:
        encoding = "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise LogError(
            f"{path}: the text must be UTF-8, but byte {error.start} is not: save it as UTF-8"
        ) from None


def _read_csv(path: Path) -> list[Run]:
    source = str(path)
    tables = read_table(_text(path), source)
    return _numbered(
        [run for columns in tables for run in runs_of(columns, source, path.stem)], path.stem
    )


def _is_tuner_trial(path: Path) -> bool:
    return path.name == "trial.json" and path.parent.name.startswith("trial_")


def _read_json(path: Path) -> list[Run]:
    source = str(path)
    if _is_tuner_trial(path):
        tables = read_json(_text(path), source, path.parent.name)
        found = [run for name, columns in tables for run in runs_of(columns, source, name)]
        return [replace(run, notes=(*run.notes, TUNER_NOTE)) for run in found]
    runs: list[Run] = []
    failed: LogError | None = None
    for name, columns in read_json(_text(path), source, path.stem):
        try:
            runs += runs_of(columns, source, name)
        except LogError as error:
            failed = error
    if failed is not None and not runs:
        raise failed
    return _numbered(runs, path.stem)


def _read_text(path: Path) -> list[Run]:
    """A file whose name says nothing: JSON opens with a bracket."""
    return _read_json(path) if _text(path).lstrip()[:1] in ("{", "[") else _read_csv(path)


def _numbered(runs: list[Run], stem: str) -> list[Run]:
    """Names that tell the runs of one file apart."""
    names = [run.name for run in runs]
    if len(set(names)) == len(names):
        return runs
    return [
        Run(run.source, f"{stem}#{i}", run.curve, run.unknown, run.notes, run.reference)
        for i, run in enumerate(runs, start=1)
    ]


def _event_folders(folder: Path) -> tuple[Path, Mapping[Path, str]]:
    """The root of a TensorBoard run, and its folders with the prefix of their tags."""
    if folder.name in (*_TRAIN_FOLDERS, *_VALIDATION_FOLDERS):
        siblings = {
            child: "val_" if child.name in _VALIDATION_FOLDERS else ""
            for name in (*_TRAIN_FOLDERS, *_VALIDATION_FOLDERS)
            if (child := folder.parent / name).is_dir()
        }
        return folder.parent, siblings
    return folder, {folder: ""}


def _read_events(path: Path) -> list[Run]:
    """Read the run of an event file: Keras writes two folders, train and validation."""
    root, folders = _event_folders(path.parent)
    columns: dict[str, dict[int, float]] = {}
    for folder, prefix in folders.items():
        for file in sorted(p for p in folder.iterdir() if is_event_file(p) and p.is_file()):
            for name, series in scalar_columns(read_scalars(file), prefix).items():
                columns.setdefault(name, {}).update(series)
    if not columns:
        raise LogError(f"{path}: the event file holds no scalars: nothing was logged yet")
    return runs_of(_by_step(columns), str(path), root.name)


def _per_batch(tag: str) -> bool:
    return tag.removeprefix("val_").startswith("batch_") or tag.endswith("_vs_iterations")


def _by_step(columns: Mapping[str, Mapping[int, float]]) -> Columns:
    """One row a step. Tags logged per batch go: their steps are not epochs."""
    epochs = {name: series for name, series in columns.items() if not _per_batch(name)}
    steps = sorted({step for series in epochs.values() for step in series})
    table: dict[str, list[float | None]] = {
        name: [series.get(step) for step in steps] for name, series in epochs.items()
    }
    return {"epoch": [float(step) for step in steps], **table}


_READERS: Mapping[str, Callable[[Path], list[Run]]] = {
    ".csv": _read_csv,
    ".tsv": _read_csv,
    ".json": _read_json,
    ".jsonl": _read_json,
    ".ndjson": _read_json,
}


def _keeps_books(file: Path) -> bool:
    """Whether this is keras-tuner's own state beside its trials' folders."""
    state = file.name == "oracle.json" or re.fullmatch(r"tuner\w*\.json", file.name) is not None
    return state and any(file.parent.glob("trial_*/trial.json"))


def find_logs(path: Path) -> list[Path]:
    """Return the files to read: `path` itself, or the logs below a folder, in order of name.

    Of a TensorBoard run one event file stands for all. Raises LogError where `path` does not exist,
    or a folder holds no log.
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
    roots: set[Path] = set()
    for file in sorted(path.rglob("*")):
        if not file.is_file() or any(part.startswith(".") for part in file.relative_to(path).parts):
            continue
        if is_event_file(file):
            root, _ = _event_folders(file.parent)
            if root not in roots:
                roots.add(root)
                logs.append(file)
        elif file.suffix.lower() in _SUFFIXES[:5] and not _keeps_books(file):
            logs.append(file)
    if not logs:
        raise LogError(
            f"{path}: no training log in this folder: logs end in .csv, .tsv, .json or .jsonl, "
            "or are TensorBoard event files"
        )
    return logs


def read_runs(path: Path) -> list[Run]:
    """Read a training log, or every log below a folder; at least one run.

    Raises LogError, one sentence, where a file is no log. In a folder such files are passed
    over as long as one log can be read (use `find_logs` to hear of each).
    """
    logs = find_logs(path)
    if not path.is_dir():
        return _read(path)
    runs: list[Run] = []
    failed: LogError | None = None
    for log in logs:
        try:
            runs += _read(log)
        except LogError as error:
            failed = failed or error
    if failed is not None and not runs:
        raise failed
    return runs


def _read(path: Path) -> list[Run]:
    if is_event_file(path):
        return _read_events(path)
    return _READERS.get(path.suffix.lower(), _read_text)(path)
