"""Every name has an explanation, made from the tables, which the rules themselves bear out."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

import pytest

import tuneit
from tuneit.diagnosis import diagnose_curve
from tuneit.diagnosis.check import Limit, RatioLimit
from tuneit.diagnosis.checks import CHECKS
from tuneit.diagnosis.explanations import Kind, explain, explanations
from tuneit.diagnosis.explanations.source import rule_of
from tuneit.diagnosis.explanations.study_keys import study_keys
from tuneit.errors import InputError
from tuneit.findings import Reference, Verdict
from tuneit.findings.actions import ACTIONS
from tuneit.findings.observations import OBSERVATIONS
from tuneit.study import Study

EXAMPLES = [name for name, e in explanations().items() if e.example is not None]


def test_every_verdict_finding_and_action_is_explained() -> None:
    assert {*Verdict, *OBSERVATIONS, *ACTIONS, *CHECKS} <= set(explanations())
    for e in explanations().values():
        assert e.meaning.endswith((".", ")", "null")), e.name
        assert e.advice
        assert all(e.advice), e.name
        if e.kind is not Kind.KEY:
            assert e.refuted_by, e.name
        if e.kind in (Kind.VERDICT, Kind.FINDING):
            assert e.rule is not None
            assert e.rule.words, e.name
        assert set(e.related) <= set(explanations()), e.name
        assert max(map(len, str(e).splitlines())) <= 80, e.name


def test_every_study_key_is_explained() -> None:
    keys = set(study_keys())
    assert set(Study.model_fields) <= keys
    assert {"budget.trials", "data.split.test", "parameters.NAME.min", "objective.metric"} <= keys
    schema = str(Study.model_json_schema())
    assert {key.rpartition(".")[2] for key in keys} == property_names(Study.model_json_schema()), (
        schema
    )
    assert explain("budget.trials").meaning == study_keys()["budget.trials"].means
    assert "integer > 0" in explain("budget.trials").advice[0]
    assert "default: 0" in explain("seed").advice
    assert "default: required" in explain("model").advice


def property_names(node: Any) -> set[str]:
    """All keys that a schema names, wherever in it."""
    if isinstance(node, list):
        return set().union(*map(property_names, node))
    if not isinstance(node, dict):
        return set()
    own = set(node["properties"]) if isinstance(node.get("properties"), dict) else set()
    return own.union(*map(property_names, node.values()))


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_example_is_diagnosed_as_what_it_is_an_example_of(name: str) -> None:
    explanation = explain(name)
    example, curve = explanation.example, explanation.curve
    assert example is not None
    assert curve is not None
    reference = Reference(metric=example.metric, target=example.target)
    diagnosis = diagnose_curve(curve, reference)
    if explanation.kind is Kind.VERDICT:
        assert diagnosis.verdict == name
    else:
        assert diagnosis.finding(explanation.example_of or name) is not None
    if explanation.kind is Kind.ACTION:
        assert explanation.example_of in explanation.related


def test_every_verdict_has_an_example() -> None:
    assert {*Verdict} <= set(EXAMPLES)


def test_the_numbers_are_those_of_the_limits() -> None:
    shown = 0
    for name, check in CHECKS.items():
        module: Any = import_module(check.__module__)  # type: ignore[attr-defined]
        rule = explain(name).rule
        assert rule is not None
        for number in rule.numbers:
            if isinstance(own := getattr(module, number.name, None), Limit | RatioLimit):
                assert number.value == own
                assert number.shown.split()[0] == f"{own.at:g}"
                shown += 1
    assert shown > 40


def test_numbers_of_modules_that_load_keras_are_read_from_their_source() -> None:
    rule = rule_of("training.probes.gradient_flow:vanishing")
    vanished = next(n for n in rule.numbers if n.name == "VANISHED")
    assert vanished.value == 1e-3
    assert "AutoTrainer" in vanished.words
    assert "Hochreiter" in rule.words


def test_settings_named_in_the_advice_exist() -> None:
    said = " ".join(line for e in OBSERVATIONS.values() for line in (e.advice,))
    assert set(re.findall(r"`(data\.\w+)", said)) <= set(study_keys())


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("not converged", "not_converged"),
        ("Not-Converged", "not_converged"),
        ("study.budget.trials", "budget.trials"),
        ("study.early_stopping", "study.early_stopping"),
        ("early_stopping", "early_stopping"),
    ],
)
def test_spelling(given: str, name: str) -> None:
    assert tuneit.explain(given).name == name


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("overfiting", " - did you mean 'overfitting'?"),
        ("patience", " - did you mean early_stopping.patience or stopping.patience?"),
        ("", "is no verdict, finding, action or study key"),
    ],
)
def test_unknown_names(given: str, meant: str) -> None:
    with pytest.raises(InputError, match=re.escape(meant)):
        explain(given)
