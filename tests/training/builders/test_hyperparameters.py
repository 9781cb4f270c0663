from __future__ import annotations

from typing import Any

import pytest
from training_models import keras_tuner

from tuneit.errors import BuilderError, SpaceError
from tuneit.space import Boolean, Choice, Condition, Fixed, Float, Int, SearchSpace
from tuneit.study import ParameterSpec
from tuneit.training.builders.hyperparameters import TrialHyperParameters, replay, seeded_draw
from tuneit.training.builders.overrides import override


def test_answers_from_the_parameters_and_defaults_otherwise() -> None:
    hp = TrialHyperParameters({"units": 8})
    assert isinstance(hp, keras_tuner.HyperParameters)
    assert hp.Int("units", 4, 16) == 8
    assert hp.Float("rate", 0.1, 0.5, default=0.2) == 0.2
    assert hp.params == {"units": 8, "rate": 0.2}
    assert hp.get("units") == 8
    assert hp["units"] == 8
    assert "units" in hp
    assert [h.name for h in hp.space] == ["units", "rate"]


def test_booleans_stay_booleans() -> None:
    hp = TrialHyperParameters({"a": True})
    assert hp.Choice("a", [False, True]) is True
    assert hp.Choice("b", [True, False]) is True
    assert hp.Boolean("c") is False
    assert all(isinstance(p, Boolean) for p in hp.requested)


def test_records_every_kind() -> None:
    hp = TrialHyperParameters()
    hp.Int("i", 2, 32, step=2, sampling="log")
    hp.Float("f", 0.1, 1.0, sampling="reverse_log")
    hp.Choice("c", ["b", "a", "b"], ordered=False)
    hp.Choice("n", [None, 1.5], default=1.5)
    hp.Fixed("x", "y")
    assert hp.requested == (
        Int(name="i", low=2, high=32, step=2, sampling="log"),
        Float(name="f", low=0.1, high=1.0, sampling="reverse_log"),
        Choice(name="c", values=("b", "a")),
        Choice(name="n", values=(None, 1.5), default=1.5),
        Fixed(name="x", value="y"),
    )


def test_optunas_names_ask_for_the_same_hyperparameters() -> None:
    trial = TrialHyperParameters({"units": 8})
    assert trial.suggest_int("units", 4, 16, step=4) == 8
    trial.suggest_int("wide", 2, 64, log=True)
    trial.suggest_float("rate", 1e-4, 1e-1, log=True)
    trial.suggest_float("dropout", 0, 0.5, step=0.25)
    trial.suggest_categorical("size", [16, 32])
    assert trial.suggest_categorical("bias", [False, True]) is False
    assert trial.requested == (
        Int(name="units", low=4, high=16, step=4),
        Int(name="wide", low=2, high=64, sampling="log"),
        Float(name="rate", low=1e-4, high=1e-1, sampling="log"),
        Float(name="dropout", low=0.0, high=0.5, step=0.25),
        Choice(name="size", values=(16, 32)),
        Boolean(name="bias", values=(False, True), default=False),
    )
    assert trial.params["units"] == 8
    with pytest.raises(SpaceError, match="log=True takes no step"):
        trial.suggest_float("other", 0.1, 1.0, step=0.1, log=True)
    with pytest.raises(BuilderError, match=r"write trial.suggest_float\('a', 1, 2, log=True\)"):
        trial.suggest_loguniform("a", 1, 2)


def test_choices_that_cannot_be_written_down_are_refused() -> None:
    with pytest.raises(SpaceError, match="hyperparameter 'u'"):
        TrialHyperParameters({}, {}).Choice("u", [[1, 2], [3]])


def test_scopes_nest_and_inactive_ones_answer_none() -> None:
    hp = TrialHyperParameters({"model": "mlp", "units": 3})
    hp.Choice("model", ["mlp", "cnn"])
    with hp.conditional_scope("model", ["mlp"]):
        assert hp.Int("units", 2, 4) == 3
        with hp.conditional_scope("units", [4]):
            assert hp.Boolean("deep") is None
    with hp.conditional_scope("model", "cnn"):
        assert hp.Int("filters", 2, 4) is None
    assert hp.Float("alone", 0, 1, parent_name="model", parent_values=["cnn"]) is None
    cnn = Condition("model", ("cnn",))
    assert hp.requested[3].when == (cnn,)
    assert hp.requested[2].when == (Condition("model", ("mlp",)), Condition("units", (4,)))
    assert hp.params == {"model": "mlp", "units": 3}
    assert hp.scopes[(cnn,)] is False
    SearchSpace(hp.requested)


