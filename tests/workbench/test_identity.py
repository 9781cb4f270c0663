"""What a folder that has been used before lets a study do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any

import pytest
from builders import a_study

from tuneit.api import load_result, run_study
from tuneit.errors import InputError, ResumeError
from tuneit.ledger import Ledger
from tuneit.space import Int, SearchSpace
from tuneit.study import Budget, SklearnData, Split
from tuneit.study_file import load_study
from tuneit.trials import Objective, Proposal
from tuneit.workbench import prepare
from tuneit.workbench.data_facts import DataFacts
from tuneit.workbench.fingerprint import Code, Fingerprint
from tuneit.workbench.identity import (
    changes,
    changes_to_report,
    record_study,
    record_training,
    trains_as_last,
)

pytestmark = pytest.mark.usefixtures("undrawn", "untraced")

LOSS = Objective("val_loss", "minimize")


def a_bench(
    folder: Path,
    high: int = 2,
    rows: str = "some rows",
    count: int = 100,
    seed: int = 0,
    budget: Budget = Budget(trials=3),  # noqa: B008
    code: Code = MappingProxyType({"build in model.py": "#1"}),
    data_code: Code = MappingProxyType({}),
    model: Mapping[str, Any] | None = None,
    **data: Any,
) -> Any:
    spec = SklearnData(source="sklearn", name="wine", **data)
    settings = {"data": spec, "seed": seed, "budget": budget}
    return SimpleNamespace(
        study=a_study(objective="val_loss").model_copy(update=settings),
        root=folder,
        is_in_files=True,
        builder=SimpleNamespace(folder=None, target=None),
        others=(),
        space=SearchSpace((Int(name="units", low=1, high=high),)),
        data=DataFacts({"rows": {"train": count}}, (), rows, 10),
        folder=SimpleNamespace(path=folder),
        fingerprint=Fingerprint(code, data_code, lambda: model),
    )


def recorded(ledger: Ledger, bench: Any, **how: bool) -> list[str]:
    """Record a study in its ledger, as a search does; return the notes."""
    header = ledger.header
    notes = record_study(header, ledger.trials(), bench, **how)
    ledger.set_header(header)
    return notes


def trained(ledger: Ledger, bench: Any) -> str | None:
    """Record how trials are trained; return the note."""
    header = ledger.header
    note = record_training(header, ledger.trials(), bench)
    ledger.set_header(header)
    return note


def test_a_study_without_trials_may_be_corrected_and_one_with_trials_may_not(
    tmp_path: Path,
) -> None:
    with Ledger.open(None, tmp_path, "one", LOSS) as ledger:
        recorded(ledger, a_bench(tmp_path, 2))
        corrected = a_bench(tmp_path, 3)
        recorded(ledger, corrected)
        ledger.start(Proposal(0, {"units": 2}, 1), corrected.space)
        recorded(ledger, corrected)
        with pytest.raises(
            ResumeError, match=r"the search space changed in units \((high from 3 to 2|values from)"
        ):
            recorded(ledger, a_bench(tmp_path, 2))


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
        ({}, ": the same source with the same settings gives other values"),
    ],
)
def test_what_changed_the_data_is_told(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    with Ledger.open(None, tmp_path, "one", LOSS) as ledger:
        bench = a_bench(tmp_path)
        recorded(ledger, bench)
        ledger.start(Proposal(0, {"units": 2}, 1), bench.space)
        with pytest.raises(ResumeError, match=f"the data changed ?{said}\\. Start anew"):
            recorded(ledger, a_bench(tmp_path, rows="other rows", **changed))


def begun(ledger: Ledger, bench: Any, trials: int = 1) -> None:
    """A study of which some trials have begun."""
    recorded(ledger, bench)
    for number in range(trials):
        ledger.start(Proposal(number, {"units": 2}, 1), bench.space)


def a_network(units: int, optimizer: str = "Adam", **settings: str) -> dict[str, Any]:
    return {
        "keras": "3.9",
        "layers": [["Dense", {"units": str(units)}]],
        "optimizer": [optimizer, settings],
        "compile": {"loss": "mse"},
    }


CODE = {"build in model.py": "#1", "UNITS in model.py": "4", "f": "#py3.11 #5"}


@pytest.mark.parametrize(
    ("code", "model", "said"),
    [
        ({"build in model.py": "#2"}, a_network(4), r"build in model.py was edited \(the model b"),
        ({"UNITS in model.py": "8"}, a_network(8), "UNITS in model.py from 4 to 8; the model"),
        ({"block in parts.py": "#3"}, a_network(4), "block in parts.py is new"),
        ({"f": "#py3.11 #6"}, a_network(4), "code changed: f was edited"),
        (
            {},
            a_network(8),
            r"in layer 1 \(Dense\): units from 4 to 8\. Start anew with --fresh, go",
        ),
        ({}, a_network(4, "SGD"), "built with default hyperparameters changed in the optimizer fr"),
    ],
)
def test_other_code_or_another_model_is_refused_and_told(
    tmp_path: Path, code: dict[str, str], model: dict[str, Any], said: str
) -> None:
    with Ledger.open(None, tmp_path, "one", LOSS) as ledger:
        begun(ledger, a_bench(tmp_path, code=CODE, model=a_network(4)))
        assert recorded(ledger, a_bench(tmp_path, code=CODE, model=a_network(4))) == []
        with pytest.raises(ResumeError, match=said):
            recorded(ledger, a_bench(tmp_path, code={**CODE, **code}, model=model))


def test_what_cannot_be_compared_is_no_change(tmp_path: Path) -> None:
    with Ledger.open(None, tmp_path, "one", LOSS) as ledger:
        begun(ledger, a_bench(tmp_path, code=CODE, model=a_network(4)))
        later = {**CODE, "f": "#py3.12 #9"}
        assert recorded(ledger, a_bench(tmp_path, code=later, model=None)) == []


def test_what_differs_between_two_models_of_the_same_code_is_no_change(tmp_path: Path) -> None:
    drawn = map(str, range(100))

    def a_drawing_bench(units: int) -> Any:
        bench = a_bench(tmp_path, code=CODE)
        build = lambda: a_network(units, learning_rate=next(drawn))  # noqa: E731
        bench.fingerprint = Fingerprint(CODE, {}, build)
        return bench

    with Ledger.open(None, tmp_path, "one", LOSS) as ledger:
        begun(ledger, a_drawing_bench(4))
        assert recorded(ledger, a_drawing_bench(4)) == []
        with pytest.raises(ResumeError, match=r"changed in layer 1 \(Dense\): units from 4 to 5\."):
            recorded(ledger, a_drawing_bench(5))


def test_a_ledger_without_code_takes_the_present_one_and_says_so(tmp_path: Path) -> None:
    bench = a_bench(tmp_path, code=CODE, model=a_network(4))
    with Ledger.open(None, tmp_path, "one", LOSS) as ledger:
        begun(ledger, bench)
        old = {k: v for k, v in ledger.header.items() if k not in ("code", "data_code", "model")}
        ledger.set_header(old)
        assert changes_to_report(ledger, bench) == []
        assert ledger.header == old
        [note] = recorded(ledger, bench)
        assert "it is assumed to be unchanged" in note
        with pytest.raises(ResumeError, match=r"build in model\.py was edited"):
            recorded(ledger, a_bench(tmp_path, code={**CODE, "build in model.py": "#2"}))


def test_a_change_that_is_kept_is_noted_with_its_trials(tmp_path: Path) -> None:
    old, new = a_bench(tmp_path, code=CODE), a_bench(tmp_path, 3, rows="x", code={"build": "#2"})
    with Ledger.open(None, tmp_path, "one", LOSS) as ledger:
        begun(ledger, old, trials=2)
        [note] = recorded(ledger, new, keep=True)
        assert note.startswith("the search goes on although the search space changed in units")
        assert recorded(ledger, new) == recorded(ledger, new, keep=True) == []
        [change] = changes(ledger.header)
        assert change.to_dict()["after_trial"] == 1
        assert change.to_dict()["run_again"] == [0, 1]
        assert str(change).startswith(
            "after trial 1 (trials 0 and 1 began before and ran again after) the search space"
        )
        assert len(change.changed) == 3
        edited = a_bench(tmp_path, 3, rows="x", code={"build": "#3"})
        # Reading refuses no code, and notes nothing.
        assert [str(c) for c in changes_to_report(ledger, edited)][1:] == [
            "after trial 1 the code changed: build was edited"
        ]
        assert changes(ledger.header) == [change]


def test_another_objective_is_not_kept(tmp_path: Path) -> None:
    with Ledger.open(None, tmp_path, "one", LOSS) as ledger:
        begun(ledger, a_bench(tmp_path))
        other = a_bench(tmp_path)
        other.study = a_study(objective="val_mae")
        with pytest.raises(ResumeError, match="--keep does not go on with another objective"):
            recorded(ledger, other, keep=True)


def test_edited_loading_code_explains_other_data(tmp_path: Path) -> None:
    with Ledger.open(None, tmp_path, "one", LOSS) as ledger:
        begun(ledger, a_bench(tmp_path, data_code={"load in data.py": "#1"}))
        edited = {"load in data.py": "#2"}
        # The same values from other code are the same data.
        assert recorded(ledger, a_bench(tmp_path, data_code=edited)) == []
        with pytest.raises(ResumeError, match=r"the data changed: load in data\.py was edited\."):
            recorded(ledger, a_bench(tmp_path, rows="other rows", data_code=edited))


MODEL = """
import keras

