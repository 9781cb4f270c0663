"""Importing what a study names as `file.py:name` or `package.module:name`."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import re
import sys
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

from tuneit.errors import BuilderError, did_you_mean
from tuneit.training.keras_loader import load_keras
from tuneit.training.user_code.error_text import describe, user_frame


def load_reference(reference: str, root: Path, whose: str = "model's") -> Any:
    """Import what `reference` names; a file's path is relative to `root`.

    Messages say `whose` file it is. A file's own folder goes on `sys.path`, so that it can import
    its neighbours. A missing file, a syntax error and a name that the file does not define are
    found before the file is run. Raises BuilderError.
    """
    module_name, _, name = reference.rpartition(":")
    if not module_name or not name:
        raise BuilderError(
            f"the {whose} function is named as file.py:name or package.module:name, "
            f"not as '{reference}'"
        )
    if module_name.endswith(".py"):
        path = (root / module_name).resolve()
        _read(path, name.partition(".")[0], module_name, whose)
        module = _run_file(path, whose)
    else:
        module = _import(module_name, root, whose)
    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            raise _not_found(part, module_name, [n for n in vars(found) if not n.startswith("_")])
        found = getattr(found, part)
    return found


def _read(path: Path, name: str, shown: str, whose: str) -> None:
    if not path.is_file():
        near = sorted(p.name for p in path.parent.glob("*.py")) if path.parent.is_dir() else []
        raise BuilderError(
            f"the {whose} file '{shown}' does not exist in {path.parent}"
            f"{did_you_mean(path.name, near)}"
        )
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    except SyntaxError as error:
        raise BuilderError(
            f"the {whose} file '{shown}' is not valid Python: {error.msg} "
            f"({path.name}:{error.lineno})"
        ) from None
    except (UnicodeDecodeError, ValueError) as error:
        raise BuilderError(f"the {whose} file '{shown}' cannot be read: {error}") from None
    defined = _names(tree)
    if defined is not None and name not in defined:
        raise _not_found(name, shown, defined)


def _names(tree: ast.Module) -> list[str] | None:
    """Names that a module may define, or None where only running it tells."""
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            if node.name == "__getattr__":
                return None
            names.append(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.append(node.id)
        elif isinstance(node, ast.alias):
            if node.name == "*":
                return None
            names.append((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.Name) and node.id in ("globals", "exec", "setattr"):
            return None
    return names


def _not_found(name: str, where: str, defined: list[str]) -> BuilderError:
    hint = did_you_mean(name, defined)
    rest = "" if hint else "; it defines " + (", ".join(sorted(set(defined))[:8]) or "nothing")
    return BuilderError(f"'{where}' defines no '{name}'{hint}{rest}")


def _run_file(path: Path, whose: str) -> ModuleType:
    folder = str(path.parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    # The content is part of the name: an edited file is a new module, in notebooks too.
    digest = sha256(str(path).encode() + path.read_bytes()).hexdigest()[:12]
    module_name = f"_tuneit_{re.sub(r'[^A-Za-z0-9_]', '_', path.stem)}_{digest}"
    if module_name in sys.modules:
        return sys.modules[module_name]
    spec = importlib.util.spec_from_file_location(module_name, path)
    if spec is None or spec.loader is None:
        raise BuilderError(f"the {whose} file '{path.name}' cannot be imported as Python")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    load_keras()  # without TensorFlow's messages, before the user's file imports it
    try:
        spec.loader.exec_module(module)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        del sys.modules[module_name]
        raise BuilderError(
            f"the {whose} file '{path.name}' does not import: "
            f"{describe(error)}{user_frame(error, path.parent)}"
        ) from error
    return module


def _import(module_name: str, root: Path, whose: str) -> ModuleType:
    if module_name in sys.modules:  # such as a notebook, which has no file
        return sys.modules[module_name]
    folder = str(root.resolve())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        if importlib.util.find_spec(module_name.partition(".")[0]) is not None:
            load_keras()
        return importlib.import_module(module_name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        hint = ""
        if isinstance(error, ModuleNotFoundError) and (root / f"{module_name}.py").is_file():
            hint = f"; for a file, write '{module_name}.py:…'"
        raise BuilderError(
            f"the {whose} module '{module_name}' does not import: "
            f"{describe(error)}{user_frame(error, root.resolve())}{hint}"
        ) from error