def test_a_scope_without_its_parent_is_an_error() -> None:
    hp = TrialHyperParameters()
    hp.Choice("model", ["a"])
    with (
        pytest.raises(SpaceError, match="did you mean 'model'"),
        hp.conditional_scope("modl", ["a"]),
    ):
        pass


def test_name_scopes_are_part_of_names() -> None:
    hp = TrialHyperParameters({"outer/inner/units": 3})
    with hp.name_scope("outer"), hp.name_scope("inner"):
        assert hp.Int("units", 1, 4) == 3
    assert hp.requested[0].name == "outer/inner/units"


def test_a_range_may_not_change() -> None:
    hp = TrialHyperParameters()
    hp.Int("units", 1, 4)
    hp.Int("units", 1, 4, default=2)
    with pytest.raises(SpaceError, match="'units' was int 1 to 4 and is now int 1 to 5"):
        hp.Int("units", 1, 5)
    later = TrialHyperParameters(known=SearchSpace(hp.requested))
    with pytest.raises(SpaceError, match="different names"):
        later.Choice("units", [1, 2])


def test_late_hyperparameters_are_drawn_by_seed_number_and_name() -> None:
    def drawn(seed: int, number: int) -> Any:
        hp = TrialHyperParameters({}, draw=seeded_draw(seed, number))
        return hp.Float("rate", 0, 1), [p.name for p in hp.late]

    assert drawn(1, 2) == drawn(1, 2)
    assert drawn(1, 2) != drawn(1, 3)
    assert drawn(1, 2)[1] == ["rate"]


def test_what_no_value_leads_to_is_not_late() -> None:
    hp = TrialHyperParameters(known=SearchSpace((Fixed(name="deep", value=False),)))
    hp.Fixed("deep", False)
    with hp.conditional_scope("deep", [True]):
        assert hp.Int("units", 1, 4) is None
    hp.Boolean("wide")
    with hp.conditional_scope("wide", [True]):
        assert hp.Int("width", 1, 4) is None
    assert [p.name for p in hp.late] == ["wide", "width"]


def test_what_was_declared_stands() -> None:
    def declare(hp: Any) -> None:
        hp.Int("units", 4, 8, default=6)
        hp.Boolean("deep")
        with hp.conditional_scope("deep", [True]):
            hp.Float("rate", 0.1, 0.2)

    hp = TrialHyperParameters({"units": 7}, {"rate": ParameterSpec(max=0.15)})
    hp.declare(declare)
    assert hp.get("units") == 7
    for asked in (hp, hp.copy()):
        assert asked.Int("units", 1, 100) == 7
        with asked.conditional_scope("deep", [True]):
            assert asked.Float("rate", 0, 1) is None
    assert [(p.name, p.default) for p in hp.requested] == [
        ("units", 6),
        ("deep", False),
        ("rate", 0.1),
    ]
    assert hp.requested[2].high == 0.15


def test_a_copy_adds_nothing() -> None:
    hp = TrialHyperParameters({"units": 3})
    twin = hp.copy()
    assert twin.Int("units", 1, 4) == 3
    assert hp.requested == ()


def test_replay_answers_as_the_trial_did() -> None:
    space = SearchSpace((Int(name="units", low=1, high=4),))
    hp = replay(space, {"units": 3})
    assert hp.values == {"units": 3}
    assert hp.Int("units", 1, 4) == 3


UNITS = Int(name="u", low=8, high=64, step=8, default=64)
RATE = Float(name="u", low=1e-4, high=1e-1, sampling="log")
OPTIMIZER = Choice(name="u", values=("adam", "sgd"))
RATES = Choice(name="u", values=(1e-2, 1e-3), ordered=True)
NUMBERS = Choice(name="u", values=(16, 32, 64), ordered=True)


