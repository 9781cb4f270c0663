from __future__ import annotations

import json
import math

import numpy as np
import pytest
from builders import a_space
from hypothesis import assume, given
from hypothesis import strategies as st

from tuneit.errors import SpaceError
from tuneit.space import (
    Boolean,
    Choice,
    Condition,
    Fixed,
    Float,
    Int,
    Parameter,
    Scalar,
    SearchSpace,
    params_key,
)

ends = st.floats(-1e6, 1e6, allow_nan=False).map(lambda v: float(f"{v:.6g}"))
positive_ends = st.floats(1e-8, 1e6).map(lambda v: float(f"{v:.6g}"))
units = st.floats(0, 1)


@st.composite
def floats(draw: st.DrawFn, name: str = "p") -> Float:
    sampling = draw(st.sampled_from(["linear", "log", "reverse_log"]))
    low, high = sorted(draw(st.tuples(*[ends if sampling == "linear" else positive_ends] * 2)))
    step = None
    if draw(st.booleans()):
        linear = st.floats(max(1e-3, (high - low) / 40), max(1.0, high - low))
        step = float(f"{draw(linear if sampling == 'linear' else st.floats(1.5, 10)):.4g}")
    return Float(name=name, low=low, high=high, step=step, sampling=sampling)


@st.composite
def ints(draw: st.DrawFn, name: str = "p") -> Int:
    sampling = draw(st.sampled_from(["linear", "log", "reverse_log"]))
    least = -50 if sampling == "linear" else 1
    low, high = sorted(draw(st.tuples(*[st.integers(least, 200)] * 2)))
    step = draw(st.none() | st.integers(1 if sampling == "linear" else 2, 30))
    return Int(name=name, low=low, high=high, step=step, sampling=sampling)


scalars = st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.text("ab", max_size=2))


@st.composite
def choices(draw: st.DrawFn, name: str = "p") -> Choice:
    values = draw(
        st.lists(scalars, min_size=1, max_size=5, unique_by=lambda v: (isinstance(v, bool), v))
    )
    return Choice(name=name, values=tuple(values))


def parameters(name: str = "p") -> st.SearchStrategy[Parameter]:
    return st.one_of(
        floats(name),
        ints(name),
        choices(name),
        st.just(Boolean(name=name)),
        scalars.map(lambda value: Fixed(name=name, value=value)),
    )


@st.composite
def spaces(draw: st.DrawFn, small: bool = False) -> SearchSpace:
    chosen: list[Parameter] = []
    for index in range(draw(st.integers(0, 3 if small else 5))):
        parameter = draw(parameters(f"p{index}"))
        assume(not small or parameter.grid_count <= 12)
        if chosen and draw(st.booleans()):
            parent = draw(st.sampled_from(chosen))
            points = st.sampled_from(list(parent.points())[:50])
            values = tuple(draw(st.lists(points, min_size=1, max_size=2)))
            when = (Condition(parent.name, values),)
            parameter = type(parameter)(**{**vars(parameter), "when": when})
        chosen.append(parameter)
    return SearchSpace(tuple(chosen))


@given(parameters(), units)
def test_every_point_of_the_unit_axis_is_a_value(parameter: Parameter, unit: float) -> None:
    assert parameter.contains(parameter.from_unit(unit))


@given(parameters(), units)
def test_a_value_returns_from_the_unit_axis(parameter: Parameter, unit: float) -> None:
    value = parameter.from_unit(unit)
    position = parameter.to_unit(value)
    assert 0 <= position <= 1
    again = parameter.from_unit(position)
    if isinstance(value, float) and isinstance(parameter, Float):
        scale = max(abs(parameter.low), abs(parameter.high))
        assert math.isclose(again, value, rel_tol=1e-9, abs_tol=1e-9 * scale)
    else:
        assert again == value
        assert type(again) is type(value)


@given(parameters())
def test_points_are_distinct_values_and_as_many_as_said(parameter: Parameter) -> None:
    points = list(parameter.points())
    assert len(points) == parameter.grid_count
    assert len(params_set({"p": point} for point in points)) == len(points)
    assert all(parameter.contains(point) for point in points)


@given(parameters())
def test_both_ends_of_the_unit_axis_are_the_first_and_last_point(parameter: Parameter) -> None:
    points = list(parameter.points())
    assert parameter.from_unit(0.0) == points[0]
    assert parameter.from_unit(1.0) == points[-1]


@given(spaces(), st.integers(0, 2**32))
def test_samples_lie_in_the_space(space: SearchSpace, seed: int) -> None:
    params = space.sample(np.random.default_rng(seed))
    assert space.contains(params)
    assert space.restrict({**params, "stranger": 1}) == params


@given(spaces())
def test_defaults_lie_in_the_space(space: SearchSpace) -> None:
    assume(all(p.contains(p.default) for p in space))
    assert space.contains(space.defaults())