def build(hp):
    'Make it.'
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, "relu")])
    model.add(keras.layers.Dense(hp.Int("units", 3, 6), "softmax"))
    loss = "sparse_categorical_crossentropy"
    model.compile("adam", loss, metrics=["accuracy"], jit_compile=False)
    return model

def load():
    import numpy as np
    return np.random.default_rng(0).normal(size=(40, 4)), np.arange(40) % 2

def stops():
    return keras.callbacks.TerminateOnNaN()
"""
STUDY = """
model: model.py:build
data: {source: python, function: model.py:load}
objective: val_loss
strategy: random
callbacks: [model.py:stops]
budget: {trials: 1, epochs: 1}
"""


def test_an_edited_builder_is_noticed_in_the_same_process_and_kept_knowingly(
    tmp_path: Path,
) -> None:
    study, out = tmp_path / "study.yaml", tmp_path / "out"
    study.write_text(STUDY)

    def searched(text: str, trials: int, **how: bool) -> Any:
        (tmp_path / "model.py").write_text(text)
        loaded = load_study(study, [f"budget.trials={trials}"])
        return run_study(loaded, tmp_path, out, **how)

    searched(MODEL, 1)
    alike = MODEL.replace("'Make it.'", "# It is made.").replace("import keras", "import  keras")
    assert len(searched(alike, 2).trials) == 2
    with pytest.raises(ResumeError, match=r"stops in model\.py was edited"):
        searched(MODEL.replace("TerminateOnNaN()", "TerminateOnNaN() or None"), 3)
    with pytest.raises(ResumeError, match=r"the data changed: load in model\.py was edited"):
        searched(MODEL.replace("default_rng(0)", "default_rng(1)"), 3)
    edited = MODEL.replace('"relu"', '"tanh"')
    with pytest.raises(ResumeError, match=r"build in model\.py was edited; .* from relu to tanh"):
        searched(edited, 3)
    with pytest.raises(InputError, match="give one of the two"):
        searched(edited, 3, fresh=True, keep=True)
    result = searched(edited, 3, keep=True)
    assert len(result.trials) == 3
    told = result.summary()["changes"]
    assert [change["after_trial"] for change in told] == [1]
    assert "activation from relu to tanh" in " ".join(told[0]["changed"])
    page = (out / "index.html").read_text(encoding="utf-8")
    assert "After trial 1 the code changed: build in model.py was edited" in page
    assert load_result(load_study(study), tmp_path, out).changes == result.changes
    assert len(searched(edited, 4).trials) == 4


def test_what_a_study_trains_by_is_its_code_and_what_loads_its_data_is_not(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text(STUDY)
    (tmp_path / "model.py").write_text(MODEL)
    fingerprint = prepare(load_study(tmp_path / "study.yaml"), tmp_path, tmp_path).fingerprint
    assert set(fingerprint.code) == {"build in model.py", "stops in model.py"}
    assert set(fingerprint.data_code) == {"load in model.py"}
    assert fingerprint.model is not None
    assert [kind for kind, _ in fingerprint.model["layers"]] == ["InputLayer", "Dense", "Dense"]


def test_a_folder_of_an_older_version_is_told_in_general_words(tmp_path: Path) -> None:
    with Ledger.open(None, tmp_path, "one", LOSS) as ledger:
        bench = a_bench(tmp_path)
        recorded(ledger, bench)
        ledger.set_header({k: v for k, v in ledger.header.items() if k != "data_from"})
        ledger.start(Proposal(0, {"units": 2}, 1), bench.space)
        recorded(ledger, bench)
        with pytest.raises(
            ResumeError, match=r"the data changed \(rows, splits, scaling or seed\)"
        ):
            recorded(ledger, a_bench(tmp_path, rows="other rows"))


def test_trials_that_were_trained_otherwise_are_told(tmp_path: Path) -> None:
    short = a_bench(tmp_path, budget=Budget(trials=9, epochs=10))
    long = a_bench(tmp_path, budget=Budget(trials=9, epochs=30, executions=2))
    with Ledger.open(None, tmp_path, "one", LOSS) as ledger:
        recorded(ledger, short)
        assert trained(ledger, short) is None
        ledger.start(Proposal(0, {"units": 2}, 1), short.space)
        assert trained(ledger, short) is None
        said = trained(ledger, long)
        assert said is not None
        assert "with budget.epochs 10 (now 30) and budget.executions 1 (now 2); their" in said
        assert not trains_as_last(ledger.header, short)
        recorded(ledger, short)
        again = trained(ledger, short)
        assert trains_as_last(ledger.header, short)
        more = a_bench(tmp_path, budget=Budget(trials=9, epochs=10, executions=3))
        assert trains_as_last(ledger.header, more)
        assert again is not None
        assert "with budget.epochs 30 (now 10) and" in again
