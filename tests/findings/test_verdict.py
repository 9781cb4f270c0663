"""One table of verdicts: whoever adds a verdict adds its row there, and its check, and no more."""

from __future__ import annotations

import ast
import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest

import tuneit
from tuneit.diagnosis.checks import CHECKS
from tuneit.findings import Verdict
from tuneit.findings.actions import ACTIONS
from tuneit.findings.observations import OBSERVATIONS
from tuneit.findings.plans import PLANS
from tuneit.findings.verdict import CHECKED, FAULTS

PACKAGE = Path(tuneit.__file__).parent
WORDS = set(map(str, Verdict))

MAKERS = ("Finding", "fault", "warning", "hint")
"""What makes a finding of a name that it is given first."""


@pytest.mark.parametrize("verdict", Verdict)
def test_a_verdict_speaks_of_other_verdicts_only(verdict: Verdict) -> None:
    others = {*verdict.row.alike, *verdict.row.explains}
    assert others <= WORDS - {verdict}
    assert verdict.row.meaning.endswith(".")
    assert pickle.loads(pickle.dumps(verdict)) is verdict is Verdict(str(verdict))


@pytest.mark.parametrize("name", PLANS)
def test_a_plan_takes_its_actions_from_the_catalogue(name: str) -> None:
    actions = [remedy.action for remedy in PLANS[name].remedies]
    assert set(actions) <= set(ACTIONS)
    assert len(actions) == len(set(actions)) > 0


def test_a_surer_check_is_never_right_less_often() -> None:
    for fault in FAULTS.values():
        right = fault.row.right
        assert len(right) == len(CHECKED)
        assert 0.5 <= right[0] <= right[-1] <= 0.97
        assert list(right) == sorted(right)


def test_every_fault_has_a_check_a_calibration_and_a_plan() -> None:
    assert {*FAULTS, Verdict.TOO_SHORT} == WORDS - {Verdict.HEALTHY}
    assert set(CHECKS) >= {*FAULTS, Verdict.TOO_SHORT}
    assert set(PLANS) >= {*FAULTS, Verdict.TOO_SHORT}


def test_every_check_has_a_row() -> None:
    known = {*WORDS, *OBSERVATIONS}
    assert set(CHECKS) <= known
    sources = [path.read_text("utf-8") for path in PACKAGE.rglob("*.py")]
    named = {name for text in sources if "Finding" in text for name in finding_names(text)}
    assert len(named) > 45
    assert not named - known
    said = "".join(sources)
    assert not {name for name in OBSERVATIONS if said.count(f'"{name}"') < 2}


def finding_names(text: str) -> Iterator[str]:
    """The names, where they are written out, of all findings that a file makes."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in MAKERS and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def test_no_other_file_has_a_table_of_verdicts() -> None:
    tables = {
        str(path.relative_to(PACKAGE)): words
        for path in PACKAGE.rglob("*.py")
        for words in tables_of_verdicts(ast.parse(path.read_text("utf-8")))
    }
    # The registry of checks names the findings that each of them yields.
    assert set(tables) <= {"findings/verdict.py", "diagnosis/checks/__init__.py"}, tables


def tables_of_verdicts(tree: ast.Module) -> Iterator[list[str]]:
    """The verdicts in each dict, tuple, list or set that names at least two of them."""
    for node in ast.walk(tree):
        parts: list[ast.expr | None] = []
        if isinstance(node, ast.Dict):
            parts = list(node.keys)
        elif isinstance(node, ast.Tuple | ast.List | ast.Set):
            parts = list(node.elts)
        words = [word for part in parts if part is not None and (word := verdict_word(part))]
        if len(words) >= 2:
            yield words


def verdict_word(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant):
        return node.value if node.value in WORDS else None
    member = ast.unparse(node).removeprefix("Verdict.")
    return member if member in Verdict.__members__ else None


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("COLOURS = {'healthy': 1, Verdict.DIVERGED: 2}", [["healthy", "DIVERGED"]]),
        ("BAD = (Verdict.DIVERGED, Verdict.NO_LEARNING)", [["DIVERGED", "NO_LEARNING"]]),
        ("ONE = {'overfitting': 1, 'leakage': 2}", []),
    ],
)
def test_tables_of_verdicts_are_seen(code: str, found: list[list[str]]) -> None:
    assert list(tables_of_verdicts(ast.parse(code))) == found