@pytest.mark.parametrize(
    ("own", "spec", "wanted"),
    [
        (UNITS, {"value": 12}, Fixed(name="u", value=12)),
        (UNITS, {"max": 32}, Int(name="u", low=8, high=32, step=8, default=32)),
        (UNITS, {"step": 4}, Int(name="u", low=8, high=64, step=4, default=64)),
        (UNITS, {"log": True}, Int(name="u", low=8, high=64, sampling="log", default=64)),
        (UNITS, {"values": (8, 24)}, Choice(name="u", values=(8, 24), ordered=True)),
        (RATE, {"min": 1e-3}, Float(name="u", low=1e-3, high=1e-1, sampling="log")),
        (RATE, {"log": False}, Float(name="u", low=1e-4, high=1e-1)),
        (OPTIMIZER, {"values": ("sgd",)}, Choice(name="u", values=("sgd",))),
        (OPTIMIZER, {"default": "sgd"}, Choice(name="u", values=("adam", "sgd"), default="sgd")),
        (NUMBERS, {"min": 20}, Choice(name="u", values=(32, 64), ordered=True)),
        (NUMBERS, {"min": 8, "max": 20}, Int(name="u", low=8, high=20, default=16)),
        (NUMBERS, {"min": 20, "max": 99, "step": 2, "log": True},
         Int(name="u", low=20, high=99, step=2, sampling="log", default=20)),
        (RATES, {"min": 1e-4, "max": 1e-2, "log": True},
         Float(name="u", low=1e-4, high=1e-2, sampling="log", default=1e-2)),
        (RATES, {"min": 0.0, "max": 1, "default": 0.3},
         Float(name="u", low=0, high=1, default=0.3)),
        (RATES, {"min": 1, "max": 3, "type": "int"}, Int(name="u", low=1, high=3)),
        (NUMBERS, {"values": (128,)}, Choice(name="u", values=(128,), ordered=True)),
        (Boolean(name="u"), {"values": (True,)}, Boolean(name="u", values=(True,), default=True)),
        (
            RATE,
            {"default": 1e-2, "when": {"o": "sgd"}},
            Float(
                name="u", low=1e-4, high=1e-1, sampling="log", default=1e-2,
                when=(Condition("o", ("sgd",)),),
            ),
        ),
    ],
)  # fmt: skip
def test_overrides(own: Any, spec: Any, wanted: Any) -> None:
    assert override(own, ParameterSpec(**spec)) == wanted


@pytest.mark.parametrize(
    ("own", "spec", "message"),
    [
        (UNITS, {"value": 1.5}, "asks for an integer"),
        (RATE, {"value": "big"}, "asks for a number"),
        (OPTIMIZER, {"values": ("sdg",)}, "did you mean 'sgd'"),
        (OPTIMIZER, {"min": 1, "max": 2}, "give `values`"),
        (NUMBERS, {"min": 1, "max": 2.5}, "chooses from whole numbers, but the study gives a"),
        (Boolean(name="u"), {"min": 0, "max": 1}, "give `values`"),
        (Fixed(name="u", value=1), {"min": 1, "max": 2}, "fixed by the builder"),
        (UNITS, {"min": 100}, "min"),
    ],
)
def test_overrides_that_do_not_fit(own: Any, spec: Any, message: str) -> None:
    with pytest.raises(SpaceError, match=message):
        override(own, ParameterSpec(**spec))


def test_the_studys_condition_leaves_the_builder_its_default() -> None:
    specs = {"momentum": ParameterSpec(min=0.5, max=0.9, when={"opt": "sgd"})}
    hp = TrialHyperParameters({"opt": "adam"}, specs)
    hp.Choice("opt", ["adam", "sgd"])
    assert hp.Float("momentum", 0.0, 1.0) == 0.5
    assert hp.params == {"opt": "adam"}


def test_a_replay_brings_its_space_for_keras_tuner() -> None:
    sgd = (Condition("optimizer", ("sgd",)),)
    space = SearchSpace(
        (
            Choice(name="optimizer", values=("adam", "sgd")),
            Float(name="momentum", low=0.0, high=0.9, when=sgd),
        )
    )
    params = {"optimizer": "sgd", "momentum": 0.5}
    hp = replay(space, params)
    told = keras_tuner.HyperParameters.from_config(hp.get_config())
    assert [h.name for h in told.space] == ["optimizer", "momentum"]
    assert told.get("momentum") == 0.5
    # A study's conditions are not the builder's: what is listed is not listed again.
    hp.Choice("optimizer", ["adam", "sgd"])
    with hp.conditional_scope("optimizer", ["sgd", "other"]):
        assert hp.Float("momentum", 0.0, 0.9) == 0.5
    assert [h.name for h in hp.space] == ["optimizer", "momentum"]


def test_a_replay_leaves_out_what_keras_tuner_cannot_say() -> None:
    unless = (Condition("norm", (None,)),)
    space = SearchSpace(
        (
            Choice(name="norm", values=(None, "batch")),
            Int(name="units", low=2, high=4, when=unless),
        )
    )
    hp = replay(space, {"norm": None, "units": 3})
    assert list(hp.space) == []
    assert hp.Int("units", 2, 4) == 3
