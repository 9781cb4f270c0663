from __future__ import annotations

from pathlib import Path

import pytest
from builders import a_study

from tuneit.strategies.options import class_of
from tuneit.study import PRUNERS, SAMPLERS, STRATEGIES, Study

ROOT = Path(__file__).parents[2]


ROWS = (*STRATEGIES.values(), *SAMPLERS.values(), *PRUNERS.values())
IMPLEMENTATIONS = tuple(row.implementation for row in ROWS if row.implementation is not None)


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
def test_every_row_names_a_class(implementation: str) -> None:
    assert isinstance(class_of(implementation), type)


def test_every_strategy_and_pruner_of_the_package_has_a_row() -> None:
    for path in (ROOT / "tuneit" / "strategies").rglob("*.py"):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        text = path.read_text(encoding="utf-8")
        # What a user's class must have too: `propose`, or of a pruner `judge`.
        is_variant = "def propose(self, situation" in text or "def judge(self, standing" in text
        helpers = ("base", "own", "enqueued", "promotion", "rule")
        if is_variant and path.stem not in helpers:
            assert any(name.startswith(f"{module}:") for name in IMPLEMENTATIONS), module


@pytest.mark.parametrize(("key", "names"), [("StrategySpec", STRATEGIES), ("PruningSpec", PRUNERS)])
def test_the_schema_lists_and_explains_every_name(key: str, names: dict[str, object]) -> None:
    node = Study.model_json_schema()["$defs"][key]["properties"]["name"]
    listed = node.get("enum") or node["anyOf"][0]["enum"]
    assert listed == list(names)
    assert all(f"{name}: " in node["description"] for name in names)


def test_help_and_readme_name_every_strategy() -> None:
    documents = (ROOT / "README.md", ROOT / "tuneit" / "cli" / "search.py")
    for text in (path.read_text(encoding="utf-8") for path in documents):
        assert [name for name in STRATEGIES if name not in text] == []


@pytest.mark.parametrize("name", PRUNERS)
def test_options_that_are_epochs_are_options(name: str) -> None:
    entry = PRUNERS[name]
    if entry.implementation is not None:
        assert set(entry.first_judged) <= set(class_of(entry.implementation).__dataclass_fields__)


def test_nothing_is_taken_for_granted_of_a_class_of_the_users_own() -> None:
    entry = a_study(strategy="mine.py:Mine").strategy.entry
    assert not any((entry.in_rounds, entry.single_objective, entry.takes_sampler))
