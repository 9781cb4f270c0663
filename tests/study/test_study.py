from __future__ import annotations

from typing import Any

import pytest
from builders import a_study, study_values
from pydantic import ValidationError

from tuneit.space import Boolean, Choice, Fixed, Float, Int
from tuneit.study import PRUNERS, RESERVED, STRATEGIES, ParameterSpec, Study, parse_seconds
from tuneit.study.part import study_name
from tuneit.trials import BUILT_IN, infer_goal


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("10m", 600), ("1.5h", 5400), ("1h30m", 5400), ("2d", 172800), ("1 h 5 s", 3605)],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "10", "10x", "m", "1h and 2m", "-5m"])
def test_durations_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="a duration is a number with s, m, h or d"):
        parse_seconds(text)


@pytest.mark.parametrize(
    ("text", "size"),
    [("4GB", 4 * 10**9), ("1.5 GB", 15 * 10**8), ("2GiB", 2**31), ("9MB", 9 * 10**6)],
)
def test_sizes(text: str, size: int) -> None:
    study = a_study(max_memory=text)
    assert study.max_memory == a_study(max_memory=size).max_memory == size
    assert study.in_processes


@pytest.mark.parametrize("size", ["4", "4G", "GB", "-4GB", "1GB 2MB", "0GB", 0, 1.5, True])
def test_sizes_that_are_none(size: Any) -> None:
    with pytest.raises(ValidationError, match="max_memory"):
        a_study(max_memory=size)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_lone_name_is_a_strategy(strategy: str) -> None:
    assert a_study(strategy=strategy) == a_study(strategy={"name": strategy})


@pytest.mark.parametrize("pruner", PRUNERS)
def test_a_lone_name_is_a_pruner(pruner: str) -> None:
    budget = {"trials": 9, "executions": 5}
    lone, full = (a_study(pruning=p, budget=budget) for p in (pruner, {"name": pruner}))
    assert lone == full


@pytest.mark.parametrize(
    ("changes", "trainings", "least"),
    [
        ({}, 1, 5),
        ({"budget": {"trials": 9, "executions": 4}}, 4, 5),
        ({"pruning": {"name": "wilcoxon", "options": {"p_threshold": 0.3}}}, 1, 3),
    ],
)
def test_wilcoxon_needs_executions_or_folds(
    changes: dict[str, Any], trainings: int, least: int
) -> None:
    said = f"but each trial has {trainings}: set `budget.executions` or .* to at least {least}"
    with pytest.raises(ValidationError, match=said):
        a_study(**{"pruning": "wilcoxon", **changes})
    data = {"source": "sklearn", "name": "digits", "folds": 5}
    assert a_study(pruning="wilcoxon", data=data).pruning.name == "wilcoxon"


@pytest.mark.parametrize(
    "changes",
    [
        {"pruning": {"name": "asha", "min_epochs": 1}},
        {"pruning": {"name": "median", "options": {"n_warmup_steps": 0}}},
        {"pruning": {"min_epochs": 9}},
        {"pruning": {"name": "none", "min_epochs": 9}},
        {
            "pruning": {"name": "asha", "min_epochs": 9},
            "parameters": {"epochs": {"min": 5, "max": 20}},
        },
        {"pruning": "asha", "budget": {"trials": 3, "epochs": 1}},
    ],
)
def test_a_pruner_that_can_stop_someone_or_need_not_is_taken(changes: dict[str, Any]) -> None:
    # Trials of 2 epochs.
    a_study(**changes)


@pytest.mark.parametrize(
    "spec",
    [
        {"values": [16, 32.0, None]},
        {"value": 1},
        {"min": 8, "max": 64, "step": 2, "log": True},
        {"min": 8.0, "max": 64, "type": "int"},
        {"max": 64},
    ],
)
@pytest.mark.parametrize("name", ["batch_size", "epochs"])
def test_what_fit_counts_may_be_any_whole_number(name: str, spec: dict[str, Any]) -> None:
    assert name in a_study(parameters={name: spec}).parameters