@given(spaces(small=True))
def test_the_grid_has_as_many_distinct_points_as_said(space: SearchSpace) -> None:
    grid = list(space.grid())
    assert len(grid) == space.grid_size
    assert len(params_set(grid)) == len(grid)
    assert all(space.contains(params) for params in grid)
    if all(p.count == p.grid_count for p in space):
        assert space.size == len(grid)


@given(spaces())
def test_a_space_returns_from_json(space: SearchSpace) -> None:
    assert SearchSpace.from_list(json.loads(json.dumps(space.to_list()))) == space


def params_set(many: object) -> set[object]:
    return {params_key(params) for params in many}  # type: ignore[attr-defined]


def test_size_counts_a_logarithmic_parent_by_its_integers_not_by_its_grid() -> None:
    depth = Int(name="depth", low=1, high=1000, sampling="log")
    extra = Boolean(name="extra", when=(Condition("depth", (1, 2)),))
    assert SearchSpace((depth, extra)).size == 998 + 2 * 2


def test_a_stepped_float_reaches_its_maximum_in_plain_decimals() -> None:
    points = Float(name="p", low=0, high=1, step=0.2).points()
    assert points == (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    assert Float(name="p", low=-100, high=100, step=0.1).from_unit(0.49999) == -0.0
    logs = Float(name="p", low=1e-4, high=1e-1, step=10, sampling="log").points()
    assert logs == (1e-4, 1e-3, 1e-2, 1e-1)


def test_a_wide_integer_range_is_not_listed() -> None:
    assert Int(name="p", low=1, high=10**12).grid_count == 10**12


@pytest.mark.parametrize(
    ("parameter", "words"),
    [
        (Int(name="p", low=16, high=128, step=16), "int 16 to 128, step 16"),
        (Float(name="p", low=1e-5, high=0.1, sampling="log"), "float 1e-05 to 0.1, log scale"),
        (Float(name="p", low=1, high=2, sampling="reverse_log"), "float 1 to 2, reverse log scale"),
        (Int(name="p", low=1, high=1234567), "int 1 to 1234567"),
        (Choice(name="p", values=("adam", None, 3)), "one of adam, None, 3"),
        (Choice(name="p", values=tuple("abcdefghijklm")),
         "one of a, b, c, d, e, f, g, h, i, j, k, l, … (13 values)"),
        (Boolean(name="p"), "one of False, True"),
        (Fixed(name="p", value="relu"), "fixed at relu"),
    ],
)  # fmt: skip
def test_a_hyperparameter_describes_itself(parameter: Parameter, words: str) -> None:
    assert parameter.describe() == words


@pytest.mark.parametrize(
    ("parameter", "value", "nearest"),
    [
        (Int(name="p", low=16, high=128, step=16), 50, 48),
        (Int(name="p", low=16, high=128), 1000, 128),
        (Float(name="p", low=0, high=1, step=0.3), 0.31, 0.3),
        (Float(name="p", low=0, high=1), "a", "a"),
        (Float(name="p", low=0, high=1), None, None),
        (Float(name="p", low=0, high=1), math.inf, math.inf),
        (Float(name="p", low=0, high=1), True, True),
        (Choice(name="p", values=(1, 2)), 3, 3),
        (Fixed(name="p", value=4), 5, 4),
    ],
)
def test_the_nearest_value(parameter: Parameter, value: Scalar, nearest: Scalar) -> None:
    found = parameter.nearest(value)
    assert (found, type(found)) == (nearest, type(nearest))


@pytest.mark.parametrize(
    ("parameter", "value", "own"),
    [
        (Int(name="p", low=1, high=9), 3.0, 3),
        (Float(name="p", low=1, high=9), 3, 3.0),
        (Float(name="p", low=0, high=1, step=0.1), 0.1 + 0.2, 0.3),
        (Choice(name="p", values=(True, 1)), 1.0, 1),
        (Fixed(name="p", value=4), 4.0, 4),
    ],
)
def test_a_value_is_written_as_the_parameter_has_it(
    parameter: Parameter, value: Scalar, own: Scalar
) -> None:
    found = parameter.canonical(value)
    assert (found, type(found)) == (own, type(own))


@pytest.mark.parametrize(
    ("parameter", "bounds", "extremes"),
    [
        (Int(name="p", low=1, high=9), (1, 9), (1.0, 9.0)),
        (Choice(name="p", values=(16, 64, 32)), None, (16.0, 64.0)),
        (Choice(name="p", values=("a", 1)), None, None),
        (Boolean(name="p"), None, None),
        (Fixed(name="p", value=4), None, (4.0, 4.0)),
        (Fixed(name="p", value="x"), None, None),
    ],
)
def test_ends_of_hyperparameters(parameter: Parameter, bounds: object, extremes: object) -> None:
    assert (parameter.bounds, parameter.extremes) == (bounds, extremes)


@given(parameters())
def test_a_default_is_no_part_of_what_is_compared(parameter: Parameter) -> None:
    fresh = parameter.without_default()
    assert fresh.points() == parameter.points()
    assert fresh.without_default() == fresh


def test_true_is_not_one() -> None:
    choice = Choice(name="p", values=(1, True, "1"))
    assert [choice.to_unit(v) for v in (1, True, "1")] == [1 / 6, 0.5, 5 / 6]
    assert not Boolean(name="p").contains(1)
    assert not Condition("p", (True,)).holds({"p": 1})
    assert Condition("p", (1,)).holds({"p": 1.0})


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Float(name="p", low=2, high=1),
            "hyperparameter 'p': min <= max must hold, but min is 2.0 and max is 1.0",
        ),
        (
            lambda: Float(name="p", low=0, high=1, sampling="log"),
            "hyperparameter 'p': a log range needs min > 0, but min is 0.0; "
            "raise min or use a linear range",
        ),
        (
            lambda: Float(name="p", low=0, high=math.inf),
            "hyperparameter 'p': max must be finite (to 1e300), but is inf",
        ),
        (
            lambda: Float(name="p", low=math.nan, high=1),
            "hyperparameter 'p': min must be finite (to 1e300), but is nan",
        ),
        (
            lambda: Float(name="p", low=0, high=10**400),
            "hyperparameter 'p': max must be finite (to 1e300), but is 1" + "0" * 400,
        ),
        (
            lambda: Float(name="p", low=0, high=1, step=0),
            "hyperparameter 'p': step must be above 0, but is 0.0",
        ),
        (
            lambda: Float(name="p", low=1, high=10, step=1, sampling="log"),
            "hyperparameter 'p': step must be above 1 (it multiplies), but is 1.0",
        ),
        (
            lambda: Float(name="p", low=0, high=1, step=1e-300),
            "hyperparameter 'p': step must be large enough to tell values near 1.0 apart, "
            "but is 1e-300",
        ),
        (
            lambda: Int(name="p", low=0.5, high=3),
            "hyperparameter 'p': min of an integer range must be a whole number (to 2^53), "
            "but is 0.5",
        ),
        (
            lambda: Int(name="p", low=0, high=math.inf),
            "hyperparameter 'p': max of an integer range must be a whole number (to 2^53), "
            "but is inf",
        ),
        (
            lambda: Float(name="p", low=1, high=3, sampling="logarithmic"),  # type: ignore[arg-type]
            "hyperparameter 'p': sampling must be linear, log or reverse_log, but is 'logarithmic'",
        ),
        (
            lambda: Int(name="p", low="1", high=3),  # type: ignore[arg-type]
            "hyperparameter 'p': min must be a number, but is '1'",
        ),
        (
            lambda: Float(name="p", low=0, high=1, step="fine"),  # type: ignore[arg-type]
            "hyperparameter 'p': step must be a number, but is 'fine'",
        ),
        (
            lambda: Choice(name="p", values=([1, 2], [3])),  # type: ignore[arg-type]
            "hyperparameter 'p': values must be numbers, texts, booleans or None, but [1, 2] is a "
            "list: choose a name, and look up the object in the builder",
        ),
        (lambda: Choice(name="p", values=()), "hyperparameter 'p': values must not be empty"),
        (
            lambda: Choice(name="p", values=(1, 1.0)),
            "hyperparameter 'p': values must differ, but 1.0 is there twice in [1, 1.0]",
        ),
        (
            lambda: SearchSpace((Int(name="p", low=1, high=2, when=(Condition("q", (1,)),)),)),
            "hyperparameter 'p' depends on 'q', which no hyperparameter before it is called",
        ),
    ],
)
def test_contradictions_are_told(make: object, message: str) -> None:
    with pytest.raises(SpaceError) as caught:
        make()  # type: ignore[operator]
    assert str(caught.value) == message


def test_conditions_decide_what_exists() -> None:
    space = a_space()
    with_sgd = {
        "learning_rate": 0.01,
        "units": 32,
        "norm": False,
        "optimizer": "sgd",
        "momentum": 0.3,
        "batch_size": 32,
    }
    assert space.contains(with_sgd)
    assert not space.contains({**with_sgd, "optimizer": "adam"})
    assert "momentum" not in space.restrict({**with_sgd, "optimizer": "adam"})
    assert space.grid_size == 10 * 4 * 2 * (1 + 4)
    assert space.size is None


def test_with_parameters_appends_only_what_is_new() -> None:
    space = a_space()
    late = Int(name="late", low=1, high=2)
    assert space.with_parameters(space.parameters) is space
    assert space.with_parameters([late]).names[-1] == "late"
