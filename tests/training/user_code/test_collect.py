"""What counts as a change of the user's code, and what does not."""

from __future__ import annotations

import functools
import importlib
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tuneit.training.user_code.collect import user_code
from tuneit.training.user_code.references import load_reference

MODEL = '''
"""A builder."""
import time
import helper
from helper import WIDTH

UNITS = 32
RUN = f"run {time.time()}"
SEEN = []
CALLS = 0
SIZES = {"small": [8, 16]}
LATER = UNITS * 2


class Base:
    depth = 2

    def block(self, units):
        """Make a block."""
        return helper.layer(units, self.depth)


class Mine(Base):
    def __init__(self, classes=3):
        self.classes = classes
        self.calls = 0

    def build(self, hp):
        global CALLS
        CALLS += 1
        self.calls += 1
        SEEN.append(hp)
        import inner
        return inner.head(self.block(UNITS + LATER + WIDTH), self.classes, SIZES, RUN)

    def fit(self, hp, model):
        return model


def untouched(x):
    return x


@helper.noted
def build(hp):
    return Mine().build(hp)
'''
HELPER = """
import functools

WIDTH = 4

def layer(units, depth):
    return [units] * depth

def unused():
    return 0

def noted(function):
    @functools.wraps(function)
    def wrapper(*given):
        return function(*given)
    return wrapper
"""
INNER = "def head(*given):\n    return given\n"


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., dict[str, str]]:
    """Read the code behind `model.py:build`, imported anew, with texts replaced in it."""

    def read_(*changes: tuple[str, str], name: str = "build", call: bool = False) -> dict[str, str]:
        texts = {"model.py": MODEL, "helper.py": HELPER, "inner.py": INNER}
        for old, new in changes:
            assert sum(text.count(old) for text in texts.values()) >= 1, old
            texts = {file: text.replace(old, new) for file, text in texts.items()}
        # A folder for each reading: no source and no bytecode of another one is found.
        folder = Path(tempfile.mkdtemp(dir=tmp_path))
        for file, text in texts.items():
            (folder / file).write_text(text)
        with pytest.MonkeyPatch.context() as patch:
            patch.syspath_prepend(folder)
            modules = {Path(file).stem for file in texts}
            for module in modules:  # which another test's study may have left
                patch.delitem(sys.modules, module, raising=False)
            try:
                found = getattr(importlib.import_module("model"), name)
                if call:
                    found(1)
                    found(2)
                return user_code([found], folder)
            finally:
                for module in modules:
                    sys.modules.pop(module, None)

    return read_


def test_the_code_that_a_builder_leads_to_is_read_and_no_other(read: Any) -> None:
    found = read()
    assert {label: text for label, text in found.items() if not text.startswith("#")} == {
        "Base.depth in model.py": "2",
        "LATER in model.py": "UNITS * 2",
        "RUN in model.py": "f'run {time.time()}'",
        "SIZES in model.py": "{'small': [8, 16]}",
        "UNITS in model.py": "32",
        "WIDTH in helper.py": "4",
        "the default of classes in Mine.__init__ in model.py": "3",
    }
    assert {label for label, text in found.items() if text.startswith("#")} == {
        *("Base in model.py", "Base.block in model.py", "Mine in model.py"),
        *("Mine.__init__ in model.py", "Mine.build in model.py", "Mine.fit in model.py"),
        *("build in model.py", "head in inner.py", "layer in helper.py"),
        *("noted in helper.py", "noted.wrapper in helper.py"),
    }


def test_what_a_builder_counts_or_collects_and_imports_as_it_runs_is_no_change(read: Any) -> None:
    assert read() == read(call=True)


@pytest.mark.parametrize(
    "change",
    [
        (
            "    def build(self, hp):",
            "    # why\n\n    def build( self,\n              hp ):  # how",
        ),
        ('"""Make a block."""', '"""Make\n        another."""'),
        ('        """Make a block."""\n', ""),
        ("def build(hp):", "def build(hp: object) -> object:"),
        ("return x", "return x + 1"),
        ("return 0", "return 1"),
        ('{"small": [8, 16]}', "{'small': [\n    8,\n    16,\n]}"),
        ("SEEN = []", "SEEN = [1]"),
    ],
    ids=str,
)
def test_comments_docstrings_formatting_and_other_code_are_no_change(
    read: Any, change: tuple[str, str]
) -> None:
    assert read(change) == read()