def test_a_lone_metric_is_an_objective() -> None:
    objective = a_study(objective="val_loss").objective.resolve()
    assert (objective.metric, objective.goal) == ("val_loss", "minimize")


def test_defaults() -> None:
    study = Study.model_validate({k: v for k, v in study_values().items() if k != "name"})
    assert (study.name, study.seed, study.workers, study.trainer) == ("study", 0, 1, "auto")
    assert (study.strategy.name, study.pruning.name) == ("bayesian", "auto")
    assert study.early_stopping is not None


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({}, "asha"),
        ({"strategy": "random"}, "none"),
        ({"strategy": "hyperband"}, "none"),
        ({"budget": {"trials": 5, "epochs": 9}}, "none"),
        ({"objective": ["val_loss", "seconds"]}, "none"),
        ({"pruning": "none"}, "none"),
        ({"pruning": "median", "strategy": "grid"}, "median"),
        ({"pruning": {"min_epochs": 3}}, "asha"),
    ],
)
def test_auto_prunes_what_it_is_measured_for(fields: dict[str, Any], rule: str) -> None:
    study = a_study(**{"budget": {"trials": 5, "epochs": 10}, **fields})
    assert study.pruner.name == rule
    assert study.pruner.min_epochs == study.pruning.min_epochs


@pytest.mark.parametrize(
    ("spec", "parameter"),
    [
        ({"min": 1, "max": 3}, Int(name="p", low=1, high=3)),
        ({"min": 1, "max": 3.0}, Float(name="p", low=1, high=3)),
        ({"min": 1, "max": 3, "type": "float"}, Float(name="p", low=1, high=3)),
        ({"min": 0, "max": 1, "step": 0.5}, Float(name="p", low=0, high=1, step=0.5)),
        ({"min": 1, "max": 9, "log": True}, Int(name="p", low=1, high=9, sampling="log")),
        ({"values": ["a", "b"]}, Choice(name="p", values=("a", "b"))),
        ({"values": [1, 2]}, Choice(name="p", values=(1, 2), ordered=True)),
        ({"values": [1, 2], "ordered": False}, Choice(name="p", values=(1, 2))),
        ({"values": [1, 0]}, Choice(name="p", values=(1, 0), ordered=True)),
        ({"values": [True, False]}, Boolean(name="p", values=(True, False), default=True)),
        (
            {"values": [True, False], "default": False},
            Boolean(name="p", values=(True, False), default=False),
        ),
        ({"value": None}, Fixed(name="p", value=None)),
    ],
)
def test_a_spec_becomes_a_hyperparameter(spec: dict[str, Any], parameter: object) -> None:
    assert ParameterSpec.model_validate(spec).to_parameter("p") == parameter


@pytest.mark.parametrize("spec", [{"min": 1}, {"step": 2}, {"log": True}, {"default": 3}])
def test_a_spec_may_narrow_a_builders_own_range(spec: dict[str, Any]) -> None:
    assert not ParameterSpec.model_validate(spec).is_complete


def test_conditions_name_a_value_or_several() -> None:
    specs = a_study(
        parameters={
            "depth": {"min": 1, "max": 3},
            "second": {"value": 8, "when": {"depth": [2, 3]}},
            "third": {"value": 8, "when": {"depth": 3}},
        }
    ).parameters
    second, third = (specs[name].to_parameter(name) for name in ("second", "third"))
    assert second.is_active({"depth": 2})
    assert not third.is_active({"depth": 2})


@pytest.mark.parametrize(
    "fields",
    [
        {"budget": {"trials": True}},
        {"budget": {"trials": "3"}},
        {"workers": 0},
        {"strategy": {"name": "optuna", "options": {"gamma": min}}},
        {"strategy": {"name": "optuna", "options": {"deep": [{"er": object()}]}}},
        {"pruning": {"name": "asha", "options": {"x": object()}}},
        {"seed": 2**32},
        {"name": "a/b"},
        {"name": ""},
        {"name": "-a"},
        {"model": ":x"},
        {"model": "x"},
        {"diagnosis": {"target": float("inf")}},
        {"data": {"source": "csv", "path": "a", "target": "b", "delimiter": "ab"}},
        {"data": {"source": "images", "path": "a", "size": [8]}},
    ],
)
def test_what_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        a_study(**fields)


