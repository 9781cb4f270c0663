"""Read study.yaml as a Study, and report all of its problems at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tuneit.errors import Location, StudyFileError, did_you_mean
from tuneit.study import Study
from tuneit.study.part import study_name
from tuneit.study_file.document import Document
from tuneit.study_file.overrides import apply_overrides
from tuneit.study_file.problem import Problem, shown, study_file_error
from tuneit.study_file.references import reference_problems
from tuneit.study_file.syntax import compose
from tuneit.study_file.wording import problems_of
from tuneit.study_file.yaml_values import read_values

Where = tuple[str | int, ...]
"""The path of a value: keys, and positions in lists."""

LARGEST_FILE = 100_000
"""The most bytes of a study file. A larger file is not a study, which is written by hand. One of
this size takes about three seconds to read."""


def load_study(path: Path, overrides: Sequence[str] = ()) -> Study:
    """Read, check and return the study of a YAML file.

    `overrides` are `key.path=value` texts that replace the file's values. Without a `name` the
    study gets the file's name. The files that the study names must exist. Python files are parsed,
    but nothing is imported. Raises StudyFileError with one line for each problem:
    `file:line:column: message` (or `--set key.path=value: message`).
    """
    document, problems = _overridden(path, overrides)
    study, found, broken = _validated(document)
    problems += [*found, *reference_problems(document, path.parent, broken)]
    return _without_problems(study, problems, str(path))


def load_searched_study(path: Path, overrides: Sequence[str] = ()) -> Study:
    """Read a study as `load_study` does, but do not look for the files that it names.

    A search's result can be read without them.
    """
    document, problems = _overridden(path, overrides)
    study, found, _ = _validated(document)
    return _without_problems(study, [*problems, *found], str(path))


def _overridden(path: Path, overrides: Sequence[str]) -> tuple[Document, list[Problem]]:
    """A file's values with the overrides applied, and the problems of the overrides."""
    document = read_document(path)
    if not document.values and not overrides:
        message = "the file is empty; `tuneit init` writes a study to begin with"
        raise study_file_error([Problem(document.whole, message)], str(path))
    problems = apply_overrides(document, overrides)
    document.values.setdefault("name", study_name(path.stem))
    return document, problems


def read_document(path: Path) -> Document:
    """Return a file's values and their origins; an empty file has none.

    Raises StudyFileError if the file is not a YAML mapping.
    """
    file = str(path)
    text = _read(path)
    whole = Location(file, 1, 1)
    document = Document(whole, {})
    problems: list[Problem] = []
    node = compose(text, file)
    if isinstance(node, Problem):
        raise study_file_error([node], file)
    if node is not None:
        values, problems = read_values(node, file, document)
        if isinstance(values, dict):
            document.values = values
        elif not problems:
            message = (
                f"a study is a mapping of keys such as model, data, budget, not {_kind(values)}"
            )
            raise study_file_error([Problem(whole, message)], file)
    if problems:
        # Checking a value that could not be read would only add misleading problems.
        raise study_file_error(problems, file)
    return document


def study_from(values: Mapping[str, Any], overrides: Sequence[str] = ()) -> Study:
    """Check plain values, as Python code gives them, and return their study.

    `overrides` replace values as those of `load_study` do. Raises StudyFileError with one line for
    each problem, as `load_study` does but without lines and columns.
    """
    document = Document(None, dict(values))
    problems = apply_overrides(document, overrides)
    study, found, _ = _validated(document)
    return _without_problems(study, [*problems, *found])


def _validated(document: Document) -> tuple[Study | None, list[Problem], list[Where]]:
    """The study, or None; the problems; and the paths of the values that have them."""
    try:
        return Study.model_validate(document.values), [], []
    except ValidationError as error:
        found = list(problems_of(error, document))
    return None, [problem for _, problem in found], [where for where, _ in found]


def _without_problems(study: Study | None, problems: list[Problem], file: str = "") -> Study:
    if study is None or problems:
        raise study_file_error(problems, file)
    return study


def _read(path: Path) -> str:
    try:
        if path.is_dir():
            there = sorted(path.glob("*.y*ml"))
            hint = f", such as {there[0]}" if there else "; there is none in it"
            raise StudyFileError(f"{path} is a folder: name a study file{hint}")
        if not path.exists():
            raise StudyFileError(f"{path} does not exist{_near(path)}")
        if path.stat().st_size > LARGEST_FILE:
            raise StudyFileError(
                f"{path} has {path.stat().st_size:,} bytes, but a study file has at most "
                f"{LARGEST_FILE:,}; is it the right file?"
            )
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise StudyFileError(f"{shown(str(path))} cannot be read: {reason}") from None
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        place = Location(str(path), line, column)
        message = f"byte 0x{data[error.start]:02x} is not UTF-8: save the file as UTF-8"
        raise study_file_error([Problem(place, message)]) from None


def _near(path: Path) -> str:
    if not path.parent.is_dir():
        return f": there is no folder {path.parent}"
    names = [p.name for p in path.parent.iterdir() if p.suffix in (".yaml", ".yml")]
    return did_you_mean(path.name, names) or "; `tuneit init` writes a study to begin with"


def _kind(value: object) -> str:
    return "a list" if isinstance(value, list) else shown(value)