@pytest.mark.parametrize(
    ("change", "label"),
    [
        (("UNITS + LATER", "UNITS - LATER"), "Mine.build in model.py"),
        (("return Mine().build(hp)", "return Mine(4).build(hp)"), "build in model.py"),
        (("[units] * depth", "[units] + [depth]"), "layer in helper.py"),
        # The function around it holds it.
        (("return function(*given)", "return function(given)"), "noted in helper.py"),
        (("    return given\n", "    return given[0]\n"), "head in inner.py"),
        (("return model\n", "return None\n"), "Mine.fit in model.py"),
        (("UNITS = 32", "UNITS = 64"), "UNITS in model.py"),
        (("WIDTH = 4", "WIDTH = 5"), "WIDTH in helper.py"),
        (("LATER = UNITS * 2", "LATER = UNITS * 3"), "LATER in model.py"),
        (("[8, 16]", "[8, 32]"), "SIZES in model.py"),
        (("depth = 2", "depth = 3"), "Base.depth in model.py"),
        (("class Mine(Base)", "class Mine(Base, object)"), "Mine in model.py"),
    ],
    ids=str,
)
def test_an_edit_is_told_by_name_and_file(read: Any, change: tuple[str, str], label: str) -> None:
    before, after = read(), read(change)
    changed = {name for name in {**before, **after} if before.get(name) != after.get(name)}
    assert changed - {"noted.wrapper in helper.py"} == {label}


OF_THIS_RUN = """
import dataclasses, functools, os, tempfile, time, uuid

HERE = os.path.abspath(__file__)


class Clock:
    made = uuid.uuid4().hex
    counts = {}

    def __init__(self, step):
        self.step = step
        self.start = self.first = time.perf_counter()
        self.folder = tempfile.mkdtemp()

    def build(self, hp):
        setattr(self, "last", time.perf_counter())
        return self.step


@dataclasses.dataclass
class Run:
    stamp: str = dataclasses.field(default_factory=lambda: uuid.uuid4().hex)
    units: int = 8


CLOCK = Clock(3)
RUN = Run()


def timed(function):
    started = time.perf_counter()

    def wrapper(*given):
        return started, function(*given)

    return wrapper


@timed
def build(hp, stamp=time.perf_counter(), seen={}, *, here=HERE, run=uuid.uuid4()):
    seen[len(seen)] = Clock(4).build(hp)
    return CLOCK.step, RUN.units, __name__, __file__


part = functools.partial(build, stamp=time.perf_counter(), clock=Clock(5))
held = Clock(6)
"""