@pytest.mark.parametrize(
    ("parameter", "data"),
    [
        ({"values": ["none", "balanced"]}, {}),
        ({"values": ["none", "balanced", "given"]}, {"class_weight": {"0": 2}}),
        ({"value": "given"}, {"class_weight": "balanced", "task": "classification"}),
        ({"value": "balanced", "when": {"units": 8}}, {}),
        ({"default": "none"}, {}),  # of a builder's own choice
    ],
)
def test_class_weights_are_a_reserved_hyperparameter(
    parameter: dict[str, Any], data: dict[str, Any]
) -> None:
    study = a_study(
        parameters={"units": {"values": [8, 16]}, "class_weight": parameter},
        data={"source": "sklearn", "name": "digits", **data},
    )
    assert "class_weight" in study.parameters
    assert "class_weight" in RESERVED


@pytest.mark.parametrize("value", [None, True, 1.0, "None", ""])
def test_class_weights_of_other_kinds_are_refused(value: Any) -> None:
    with pytest.raises(ValidationError, match="may be balanced, given or none, but is"):
        a_study(parameters={"class_weight": {"values": ["none", value]}})


def test_a_study_is_frozen() -> None:
    with pytest.raises(ValidationError):
        a_study().seed = 3  # type: ignore[misc]


def test_several_objectives_the_first_leads() -> None:
    study = a_study(objective=["val_accuracy", {"metric": "speed", "goal": "maximize"}, "seconds"])
    assert [(o.metric, o.goal) for o in study.objectives] == [
        ("val_accuracy", "maximize"),
        ("speed", "maximize"),
        ("seconds", "minimize"),
    ]
    assert Study.model_validate(study.model_dump(exclude_unset=True)) == study
    assert len(a_study().objectives) == len(a_study(objective=["val_loss"]).objectives) == 1


@pytest.mark.parametrize("metric", BUILT_IN)
def test_what_is_measured_beside_the_training_is_better_when_lower(metric: str) -> None:
    assert infer_goal(metric) == "minimize"
    with pytest.raises(ValidationError, match="cannot be the first objective"):
        a_study(objective=metric)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("_build_wrapper", "build_wrapper"),
        ("<lambda>", "lambda"),
        ("größe x", "gr-e-x"),
        ("_", "study"),
    ],
)
def test_any_name_becomes_one_of_a_study(text: str, name: str) -> None:
    assert study_name(text) == name
    assert a_study(name=study_name("x" * 300)).name == "x" * 100


def test_a_cluster_may_be_an_address_alone() -> None:
    assert a_study().cluster is None
    lone = a_study(cluster="ray://head:10001")
    assert lone == a_study(cluster={"address": "ray://head:10001"})
    assert lone.in_processes
    whole = a_study(cluster={"resources": {"cpus": 2, "gpus": 0.5}}).cluster
    assert whole is not None
    assert (whole.address, str(whole.resources)) == ("auto", "2 CPUs and 0.5 GPUs")


@pytest.mark.parametrize(
    "cluster",
    ["head:10001", "ray://head", "", {"resources": {"gpus": 1.5}}, {"resources": {"cpus": 0}}],
)
def test_what_is_no_cluster(cluster: Any) -> None:
    with pytest.raises(ValidationError, match="cluster"):
        a_study(cluster=cluster)


@pytest.mark.parametrize(
    ("path", "source"), [("a/wine.csv", "csv"), ("wine.TSV.gz", "csv"), ("digits.npz", "npz")]
)
def test_a_files_ending_tells_the_source(path: str, source: str) -> None:
    arrays = {"x": "x", "y": "y"} if source == "npz" else {"target": "quality"}
    assert a_study(data={"path": path, **arrays}).data.source == source


def test_a_folder_tells_no_source() -> None:
    with pytest.raises(ValidationError, match="source"):
        a_study(data={"path": "photos"})
