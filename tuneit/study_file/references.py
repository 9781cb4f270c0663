"""Check that the files and names that a study refers to exist."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Collection, Generator, Iterator
from pathlib import Path

from tuneit.errors import Location, did_you_mean
from tuneit.study import ParameterSpec
from tuneit.study_file.builder_check import builder_findings, missing_name
from tuneit.study_file.document import Document
from tuneit.study_file.problem import Problem
from tuneit.study_file.source_code import Source, read_source

Key = tuple[str | int, ...]


def reference_problems(
    document: Document, root: Path, broken: Collection[Key]
) -> Iterator[Problem]:
    """Yield problems with the files that the study names; keys in `broken` are skipped.

    `root` is the study file's folder as the user typed it; messages show it like that.
    """
    model = document.at(("model",))
    if isinstance(model, str) and ("model",) not in broken:
        source = yield from _source(document, ("model",), model, root, "the model's file")
        if source is not None and not any(path[:1] == ("parameters",) for path in broken):
            specs = _specs(document)
            for path, sentence in builder_findings(model, source, specs):
                where = document.origin(path) if path == ("model",) else document.key_origin(path)
                yield Problem(where, sentence)
    named = isinstance(document.at(("strategy",)), dict)
    places: list[tuple[Key, str]] = [
        (("data", "function"), "the data's file"),
        (("strategy", "name") if named else ("strategy",), "the strategy's file"),
        (("strategy", "sampler"), "the sampler's file"),
    ]
    for path, whose in places:
        reference = document.at(path)
        if isinstance(reference, str) and ":" in reference and not _within(path[:1], broken):
            yield from _source(document, path, reference, root, whose)
    callbacks = document.at(("callbacks",))
    if isinstance(callbacks, list) and not _within(("callbacks",), broken):
        for index, reference in enumerate(callbacks):
            yield from _source(
                document, ("callbacks", index), reference, root, "the callbacks' file"
            )
    yield from _warm_start(document, root, broken)
    yield from _data_path(document, root, broken)
    yield from _base(document, root, broken)


def _within(path: Key, broken: Collection[Key]) -> bool:
    return any(other[: len(path)] == path for other in broken)


def _specs(document: Document) -> dict[str, ParameterSpec]:
    given = document.at(("parameters",)) or {}
    return {name: ParameterSpec.model_validate(value) for name, value in given.items()}


def _source(
    document: Document, path: Key, reference: str, root: Path, noun: str
) -> Generator[Problem, None, Source | None]:
    """Yield problems of `file.py:name` or `package.module:name`; return the source if readable."""
    module, _, _ = reference.rpartition(":")
    file = root / module if module.endswith(".py") else _module_file(module, root)
    if file is None:
        if not _is_installed(module):
            yield Problem(document.origin(path), _no_module(module, root))
        return None
    if not file.is_file():
        yield Problem(document.origin(path), _no_file(file, noun, "*.py"))
        return None
    source = read_source(file, str(file))
    if isinstance(source, Problem):
        yield source
        return None
    yield from _missing_modules(source, file)
    wrong = missing_name(reference, source)
    if wrong:
        yield Problem(document.origin(path), wrong)
        return None
    return source


def _module_file(module: str, root: Path) -> Path | None:
    """Return the file of a module that stands beside the study, or None."""
    base = root.joinpath(*module.split("."))
    candidates = (base.with_name(f"{base.name}.py"), base / "__init__.py")
    return next((file for file in candidates if file.is_file()), None)


def _is_installed(module: str) -> bool:
    # Only the topmost package: looking for a submodule would import its parents.
    try:
        return importlib.util.find_spec(module.partition(".")[0]) is not None
    except (ImportError, ValueError):
        return False


def _missing_modules(source: Source, file: Path) -> Iterator[Problem]:
    """Yield a problem for each imported package that is neither installed nor beside the file."""
    if "sys" in source.names:  # it may change sys.path
        return
    for statement in source.needs:
        if isinstance(statement, ast.Import):
            modules = [alias.name for alias in statement.names]
        else:
            modules = [statement.module or ""] if statement.level == 0 else []
        for module in modules:
            top = module.partition(".")[0]
            beside = (file.parent / top).is_dir() or (file.parent / f"{top}.py").is_file()
            if top and not beside and not _is_installed(top):
                place = Location(str(file), statement.lineno, statement.col_offset + 1)
                yield Problem(place, f"no module '{top}' is installed or stands beside the file")


def _no_module(module: str, root: Path) -> str:
    if (root / f"{module}.py").is_file():
        return f"for a file write '{module}.py:…'"
    return (
        f"no module '{module}' is installed or stands beside the study file; "
        "name a file as file.py:name"
    )


def _no_file(file: Path, noun: str, pattern: str) -> str:
    if file.is_dir():
        return f"{noun} {file} is a folder: name a file in it"
    near = [p.name for p in file.parent.glob(pattern)] if file.parent.is_dir() else []
    hint = did_you_mean(file.name, near) or "; paths are relative to the study file"
    return f"{noun} {file} does not exist{hint}"


def _warm_start(document: Document, root: Path, broken: Collection[Key]) -> Iterator[Problem]:
    given = document.at(("warm_start",))
    path: Key = ("warm_start", "study") if isinstance(given, dict) else ("warm_start",)
    other = document.at(path)
    if isinstance(other, str) and other and not _within(("warm_start",), broken):
        place = root / other
        if not place.exists():
            # The user may have given the study's name instead of its file or folder.
            likely = (f"{other}.yaml", f"{other}.yml", f"reports/{other}")
            near = next((name for name in likely if (root / name).exists()), None)
            wrong = (
                _no_file(place, "the other study", "*")
                if near is None
                else f"the other study {place} does not exist - did you mean '{near}'?"
            )
            yield Problem(document.origin(path), wrong)


def _data_path(document: Document, root: Path, broken: Collection[Key]) -> Iterator[Problem]:
    path = ("data", "path")
    given, source = document.at(path), document.at(("data", "source"))
    if not isinstance(given, str) or path in broken or source not in ("csv", "npz", "images"):
        return
    place = root / given
    if source == "images":
        if place.is_file():
            wrong = f"the images' folder {place} is a file: name the folder with one folder a class"
            yield Problem(document.origin(path), wrong)
        elif not place.is_dir():
            wrong = _no_file(place, "the images' folder", "*/").replace(f"{place}/", str(place))
            yield Problem(document.origin(path), wrong)
    elif not place.is_file():
        yield Problem(document.origin(path), _no_file(place, "the data's file", f"*{place.suffix}"))


def _base(document: Document, root: Path, broken: Collection[Key]) -> Iterator[Problem]:
    short = isinstance(document.at(("transfer",)), str)
    path: Key = ("transfer",) if short else ("transfer", "base")
    base = document.at(path)
    if not isinstance(base, str) or not base.endswith(".keras") or _within(path, broken):
        return
    if not (root / base).is_file():
        yield Problem(document.origin(path), _no_file(root / base, "the base", "*.keras"))
