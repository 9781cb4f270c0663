"""A user's own strategy: found, checked, and blamed by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import a_space, a_trial

from tuneit.errors import InputError
from tuneit.strategies.base import Situation, Strategy, Suggestion
from tuneit.strategies.registry import make_strategy
from tuneit.study import StrategySpec
from tuneit.trials import Memory, Objective

NAME = "mine.py:Mine"


def a_strategy(cls: Any, **options: Any) -> Strategy:
    return make_strategy(StrategySpec(name=NAME, options=options), own=cls)


def a_situation(*trials: Any) -> Situation:
    return Situation(a_space(), trials, Objective("val_accuracy", "maximize"), 0, len(trials))


class Defaults:
    def __init__(self, units: int = 16) -> None:
        self.units = units

    def propose(self, situation: Situation) -> Any:
        if situation.trials:
            return None
        return {**situation.space.defaults(), "units": self.units}


def proposing(given: Any) -> type:
    return type("Proposing", (), {"propose": lambda self, situation: given})


def test_its_mappings_are_suggestions_and_none_is_the_end() -> None:
    strategy = a_strategy(Defaults, units=64)
    suggestion = strategy.propose(a_situation())
    assert isinstance(suggestion, Suggestion)
    assert suggestion.params["units"] == 64
    assert strategy.propose(a_situation(a_trial())) is None


def test_what_is_no_strategy() -> None:
    with pytest.raises(InputError, match=r"must be a class with a method propose.* a function$"):
        a_strategy(proposing)
    with pytest.raises(InputError, match="class object without one"):
        a_strategy(object)
    with pytest.raises(InputError, match=r"mine.py:Mine.* its options: .*layers"):
        a_strategy(Defaults, layers=2)
    with pytest.raises(
        InputError, match=r"must have a method propose\(self, situation\), but .*too many"
    ):
        a_strategy(type("Blind", (), {"propose": lambda self: None}))


def test_what_it_raises_or_proposes_wrongly_is_told_with_its_name() -> None:
    class Raises:
        def propose(self, situation: Situation) -> None:
            raise KeyError("rate")

    with pytest.raises(InputError, match=r"mine.py:Mine' raised KeyError: 'rate' \(test_own.py:"):
        a_strategy(Raises).propose(a_situation())
    with pytest.raises(InputError, match=r"one legal value for each .*; units cannot be 17"):
        a_strategy(Defaults, units=17).propose(a_situation())
    numpys = proposing({**a_situation().space.defaults(), "units": np.int64(64)})
    assert type(a_strategy(numpys).propose(a_situation()).params["units"]) is int
    with pytest.raises(InputError, match="but proposed a list"):
        a_strategy(proposing([1])).propose(a_situation())


def test_a_study_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tuneit.errors import StudyFileError
    from tuneit.study_file import load_study

    monkeypatch.chdir(tmp_path)
    Path("model.py").write_text("def build_model(hp): ...\n")
    Path("mine.py").write_text("class Mine:\n    def propose(self, situation): ...\n")
    text = (
        "model: model.py:build_model\nobjective: val_loss\nbudget: {trials: 1}\n"
        "data: {source: sklearn, name: iris}\nstrategy: "
    )
    Path("study.yaml").write_text(f"{text}{NAME}\n")
    assert load_study(Path("study.yaml")).strategy.name == NAME
    Path("study.yaml").write_text(f"{text}{{name: mine.py:Mein}}\n")
    with pytest.raises(StudyFileError, match=r"study.yaml:5:18: .*no function or class 'Mein'"):
        load_study(Path("study.yaml"))
    Path("study.yaml").write_text(f"{text}{{name: optuna, sampler: mine.py:Mein}}\n")
    with pytest.raises(StudyFileError, match=r"study.yaml:5:35: .*no function or class 'Mein'"):
        load_study(Path("study.yaml"))


def test_what_it_keeps_with_a_trial() -> None:
    params = a_space().defaults()
    kept = Suggestion(params, Memory(epochs=3, own={"mine": 1}))
    assert a_strategy(proposing(kept)).propose(a_situation()) == kept
    with pytest.raises(InputError, match=r"a tuneit.trials.Memory, .* gave it a (dict|mapping)"):
        a_strategy(proposing(Suggestion(params, {"epochs": 3}))).propose(a_situation())  # type: ignore[arg-type]
    taken = Suggestion(params, Memory(own={"epochs": 3}))
    with pytest.raises(InputError, match="must not keep 'epochs' in a memory's `own`"):
        a_strategy(proposing(taken)).propose(a_situation())
