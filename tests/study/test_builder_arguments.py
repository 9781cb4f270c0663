from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from tuneit.errors import BuilderError, SpaceError
from tuneit.study import ParameterSpec
from tuneit.study.builder_arguments import mismatches, takes_hp

UNITS = {"units": ParameterSpec(min=1, max=9)}


@pytest.mark.parametrize(
    ("function", "specs", "expected"),
    [
        (lambda hp: hp, UNITS, True),
        (lambda hparams, depth=1: hparams, {}, True),
        (lambda h: h, UNITS, True),
        (lambda units: units, UNITS, False),
        (lambda unit: unit, UNITS, False),
        (lambda units, depth: units, {}, False),
        (lambda *, hp: hp, {}, False),
        (lambda **kw: kw, UNITS, False),
        (lambda: None, {}, False),
    ],
)
def test_who_takes_hp(function: Callable[..., Any], specs: Any, expected: bool) -> None:
    assert takes_hp(inspect.signature(function).parameters, specs) is expected


@pytest.mark.parametrize(
    ("function", "specs", "found"),
    [
        (lambda units, depth=2: units, UNITS, []),
        (lambda unit: unit, UNITS,
         [(("parameters", "units"), BuilderError, "did you mean 'unit'")]),
        (lambda depth=1: depth, UNITS, [(("parameters", "units"), BuilderError, "it takes depth")]),
        (lambda: None, UNITS, [(("parameters", "units"), BuilderError, "it takes none")]),
        (lambda units, depth: units, UNITS, [(("parameters",), BuilderError, "needs 'depth'")]),
        (lambda a, b: a, {},
         [(("model",), BuilderError, "'a'"), (("model",), BuilderError, "'b'")]),
        (lambda unit, **kw: unit, UNITS, [(("parameters",), BuilderError, "needs 'unit'")]),
        (lambda units: units, {"units": ParameterSpec(min=1)},
         [(("parameters", "units"), SpaceError, "needs min and max")]),
        (lambda units: units, {**UNITS, "batch_size": ParameterSpec(values=(8, 16))}, []),
    ],
)  # fmt: skip
def test_mismatches(function: Callable[..., Any], specs: Any, found: list[Any]) -> None:
    told = list(mismatches("build", inspect.signature(function).parameters, specs))
    assert [(m.path, m.kind) for m in told] == [(path, kind) for path, kind, _ in found]
    assert all(words in m.message for m, (_, _, words) in zip(told, found, strict=True))
