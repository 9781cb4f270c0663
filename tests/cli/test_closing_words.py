from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np

from tuneit.cli.closing_words import closing_words
from tuneit.evaluation import NamedEvaluation, SeveralEvaluation, evaluate_predictions
from tuneit.result import SearchResult


def ended_search(**settings: Any) -> SearchResult:
    kind = evaluate_predictions("classification", [0, 1], [0, 1], np.eye(2), ["a", "b"])
    size = evaluate_predictions("regression", [0.0, 2.0], [1.0, 3.0], [1.0, 2.0])
    found = SeveralEvaluation((NamedEvaluation("kind", kind), NamedEvaluation("size", size)))
    best = SimpleNamespace(number=3, score=0.5, params={}, imported=False)
    diagnosis = SimpleNamespace(verdict="healthy", confidence=0.9, findings=(), recommendations=())
    values = {
        "best_or_none": best,
        "trials": (),
        "stopped": "the budget of 3 trials is used up",
        "diagnose": lambda: diagnosis,
        "compared": (),
        "objective": SimpleNamespace(metric="val_loss"),
        "study": SimpleNamespace(objectives=(1,)),
        "evaluation": found,
        "final_evaluation": SimpleNamespace(looks=2, metrics={"loss": 0.25, "recall": 0.25}),
        "data": SimpleNamespace(description={}),
        "folder": SimpleNamespace(report=Path("reports/x/index.html")),
    }
    return cast("SearchResult", SimpleNamespace(**(values | settings)))


def test_each_output_has_a_line_of_its_own() -> None:
    lines = closing_words(ended_search()).splitlines()
    first = lines.index("test   2 outputs, 2 rows; evaluation number 2 of this study on these rows")
    assert lines[first + 1] == "       the objective's metric, loss: 0.2500"
    assert lines[first + 2].startswith("       kind: accuracy 1.0000 on 2 rows")
    assert lines[first + 3].startswith("       size: MAE 0.5")
    assert lines[first + 4].startswith("says   healthy")


def test_an_objective_of_one_class_says_which() -> None:
    objective, data = SimpleNamespace(metric="val_recall"), {"positive_class": "ill"}
    words = closing_words(ended_search(objective=objective, data=SimpleNamespace(description=data)))
    assert "val_recall (positive class ill) 0.5000" in words
    assert "the objective's metric, recall (positive class ill): 0.2500" in words


def test_long_lines_go_on_below_where_the_screen_ends() -> None:
    words, plain = (closing_words(ended_search(), width) for width in (80, None))
    lines = words.splitlines()
    assert max(map(len, lines)) <= 80
    assert words.split() == plain.split()
    place = next(i for i, line in enumerate(lines) if line.startswith("       kind: "))
    assert lines[place + 1].startswith("         ")
