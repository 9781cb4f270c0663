from __future__ import annotations

import pytest

from tuneit.errors import DataError
from tuneit.workbench.python_words import in_python, python_words


@pytest.mark.parametrize(
    ("told", "in_words_of_python"),
    [
        ("budget.epochs must be a whole number", "epochs must be a whole number"),
        ("give `budget.executions` or `data.folds`", "give `executions` or `folds`"),
        ("set `task: classification`", "set `task='classification'`"),
        ("give `trials: 30`", "give `trials=30`"),
        ("set `stratify: false`, or", "set split={'stratify': False}, or"),
        ("data.split.validation: below 1", "validation_split: below 1"),
        ("the study's `parameters:` name 'unit'", "`parameters` name 'unit'"),
        (
            "Otherwise add `goal: maximize` or `goal: minimize` to the objective",
            "Otherwise give objective={'metric': …, 'goal': 'maximize'}, or 'minimize'",
        ),
        ("ValueError: no (pruning.py:3)", "ValueError: no (pruning.py:3)"),
        ("Own: give data.scale or `task: x`", "Own: give data.scale or `task: x`"),
        (
            "with data.task: build raised KeyError: '`units: 3`, data.scale' (m.py:3)",
            "with task: build raised KeyError: '`units: 3`, data.scale' (m.py:3)",
        ),
        ("constraints.max_seconds is 3", "constraints['max_seconds'] is 3"),
        ("but the study says `type: float`", "but `parameters` says `type='float'`"),
        ("choose a folder with --output (in Python output=…)", "choose a folder with output=…"),
        (
            "Start anew with --fresh or go on with --keep (in Python with fresh=True or keep=True)",
            "Start anew with fresh=True or go on with keep=True",
        ),
        ("unless you start anew with --fresh", "unless you start anew with fresh=True"),
        ("x and y must have as many rows", "x and y must have as many rows"),
    ],
)
def test_keys_of_a_file_are_arguments(told: str, in_words_of_python: str) -> None:
    assert in_python(told) == in_words_of_python
    with pytest.raises(DataError) as raised, python_words():
        raise DataError(told)
    assert str(raised.value) == in_words_of_python
