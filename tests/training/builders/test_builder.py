from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from training_models import HERE, OwnFit, OwnLoop, a_network, build, build_model, keras

from tuneit.errors import BuilderError
from tuneit.study import ParameterSpec
from tuneit.training.builders.builder import as_builder, load_builder
from tuneit.training.builders.hyperparameters import TrialHyperParameters
from tuneit.training.fitting.fit import call_fit
from tuneit.training.user_code.error_text import describe


def test_loads_files_and_tells_them_from_modules(tmp_path: Path) -> None:
    (tmp_path / "neighbour.py").write_text("SIZE = 3\n")
    (tmp_path / "mine.py").write_text("import neighbour\ndef build(hp): return neighbour.SIZE\n")
    builder = load_builder("mine.py:build", tmp_path)
    assert builder.name == "build"
    assert builder.target(None) == 3
    assert load_builder("neighbour:SIZE.__add__", tmp_path).target(1) == 4


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("absent.py:build", r"'absent.py' does not exist"),
        ("broken.py:build", r"not valid Python: .* \(broken.py:1\)"),
        ("raising.py:build", r"does not import: ZeroDivisionError: .* \(raising.py:2\)"),
        ("mine.py:biuld", "did you mean 'build'"),
        ("mine.py:number", "must be a function"),
        ("no_such_package.part:build", "does not import: ModuleNotFoundError"),
    ],
)
def test_references_that_lead_nowhere(tmp_path: Path, reference: str, message: str) -> None:
    (tmp_path / "broken.py").write_text("def build(:\n")
    (tmp_path / "raising.py").write_text("def build(hp): pass\n1 / 0\n")
    (tmp_path / "mine.py").write_text("number = 1\ndef build(hp): pass\n")
    with pytest.raises(BuilderError, match=message):
        load_builder(reference, tmp_path)


@pytest.mark.parametrize("given", [5, None, [1], object()])
def test_what_is_no_builder_at_all_is_shown(given: Any) -> None:
    with pytest.raises(BuilderError, match="a model is given as a function") as raised:
        as_builder(given)
    assert repr(given) in str(raised.value)


def test_a_model_is_no_builder_of_models(tmp_path: Path) -> None:
    import keras

    model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(1)])
    (tmp_path / "ready.py").write_text("import keras\nmodel = keras.layers.Dense(1)\n")
    for builder in (lambda: as_builder(model), lambda: load_builder("ready.py:model", tmp_path)):
        with pytest.raises(BuilderError, match=r"is a model, .* write a function build_model"):
            builder()


def spec(**values: Any) -> ParameterSpec:
    return ParameterSpec(**values)


def test_tells_the_styles_apart() -> None:
    def plain(settings: Any, depth: int = 2) -> None: ...

    three = {"units": spec(value=3)}
    assert as_builder(build_model).takes_hp
    assert as_builder(build_model).with_specs(three).takes_hp
    assert as_builder(plain).takes_hp
    assert as_builder(plain).with_specs(three).takes_hp
    assert not as_builder(plain).with_specs({"setting": spec(value=3)}).takes_hp
    assert not as_builder(plain).with_specs({"depth": spec(value=3)}).takes_hp
    assert not as_builder(build).with_specs(three).takes_hp
    assert as_builder(OwnFit).with_specs(three).takes_hp
    assert as_builder(OwnFit()).own_fit is not None


def test_what_is_returned_must_be_a_compiled_model() -> None:
    def nothing(hp: Any) -> None: ...

    def loose(hp: Any) -> Any:
        return keras.Sequential([keras.layers.Dense(1)])

    def leaves(hp: Any) -> Any:
        sys.exit(3)

    def closes(hp: Any) -> Any:
        raise GeneratorExit

    class SpeechlessError(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    def is_speechless(hp: Any) -> Any:
        raise SpeechlessError

    for function, words in (
        (leaves, "leaves raised SystemExit: 3"),
        (closes, "closes raised GeneratorExit"),
        (is_speechless, "is_speechless raised SpeechlessError"),
    ):
        with pytest.raises(BuilderError, match=words):
            as_builder(function).build(TrialHyperParameters())
    with pytest.raises(BuilderError, match="returned None; add `return model`"):
        as_builder(nothing).build(TrialHyperParameters())
    with pytest.raises(BuilderError, match=r"call model\.compile"):
        as_builder(loose).build(TrialHyperParameters())
    assert as_builder(OwnLoop).build(TrialHyperParameters()) is not None


@pytest.mark.parametrize("score", [0.5, np.float32(0.5), np.array(0.5), (0.5, 3)])
def test_an_objective_of_optunas_is_told_both_ways_out(score: Any) -> None:
    def objective(trial: Any) -> Any:
        return score

    def prunes(trial: Any) -> Any:
        trial.report(0.5, 1)

    for function in (objective, prunes):
        with pytest.raises(BuilderError, match=r"compiled model before `fit`.*DiagnosisCallback"):
            as_builder(function).build(TrialHyperParameters())


def test_keyword_builders_get_their_own_hyperparameters_alone() -> None:
    got: dict[str, Any] = {}

    def keywords(units: int, rate: float = 0.1, momentum: float = 0.5) -> Any:
        got.update(units=units, rate=rate, momentum=momentum)
        return a_network(units, rate)

    specs = {"units": spec(value=3), "rate": spec(value=0.2), "batch_size": spec(value=8)}
    params = {"units": 3, "rate": 0.2, "batch_size": 8}
    as_builder(keywords).with_specs(specs).build(TrialHyperParameters(params, specs))
    assert got == {"units": 3, "rate": 0.2, "momentum": 0.5}


class Model:
    def __init__(self) -> None:
        self.fitted: dict[str, Any] = {}

    def fit(self, *args: Any, **kwargs: Any) -> None:
        self.fitted = {"args": args, **kwargs}


def test_a_fit_of_ones_own_gets_what_it_takes() -> None:
    class Narrow(OwnFit):
        def fit(self, hp: Any, model: Any, x: Any, y: Any, callbacks: Any = None) -> Any:
            return model.fit(x=x, y=y, epochs=2)

    class Wide(OwnFit):
        def fit(self, hp: Any, model: Any, *args: Any, **kwargs: Any) -> Any:
            return model.fit(*args, epochs=2, batch_size=8, **kwargs)

    given = {"x": 1, "y": 2, "epochs": 9, "batch_size": 32, "verbose": 0, "callbacks": []}
    narrow, wide = Model(), Model()
    call_fit(as_builder(Narrow), None, narrow, given)
    call_fit(as_builder(Wide), None, wide, given)
    assert narrow.fitted == {"args": (), "x": 1, "y": 2, "epochs": 2}
    assert wide.fitted == {
        "args": (1, 2), "epochs": 2, "batch_size": 8, "verbose": 0, "callbacks": [],
    }  # fmt: skip


def test_references_name_where_an_object_lives() -> None:
    assert as_builder(build_model).reference == "training_models:build_model"
    assert as_builder(lambda hp: None).name.isidentifier()
    assert load_builder("training_models.py:OwnFit", HERE).is_hypermodel


def test_an_error_inside_a_layer_is_told_by_its_reason() -> None:
    model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(2)])
    with pytest.raises(Exception) as caught:  # noqa: PT011 - Keras's own, whatever it is
        model(np.zeros((1, 3), "float32"))
    assert "Exception encountered" not in describe(caught.value)
    assert re.search(r"incompatible|expected", describe(caught.value))
    wrapped = ValueError(
        "Exception encountered when calling A.call().\n\n\x1b[1mno.\x1b[0m\n\nArgs"
    )
    assert describe(wrapped) == "ValueError: no."
