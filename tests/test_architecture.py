"""The house's rules: imports point down, TensorFlow keeps to one room, the door stays light."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
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
    {"study_file", "logs", "ledger", "data", "training", "report", "screen"},
    # 4, wiring
    {"api", "models", "result", "workbench"},
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

LINES = 350
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


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported_by(path: Path, *, typing_too: bool = True) -> Iterator[str]:
    """Full names of everything a file imports, inside functions too."""
    tree = parsed(path)
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


def test_imports_point_down() -> None:
    wrong = [
        f"{name_of(path)} imports {imported}, which is not below it"
        for path in FILES
        for imported in own_imports(path)
        if not may_import(name_of(path), imported)
    ]
    assert not wrong


def may_import(module: str, imported: str) -> bool:
    room, other = room_of(module), room_of(imported)
    if room == other or (room, other) in DOORS:
        return True
    floor, below = floor_of(module), floor_of(imported)
    return below < floor or (below == floor and floor in FREE)


@pytest.mark.parametrize(
    ("module", "imported", "allowed"),
    [
        ("search.loop", "trials", True),
        ("trials", "search.loop", False),
        ("api", "result", True),
        ("ledger.store", "logs", False),
        ("training.single", "data.dataset", True),
        ("ledger.store", "ledger.journal", True),
    ],
)
def test_the_rule_itself(module: str, imported: str, allowed: bool) -> None:
    assert may_import(module, imported) == allowed


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


def test_only_training_imports_keras() -> None:
    keras = {"keras", "tensorflow", "keras_tuner"}
    importers = {name_of(p) for p in FILES if keras & {room_of(name) for name in imported_by(p)}}
    assert {room_of(name) for name in importers} == {"training"}, sorted(importers)


def test_only_the_terminal_prints() -> None:
    prints = {"print", "typer.echo", "sys.stdout.write", "sys.stderr.write"}
    assert {name_of(path) for path in FILES if prints & called_by(path)} == {"screen.terminal"}


def called_by(path: Path) -> set[str]:
    """The functions that a file calls, as it writes them."""
    calls = (node for node in ast.walk(parsed(path)) if isinstance(node, ast.Call))
    return {ast.unparse(node.func) for node in calls}


PLAIN = {0.0, 0.5, 1.0, 2.0}
"""Numbers that need no name: nothing, halves, the whole, doubles."""


def test_numbers_of_the_diagnosis_have_a_name_and_a_docstring() -> None:
    wrong = [
        f"{name_of(path)}:{line}: {number}"
        for path in FILES
        if room_of(name_of(path)) == "diagnosis"
        for line, number in numbers_without_docstring(parsed(path))
    ]
    assert not wrong


def numbers_without_docstring(tree: ast.Module) -> list[tuple[int, float]]:
    """The floats of a file that are not in a module's assignment with a docstring below it."""
    told: set[ast.AST] = set()
    for node, after in zip(tree.body, tree.body[1:], strict=False):
        documented = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
        if isinstance(node, ast.Assign | ast.AnnAssign) and documented:
            told.update(ast.walk(node))
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, float)
        if node not in told and node.value not in PLAIN
    ]


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("RISE = 0.037\n'Over the fall.'", []),
        ("RISE = Limit(0.037, 1.25)\n'Over the fall.'", []),
        ("RISE = 0.037\nother = 1", [(1, 0.037)]),
        ("def check(x):\n    return x > 0.037 or x < 0.5", [(2, 0.037)]),
    ],
)
def test_numbers_without_a_docstring_are_seen(code: str, found: list[tuple[int, float]]) -> None:
    assert numbers_without_docstring(ast.parse(code)) == found


def test_files_are_small() -> None:
    lines = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in FILES}
    assert not {name: count for name, count in lines.items() if count > LINES}


def run(code: str) -> str:
    """What a fresh process that runs the code tells in its last line."""
    environment = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    command = [sys.executable, "-c", f"import sys\nHEAVY = {HEAVY}\n{code}"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


LIGHT = (
    "tuneit",
    *(f"tuneit.{room}" for room in sorted(FLOORS[0] - {"__init__"})),
    "tuneit.strategies.base",
    "tuneit.search",
    "tuneit.study_file",
    "tuneit.cli",
)


def test_light_modules_import_nothing_heavy() -> None:
    told = run(
        f"for name in {LIGHT}:\n    __import__(name)\n"
        "    assert not HEAVY & set(sys.modules), (name, HEAVY & set(sys.modules))\n"
        "print('light')"
    )
    assert told == "light"


def test_commands_that_only_talk_import_nothing_heavy() -> None:
    told = run(
        "from tuneit.cli import exits, main\n"
        "exits.LEFT_BEHIND = 600.0\n"  # five commands end in this one process
        "for command in ('--help', 'search --help', 'schema', 'diagnose --help', 'explain stop'):\n"
        "    sys.argv = ['tuneit', *command.split()]\n"
        "    try:\n        main()\n"
        "    except SystemExit as stop:\n        assert not stop.code, (command, stop.code)\n"
        "    assert not HEAVY & set(sys.modules), (command, HEAVY & set(sys.modules))\n"
        "print('light')"
    )
    assert told == "light"


def test_modules_do_not_hide_the_verbs_of_their_name() -> None:
    told = run(
        "import tuneit\n"
        "tuneit.evaluate\n"
        "assert not hasattr(tuneit.search, '__path__')\n"
        "assert not hasattr(tuneit.report, '__path__')\n"
        "import tuneit.search, tuneit.report\n"
        "print(callable(tuneit.search), callable(tuneit.report))"
    )
    assert told == "True True"


def test_public_names_exist() -> None:
    for name in tuneit.__all__:
        assert getattr(tuneit, name) is not None
    assert dir(tuneit) == sorted(tuneit.__all__)


def test_the_tests_that_contributing_names_are_there() -> None:
    text = (PACKAGE.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = re.findall(r"`(?:tests/)?([\w/]+/)?(test_\w+\.py)(?:::(\w+))?…?`", text)
    assert len(named) > 40
    for folder, file, test in named:
        path = PACKAGE.parent / "tests" / folder / file
        assert path.is_file(), path
        assert f"\ndef {test}" in path.read_text(encoding="utf-8") or not test, (path, test)
