"""The house's rules: imports point down, TensorFlow keeps to one room, the door stays light."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import tuneit

PACKAGE = Path(tuneit.__file__).parent

FLOORS = (
    # 0, values: frozen, no I/O
    {"errors", "space", "curves", "trials", "findings", "study", "__init__"},
    # 1, rules: pure functions of values
    {"strategies", "diagnosis", "evaluation"},
    # 2, the loops
    {"search", "treatments"},
    # 3, edges: each touches one outside thing
    {"study_file", "study_folder", "logs", "ledger", "data", "training", "report", "screen"},
    # 4, wiring
    {"api", "result", "workbench"},
    # 5, the command line
    {"cli"},
    # 6, the way in
    {"__main__"},
)

FREE = (0, 4)
"""Floors whose rooms may know one another, as long as they do so in one direction."""

DOORS = {
    ("training", "data"): "trainers are given datasets",
    ("data", "training"): "keras.datasets, as only training may import keras; free memory",
    ("training", "screen"): "callbacks of the user's own training say something",
}
"""Imports between rooms of one floor, each with its reason."""

LINES = 420
"""A file has a noun each, and no more lines than these."""

HEAVY = {
    *("tensorflow", "keras", "keras_tuner", "pandas", "sklearn", "seaborn", "matplotlib"),
    *("optuna", "scipy"),
}

FILES = sorted(p for p in PACKAGE.rglob("*.py") if "__pycache__" not in p.parts)


def name_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def room_of(module: str) -> str:
    return module.partition(".")[0]


def floor_of(module: str) -> int:
    return next(level for level, rooms in enumerate(FLOORS) if room_of(module) in rooms)


def imported_by(path: Path, *, typing_too: bool = True) -> Iterator[str]:
    """Full names of everything a file imports, inside functions too."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_types: set[ast.AST] = set()
    if not typing_too:
        for node in ast.walk(tree):
            if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
                for_types.update(node.body)
    for node in ast.walk(tree):
        if node in for_types:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            for alias in node.names:
                inside = f"{node.module}.{alias.name}".removeprefix("tuneit.").replace(".", "/")
                is_module = (PACKAGE / f"{inside}.py").exists() or (PACKAGE / inside).is_dir()
                of_ours = room_of(node.module or "") == "tuneit"
                yield f"{node.module}.{alias.name}" if of_ours and is_module else str(node.module)


def own_imports(path: Path, *, typing_too: bool = True) -> set[str]:
    found = imported_by(path, typing_too=typing_too)
    own = {name for name in found if room_of(name) == "tuneit"}
    return {name.removeprefix("tuneit").removeprefix(".") or "__init__" for name in own}


def test_every_module_has_its_floor() -> None:
    rooms = {room_of(name_of(path)) for path in FILES}
    assert rooms <= set().union(*FLOORS)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports_point_down(path: Path) -> None:
    room, floor = room_of(name_of(path)), floor_of(name_of(path))
    wrong = [
        imported
        for imported in own_imports(path)
        if room_of(imported) != room
        and (room, room_of(imported)) not in DOORS
        and (floor_of(imported) > floor or (floor_of(imported) == floor and floor not in FREE))
    ]
    assert not wrong, f"{name_of(path)} imports {wrong}, which is not below it"


def test_no_door_stands_open_without_use() -> None:
    used = {(room_of(name_of(p)), room_of(i)) for p in FILES for i in own_imports(p)}
    assert set(DOORS) <= used


def test_no_import_cycle() -> None:
    # Raises CycleError, which names the modules.
    graph: dict[str, set[str]] = {}
    for path in FILES:
        name = name_of(path)
        found = own_imports(path, typing_too=False)
        # A module may name its own package: that is loaded before the module is.
        graph[name] = {i for i in found if i != name and not name.startswith(f"{i}.")}
    TopologicalSorter(graph).prepare()


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_only_training_imports_keras(path: Path) -> None:
    keras = {"keras", "tensorflow", "keras_tuner"} & {room_of(name) for name in imported_by(path)}
    assert not keras or room_of(name_of(path)) == "training"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_only_the_terminal_prints(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    prints = called & {"print", "typer.echo", "sys.stdout.write", "sys.stderr.write"}
    assert not prints or name_of(path) == "screen.terminal"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_files_are_small(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= LINES, f"{lines} lines"


def modules_after(code: str) -> set[str]:
    code += "\nimport sys\nprint('modules:', *sys.modules, file=sys.stderr)"
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    run = subprocess.run(
        [sys.executable, "-c", code], check=True, env=environment, capture_output=True, text=True
    )
    return set(run.stderr.rpartition("modules:")[2].split())


@pytest.mark.parametrize(
    "module",
    [
        "tuneit",
        "tuneit.cli",
        *(f"tuneit.{room}" for room in sorted(FLOORS[0] - {"__init__"})),
        "tuneit.strategies.base",
        "tuneit.search",
        "tuneit.study_file",
    ],
)
def test_light_modules_import_nothing_heavy(module: str) -> None:
    assert not HEAVY & modules_after(f"import {module}")


@pytest.mark.parametrize("command", ["--help", "search --help", "schema", "diagnose --help"])
def test_commands_that_only_talk_import_nothing_heavy(command: str) -> None:
    code = (
        f"import sys\nsys.argv = ['tuneit', *{command.split()}]\n"
        "from tuneit.cli import main\n"
        "try:\n    main()\nexcept SystemExit as stop:\n    assert not stop.code, stop.code"
    )
    assert not HEAVY & modules_after(code)


def test_help_loads_the_command_line_alone() -> None:
    # What a command works with is imported once it is called.
    code = "import sys\nsys.argv = ['tuneit', '--help']\nfrom tuneit.cli import main\n"
    loaded = modules_after(f"{code}try:\n    main()\nexcept SystemExit:\n    pass")
    rooms = {name.split(".")[1] for name in loaded if name.startswith("tuneit.")}
    assert rooms <= {"cli", "errors", "findings", "screen"}
    assert not {"numpy", "pydantic", "ruamel"} & {name.partition(".")[0] for name in loaded}


@pytest.mark.parametrize("verb", ["search", "report"])
def test_modules_do_not_hide_the_verbs_of_their_name(verb: str) -> None:
    modules_after(
        f"import tuneit\ntuneit.evaluate\nassert not hasattr(tuneit.{verb}, '__path__')\n"
        f"import tuneit.{verb}\nassert callable(tuneit.{verb})"
    )


def test_public_names_exist() -> None:
    for name in tuneit.__all__:
        assert getattr(tuneit, name) is not None
    assert dir(tuneit) == sorted(tuneit.__all__)
