"""The files of a trial, which travel as bytes: models, checkpoints, logs of callbacks."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from tuneit.errors import WorkError
from tuneit.errors.writing import writing

_FOLDERS = ("models", "paused", "logs")
_NAME = re.compile(r"(\d{4,})(-\d+)?(\.|$)")
"""Names as `checkpoints.execution_name` makes them: 0007.keras, 0007-2.best.npz, logs/0007/."""


def trial_files(folder: Path, numbers: Iterable[int]) -> Iterator[Path]:
    """Yield the files below a study's folder that belong to trials of these numbers."""
    wanted = set(numbers)
    for name in _FOLDERS:
        for entry in sorted((folder / name).glob("*")):
            match = _NAME.match(entry.name)
            if match is None or int(match.group(1)) not in wanted:
                continue
            files = sorted(entry.rglob("*")) if entry.is_dir() else [entry]
            yield from (file for file in files if file.is_file())


def read_files(folder: Path, paths: Iterable[Path]) -> dict[str, bytes]:
    """Return the contents of files by their path in the study's folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def write_files(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write files below a study's folder; each appears whole or not at all.

    Raises WorkError for a path that is none of a trial's, and as `writing` does.
    """
    for name, content in contents.items():
        _refuse_elsewhere(name)
        path = folder / name
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            scratch = path.with_name(f".{os.getpid()}.{path.name}")
            scratch.write_bytes(content)
            scratch.replace(path)


def _refuse_elsewhere(name: str) -> None:
    """Raise WorkError for a path that is none of a trial's: it may lead out of the folder."""
    top, *rest = name.split("/")
    if top not in _FOLDERS or ".." in rest or not (rest and _NAME.match(rest[0])):
        raise WorkError(f"a node of the cluster sent {name!r:.200}, which is no file of a trial")


class NewFiles:
    """Finds the files of a trial that were written or changed since they were last asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: dict[Path, tuple[int, int]] = {}

    def note(self, numbers: Iterable[int]) -> None:
        """Count the files that are there as known."""
        for path in trial_files(self._folder, numbers):
            self._seen[path] = _stamp(path)

    def of(self, number: int) -> dict[str, bytes]:
        """Return the contents of a trial's new files."""
        new = [
            path
            for path in trial_files(self._folder, [number])
            if self._seen.get(path) != _stamp(path)
        ]
        self.note([number])
        return read_files(self._folder, new)

    def forget(self) -> None:
        """Delete all trials' files; they have been sent."""
        for path in self._seen:
            path.unlink(missing_ok=True)
        self._seen.clear()


def _stamp(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_mtime_ns, found.st_size
