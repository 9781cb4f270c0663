"""What a study optimises: one metric or several, of which the first is the primary one."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, Tag

from tuneit.errors import one_of
from tuneit.study.catalogue import SAMPLERS, STRATEGIES
from tuneit.study.part import Path, shorthand
from tuneit.study.search import ObjectiveSpec
from tuneit.trials import BUILT_IN

MOST = 6
"""The most objectives. With more, hardly any trial is worse than another in all of them."""

_One = Annotated[
    ObjectiveSpec,
    BeforeValidator(shorthand("metric"), json_schema_input_type=str | ObjectiveSpec),
]
# `objective_problems` counts the objectives, as pydantic would not count those that are invalid.
_Several = Annotated[
    tuple[_One, ...],
    Field(strict=False, json_schema_extra={"minItems": 1, "maxItems": MOST}),
]


def _form(value: Any) -> str:
    return "several" if isinstance(value, (list, tuple)) else "one"


Objectives = Annotated[
    Annotated[_One, Tag("one")] | Annotated[_Several, Tag("several")], Discriminator(_form)
]
"""A metric, `{metric, goal}`, or a list of two to six of them, the primary one first."""


def as_tuple(given: ObjectiveSpec | tuple[ObjectiveSpec, ...]) -> tuple[ObjectiveSpec, ...]:
    """The objectives in order, also if there is only one."""
    return given if isinstance(given, tuple) else (given,)


def objective_problems(
    given: ObjectiveSpec | tuple[ObjectiveSpec, ...],
) -> list[tuple[Path, str]]:
    """The broken rules between objectives, each with its position in the list."""
    specs = as_tuple(given)
    if not specs:
        return [((), "the list is empty: name the metric to optimise, such as val_accuracy")]
    first: Path = (0,) if isinstance(given, tuple) else ()
    problems: list[tuple[Path, str]] = []
    if specs[0].metric in BUILT_IN:
        problems.append(
            (
                first,
                f"'{specs[0].metric}' cannot be the first objective, by which the best epoch is "
                "found: put a metric that training reports before it, as in "
                f"[val_accuracy, {specs[0].metric}]",
            )
        )
    if len(specs) > MOST:
        why = "with more, hardly any trial is worse than another in all of them"
        problems.append(
            ((), f"a study has at most {MOST} objectives ({why}), but these are {len(specs)}")
        )
    names = [spec.metric for spec in specs]
    problems += [
        ((index,), f"'{name}' is an objective already: name it once")
        for index, name in enumerate(names)
        if name in names[:index]
    ]
    return problems


def several_problems(
    count: int, strategy: str, sampler: str | None, pruning: str
) -> list[tuple[Path, str]]:
    """The settings of a study that do not work with `count` objectives."""
    if count < 2:
        return []
    problems: list[tuple[Path, str]] = []
    if pruning != "none":
        problems.append(
            (
                ("pruning",),
                f"pruning {pruning} compares trials by one objective, but there are {count}, and a "
                "trial that is behind in one may lead in another: remove it, or all objectives "
                "but the first",
            )
        )
    if strategy in STRATEGIES and STRATEGIES[strategy].single_objective:
        problems.append((("strategy",), _one_objective(f"strategy {strategy}", count)))
    if sampler is not None and sampler in SAMPLERS and SAMPLERS[sampler].single_objective:
        problems.append((("strategy", "sampler"), _one_objective(f"sampler {sampler}", count)))
    return problems


def _one_objective(who: str, count: int) -> str:
    suited = {name: entry for name, entry in STRATEGIES.items() if not entry.single_objective}
    alone = [name for name, entry in suited.items() if not entry.takes_sampler]
    samplers = [name for name, entry in SAMPLERS.items() if not entry.single_objective]
    return (
        f"{who} searches for one objective, but there are {count}: choose {one_of(alone)}, or "
        f"optuna with sampler {one_of(samplers)}"
    )
