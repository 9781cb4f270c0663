"""TensorBoard event files: of a run there may be several, and two folders of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tuneit.errors import LogError
from tuneit.logs.files import LogFile
from tuneit.logs.table import Table
from tuneit.logs.tensorboard import Scalar, read_scalars

_TRAIN_FOLDERS = ("train", "training")
_VALIDATION_FOLDERS = ("validation", "val", "valid", "eval", "dev")


def is_event_file(path: Path) -> bool:
    """Whether a file is named as TensorBoard's writers name theirs."""
    return "tfevents" in path.name


def recognises(file: LogFile) -> bool:
    """Whether a file is an event file, by its name."""
    return is_event_file(file.path)


def event_folders(folder: Path) -> tuple[Path, Mapping[Path, str]]:
    """The root of a TensorBoard run, and its folders with the prefix of their tags."""
    if folder.name in (*_TRAIN_FOLDERS, *_VALIDATION_FOLDERS):
        siblings = {
            child: "val_" if child.name in _VALIDATION_FOLDERS else ""
            for name in (*_TRAIN_FOLDERS, *_VALIDATION_FOLDERS)
            if (child := folder.parent / name).is_dir()
        }
        return folder.parent, siblings
    return folder, {folder: ""}


def read(file: LogFile) -> list[Table]:
    """Read the run that an event file belongs to: Keras writes two folders of files.

    The counter is the tag `epoch` where a tool logs it beside its steps (Lightning does).
    """
    root, folders = event_folders(file.path.parent)
    columns: dict[str, dict[int, float]] = {}
    notes: list[str] = []
    for folder, prefix in folders.items():
        for path in sorted(p for p in folder.iterdir() if is_event_file(p) and p.is_file()):
            scalars, whole = read_scalars(path)
            for name, series in _by_tag(scalars, prefix).items():
                columns.setdefault(name, {}).update(series)
            if not whole:
                notes.append(f"'{path.name}' ends within a record: what is whole was read")
    if not columns:
        raise LogError(f"{file.source}: the event file holds no scalars: nothing was logged yet")
    epochs = {name: series for name, series in columns.items() if not _per_batch(name)}
    steps = sorted({step for series in epochs.values() for step in series})
    counter = "step" if "epoch" in epochs else "epoch"
    table = {name: [series.get(step) for step in steps] for name, series in epochs.items()}
    return [Table(root.name, {counter: [float(step) for step in steps], **table}, tuple(notes))]


def _by_tag(scalars: list[Scalar], prefix: str) -> dict[str, dict[int, float]]:
    """Tag → step → value; of a step reported twice the later value counts, as after a resume."""
    columns: dict[str, dict[int, float]] = {}
    for tag, step, value in scalars:
        name = f"{prefix}{tag.removeprefix('epoch_')}"
        columns.setdefault(name, {})[step] = value
    return columns


def _per_batch(tag: str) -> bool:
    """Keras logs these by batch: their steps are not epochs."""
    return tag.removeprefix("val_").startswith("batch_") or tag.endswith("_vs_iterations")
