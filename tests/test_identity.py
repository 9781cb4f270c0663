"""What a folder that has been used before lets a study do."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tuneit.errors import ResumeError
from tuneit.identity import agree, note_training
from tuneit.ledger import Ledger
from tuneit.space import Int, SearchSpace
from tuneit.study import Budget, SklearnData, Split
from tuneit.trials import Objective, Proposal

LOSS = Objective("val_loss", "minimize")


def a_bench(
    folder: Path,
    high: int = 2,
    rows: str = "some rows",
    count: int = 100,
    seed: int = 0,
    budget: Budget = Budget(trials=3),  # noqa: B008
    **data: Any,
) -> Any:
    spec = SklearnData(source="sklearn", name="wine", **data)
    return SimpleNamespace(
        study=SimpleNamespace(objectives=(LOSS,), data=spec, seed=seed, budget=budget),
        others=(),
        space=SearchSpace((Int(name="units", low=1, high=high),)),
        dataset=SimpleNamespace(
            fingerprint=lambda: rows, describe=lambda: {"rows": {"train": count}}
        ),
        folder=SimpleNamespace(path=folder),
    )


def test_a_study_without_trials_may_be_corrected_and_one_with_trials_may_not(
    tmp_path: Path,
) -> None:
    with Ledger.open(None, tmp_path, "one", LOSS) as ledger:
        agree(ledger, a_bench(tmp_path, 2))
        corrected = a_bench(tmp_path, 3)
        agree(ledger, corrected)
        ledger.start(Proposal(0, {"units": 2}, 1), corrected.space)
        agree(ledger, corrected)
        with pytest.raises(
            ResumeError, match=r"the search space changed in units \((high from 3 to 2|values from)"
        ):
            agree(ledger, a_bench(tmp_path, 2))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"scale": "minmax"}, "in scale from none to minmax"),
        ({"seed": 3}, "in seed from 0 to 3"),
        (
            {"split": Split(test=0.3), "count": 90},
            "in split.test from 0.2 to 0.3, rows.train from 100 to 90",
        ),
        ({"count": 120}, "in rows.train from 100 to 120"),
        ({}, ": other values, from the same place with the same settings"),
    ],
)
def test_what_changed_the_data_is_told(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    with Ledger.open(None, tmp_path, "one", LOSS) as ledger:
        bench = a_bench(tmp_path)
        agree(ledger, bench)
        ledger.start(Proposal(0, {"units": 2}, 1), bench.space)
        with pytest.raises(ResumeError, match=f"the data changed ?{said}\\. Start anew"):
            agree(ledger, a_bench(tmp_path, rows="other rows", **changed))


def test_a_folder_of_an_older_version_is_told_in_general_words(tmp_path: Path) -> None:
    with Ledger.open(None, tmp_path, "one", LOSS) as ledger:
        bench = a_bench(tmp_path)
        agree(ledger, bench)
        ledger.set_header({k: v for k, v in ledger.header.items() if k != "data_from"})
        ledger.start(Proposal(0, {"units": 2}, 1), bench.space)
        agree(ledger, bench)
        with pytest.raises(
            ResumeError, match=r"the data changed \(rows, splits, scaling or seed\)"
        ):
            agree(ledger, a_bench(tmp_path, rows="other rows"))


def test_trials_that_were_trained_otherwise_are_told(tmp_path: Path) -> None:
    short = a_bench(tmp_path, budget=Budget(trials=9, epochs=10))
    long = a_bench(tmp_path, budget=Budget(trials=9, epochs=30, executions=2))
    with Ledger.open(None, tmp_path, "one", LOSS) as ledger:
        agree(ledger, short)
        assert note_training(ledger, short) is None
        ledger.start(Proposal(0, {"units": 2}, 1), short.space)
        assert note_training(ledger, short) is None
        said = note_training(ledger, long)
        assert said is not None
        assert "with budget.epochs 10 (now 30) and budget.executions 1 (now 2); their" in said
        agree(ledger, short)
        again = note_training(ledger, short)
        assert again is not None
        assert "with budget.epochs 30 (now 10) and" in again