@pytest.mark.parametrize("name", ["build", "part", "held", "Clock"])
def test_what_the_code_makes_from_nothing_that_it_is_given_is_no_change(
    name: str, tmp_path: Path
) -> None:
    found = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        (folder / "mine.py").write_text(OF_THIS_RUN)
        root = load_reference(f"mine.py:{name}", folder)
        root = root(7) if name == "Clock" else root
        if name == "build":
            root(1)
        found.append(user_code([root], folder))
    assert found[0] == found[1]
    assert name != "Clock" or found[0]["Clock.step"] == "7"


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        ("class Meta(type):\n    def k(c): return 2\nclass build(metaclass=Meta): pass", "2", "3"),
        ("def fix(f):\n    f.k = 2\n    return f\n@fix\ndef build(hp): pass", "2", "3"),
        ("def fix(c):\n    c.k = print\n    return c\n@fix\nclass build: pass", "print", "repr"),
        ("K = 2\ndef fix(k): return lambda f: f\n@fix(K)\ndef build(hp): pass", "2", "3"),
        ("K = 2\ndef build(hp, k=K): pass", "2", "3"),
        ("def build(hp, k=int('2')): pass", "2", "3"),
        ("def k(): return 2\ndef build(hp, *, k=k()): pass", "2", "3"),
        ("S = [1]\nS.append(2)\ndef build(hp): return S", "2", "3"),
        ("S = {}\ndef two(): return 2\nS['a'] = two\ndef build(hp): return S['a']()", "2", "3"),
        ("from enum import IntEnum\nclass A(IntEnum):\n    X = 2\ndef build(hp): A.X", "2", "3"),
        ("from functools import *\nclass build:\n    k = partialmethod(print, 2)", "2", "3"),
        ("from functools import *\n@singledispatch\ndef build(hp): pass\n"
         "@build.register(int)\ndef _(hp): return 2", "2", "3"),
        ("from dataclasses import *\n@dataclass\nclass build:\n"
         "    k: list = field(default_factory=lambda: [2])", "2", "3"),
        ("def k(): return 2\ndef build(hp): return globals()['k']()", "2", "3"),
        ("def build(hp): return build.k\nbuild.k = 2", "2", "3"),
        ("class C: pass\ndef k(self): return 2\nC.k = k\ndef build(hp): C()", "2", "3"),
        ("class C:\n    def __init__(self, k): self.k = k\n"
         "ALL = {'a': C(2)}\ndef build(hp): return ALL['a'].k", "2", "3"),
        ("from functools import *\ndef f(hp, k): hp.k = k\nbuild = partial(f, k=2)", "2", "3"),
        ("def make():\n    k = 2\n    def inner(hp): return k\n    return inner\nbuild = make()",
         "2", "3"),
        ("def f(): return 2\ndef make():\n    k = f()\n    def inner(hp): return k\n"
         "    return inner\nbuild = make()", "2", "3"),
        ("build = [lambda hp, k=k: k for k in (1, 2)][1]", "2", "3"),
        ("import helper\ndef one(): helper.layer\ndef build(hp): one(); helper.unused()", "0", "1"),
        ("import helper\ndef build(hp): return getattr(helper, 'unused')()", "0", "1"),
    ],
    ids=str,
)  # fmt: skip
def test_code_that_python_calls_as_it_defines_or_finds_by_name_is_followed(
    text: str, old: str, new: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    found = []
    for helper, model in ((HELPER, text), (HELPER.replace(f"return {old}", f"return {new}"),
                                           text.replace(old, new))):  # fmt: skip
        monkeypatch.delitem(sys.modules, "helper", raising=False)
        folder = tmp_path / str(len(found))
        folder.mkdir()
        monkeypatch.syspath_prepend(folder)
        (folder / "helper.py").write_text(helper)
        (folder / "mine.py").write_text(model)
        found.append(user_code([load_reference("mine.py:build", folder)], folder))
    assert found[0] != found[1]


@pytest.mark.parametrize(("was", "now"), [("k = 2", "k: int = 2"), ("k = 2", "k: int\n    k = 2")])
def test_annotations_within_a_function_are_no_change(was: str, now: str, tmp_path: Path) -> None:
    found = []
    for index, line in enumerate((was, now)):
        folder = tmp_path / str(index)
        folder.mkdir()
        (folder / "mine.py").write_text(f"def build(hp):\n    {line}\n    return k\n")
        found.append(user_code([load_reference("mine.py:build", folder)], folder))
    assert found[0] == found[1]


def test_a_file_that_is_edited_after_it_was_loaded_is_what_runs(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("SIZE = 3\ndef build(hp):\n    return SIZE\n")
    loaded = load_reference("mine.py:build", tmp_path)
    before = user_code([loaded], tmp_path)
    file.write_text("SIZE = 4\ndef build(hp):\n    return SIZE + 1\n")
    assert user_code([loaded], tmp_path) == before
    again = user_code([load_reference("mine.py:build", tmp_path)], tmp_path)
    assert again["SIZE in mine.py"] == "4"
    assert again["build in mine.py"] != before["build in mine.py"]


def a_cell(text: str) -> dict[str, Any]:
    """The names that a prompt's or notebook's cell without a known source defines."""
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(text, names)
    return names


def test_code_without_source_is_told_by_its_bytecode() -> None:
    texts = [
        "SIZE = 3\ndef build(hp):\n    return hp + SIZE",
        "SIZE = 3\n\n\ndef build(hp):\n    # a comment\n    return (hp +\n   SIZE)",
        "SIZE = 3\ndef build(hp):\n    return hp - SIZE",
        "SIZE = 4\ndef build(hp):\n    return hp + SIZE",
    ]
    first, same, edited, other = (user_code([a_cell(text)["build"]]) for text in texts)
    assert first == same
    assert first["build"].startswith("#py3.")
    assert first["build"] != edited["build"]
    assert (first["SIZE"], other["SIZE"]) == ("3", "4")


def made(units: int, seen: list[int]) -> Callable[[Any], int]:
    def build(hp: Any) -> int:
        seen.append(units)
        return units

    return build


class Held:
    def __init__(self, units: int) -> None:
        self.units = units

    def __call__(self, hp: Any) -> int:
        return self.units


def test_closures_partials_and_objects_are_told_by_what_they_hold() -> None:
    one, two = user_code([made(3, [])]), user_code([made(4, [1])])
    assert {label for label in one if one[label] != two[label]} == {
        "units, which made.build reads in test_collect.py"
    }
    part = functools.partial(made, 3, seen=[1, 2])
    assert user_code([part])["argument 0 of the builder"] == "3"
    assert user_code([part])["argument seen of the builder"] == "[1, 2]"
    held = user_code([Held(3), Held(3).__call__])
    assert held["Held.units"] == "3"
    assert "Held.__call__ in test_collect.py" in held


@pytest.mark.parametrize("foreign", [len, print, functools.partial(int, base=2).func, Path, 3])
def test_other_peoples_code_is_none_of_the_users(foreign: Any) -> None:
    assert user_code([foreign]) == {}
