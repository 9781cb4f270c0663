"""`tuneit init`: write a first study and its builder."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from tuneit.errors import InputError

# The builder is kept as text: inside the package it would be a module that imports keras.
_FILES = {"study.yaml": "study.yaml", "model.py": "model.py.txt"}


def init_study(folder: Path) -> list[Path]:
    """Write `study.yaml` and `model.py` into `folder`, which is made where it is missing.

    Returns their paths. Raises InputError, and writes nothing, where one of them exists already
    or the folder cannot be written.
    """
    existing = [name for name in _FILES if (folder / name).exists()]
    if existing:
        raise InputError(
            f"{folder / existing[0]} exists and is not overwritten; "
            "name another folder, such as `tuneit init my-study`"
        )
    template = files("tuneit.study_file") / "template"
    written: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, source in _FILES.items():
            path = folder / name
            path.write_text((template / source).read_text(encoding="utf-8"), encoding="utf-8")
            written.append(path)
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror}") from None
    return written
