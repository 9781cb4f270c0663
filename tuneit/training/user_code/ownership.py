"""Tells the user's own code from that of Python, of installed packages and of tuneit."""

from __future__ import annotations

import importlib
import importlib.util
import site
import sys
import sysconfig
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any


def is_own_function(function: FunctionType) -> bool:
    """Whether a function is the user's own; its module decides where its file is unknown."""
    file = function.__code__.co_filename
    if Path(file).is_file():
        return is_own_file(file)
    module = sys.modules.get(function.__module__ or "")
    return module is None or is_own_module(module)


def is_own_class(found: type[Any]) -> bool:
    """Whether a class is defined in one of the user's own modules."""
    module = sys.modules.get(found.__module__)
    return module is not None and is_own_module(module)


def is_own_module(module: ModuleType) -> bool:
    """Whether a module is the user's: the program, notebook or prompt, or a file of theirs."""
    return module.__name__ == "__main__" or is_own_file(getattr(module, "__file__", None))


@lru_cache(maxsize=4096)
def is_own_file(file: str | None) -> bool:
    """Whether a file is there, and not below site-packages, the standard library or tuneit."""
    if not file or not Path(file).is_file():
        return False
    path = Path(file).resolve()
    if {"site-packages", "dist-packages"} & set(path.parts):
        return False
    return not any(folder in path.parents for folder in _foreign_folders())


@lru_cache(maxsize=1)
def _foreign_folders() -> tuple[Path, ...]:
    named = sysconfig.get_paths()
    installed = [named[key] for key in ("stdlib", "platstdlib", "purelib", "platlib")]
    sites = [site.getusersitepackages()] if hasattr(site, "getusersitepackages") else []
    ours = Path(__file__).resolve().parents[2]
    return (ours, *(Path(folder).resolve() for folder in (*installed, *sites)))


def imported_module(level: int, name: str, scope: Mapping[str, Any]) -> ModuleType | None:
    """The module that an import statement names; a module of the user's own is imported now.

    So a function that imports a module under some hyperparameters only has the same digest before
    and after that import has run.
    """
    try:
        whole = importlib.util.resolve_name("." * level + name, scope.get("__package__") or "")
        if whole in sys.modules:
            return sys.modules[whole]
        spec = importlib.util.find_spec(whole)
        return importlib.import_module(whole) if spec and is_own_file(spec.origin) else None
    except KeyboardInterrupt:
        raise
    except BaseException:  # the user's own code, which runs here
        return None
