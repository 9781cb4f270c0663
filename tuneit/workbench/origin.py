"""The settings and files that decide a prepared study's data and search space."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneit.study import Study

if TYPE_CHECKING:
    from tuneit.workbench.prepared import PreparedStudy

_SETTINGS = {"model", "data", "seed", "parameters", "callbacks", "objective"}
"""Keys of a study that decide its data, its code and its search space."""


@dataclass(frozen=True)
class Origin:
    """The settings and files that a study was prepared from.

    `files` are those of the user's code and of the data, each with a stamp that changes when the
    file does; paths below the study's root are relative to it. It is None if a file could not be
    found: then the study has to be loaded to see whether it has changed.
    """

    settings: Mapping[str, Any]
    files: Mapping[str, str] | None

    @classmethod
    def of(cls, prepared: PreparedStudy) -> Origin:
        """Stamp the files of a study that has been prepared."""
        root, stamps = prepared.root, {}
        for path in _paths(prepared):
            stamp = _stamp(path)
            if stamp is None:
                return cls(_settings(prepared.study), None)
            inside = path.is_relative_to(root)
            stamps[str(path.relative_to(root) if inside else path)] = stamp
        return cls(_settings(prepared.study), stamps)

    def has_changed(self, study: Study, root: Path) -> bool:
        """Whether settings or files of the study have changed, so that it must be prepared again.

        If a file is gone, nothing can be compared: then only the settings count.
        """
        if self.files is None or _settings(study) != self.settings:
            return True
        now = {path: _stamp(root / path) for path in self.files}
        return None not in now.values() and now != self.files


def _settings(study: Study) -> dict[str, Any]:
    settings = study.model_dump(mode="json", include=_SETTINGS, fallback=str)
    found: dict[str, Any] = json.loads(json.dumps(settings))
    return found


def _paths(prepared: PreparedStudy) -> Iterator[Path]:
    """The files of the user's code, taken from the names of its pieces, and those of the data."""
    fingerprint, root = prepared.fingerprint, prepared.root
    folders = ((fingerprint.code, prepared.builder.folder or root), (fingerprint.data_code, root))
    for code, folder in folders:
        names = {label.rpartition(" in ")[2] for label in code if " in " in label}
        yield from (folder / name for name in sorted(names))
    named = (getattr(prepared.study.data, key, None) for key in ("path", "labels"))
    yield from (root / source for source in named if source is not None)


def _stamp(path: Path) -> str | None:
    """Size and modification time of a file, or of all files in a folder; None if it is gone."""
    try:
        if not path.is_dir():
            found = path.stat()
            return f"{found.st_size} {found.st_mtime_ns}"
        inside = sorted(one for one in path.rglob("*") if one.is_file())
        digest = hashlib.sha256()
        for one in inside:
            digest.update(f"{one.relative_to(path).as_posix()} {_stamp(one)}\n".encode())
        return f"{len(inside)} {digest.hexdigest()}"
    except OSError:
        return None
