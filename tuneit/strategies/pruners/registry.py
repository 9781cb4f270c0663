"""Make the pruner that a study names, by its row in `tuneit.study.catalogue`."""

from __future__ import annotations

from typing import Any

from tuneit.errors import PruningError, did_you_mean, one_of
from tuneit.strategies.options import class_of, with_options
from tuneit.strategies.pruners.pruner import Pruner
from tuneit.strategies.pruners.quota import Quota
from tuneit.strategies.pruners.rule import Rule
from tuneit.strategies.pruners.wilcoxon import Wilcoxon
from tuneit.study import PRUNERS, PruningSpec
from tuneit.trials import Objective

RULES: dict[str, str] = {
    name: entry.implementation
    for name, entry in PRUNERS.items()
    if entry.implementation is not None and entry.judges != "executions"
}
"""Rules that are asked after each epoch."""


def make_pruner(
    spec: PruningSpec,
    objective: Objective,
    epochs: int | None = None,
    quota: Quota | None = None,
) -> Pruner | Wilcoxon:
    """Make the pruner that a study names; `epochs` is a trial's budget, if it is known.

    A rule that decides after epochs respects the `quota`, if there is one. Raises PruningError for
    a name or an option that does not exist, or a value that is not allowed.
    """
    if spec.entry.judges != "executions":
        rule = make_rule(spec.name, spec.options)
        return Pruner(rule, objective, spec.min_epochs, epochs, quota)
    given = {"objective": objective}
    cls, what = class_of(str(spec.entry.implementation)), f"pruning {spec.name}"
    made: Wilcoxon = with_options(cls, what, spec.options, given, error=PruningError)
    return made


def make_rule(name: str, options: dict[str, Any]) -> Rule:
    """Make the rule of that name with its options, as `make_pruner` does."""
    if name not in RULES:
        raise PruningError(
            f"a pruner is {one_of(RULES)}, not '{name}'{did_you_mean(name, RULES)}",
            at=("pruning", "name"),
        )
    cls = class_of(RULES[name])
    given = {"make_rule": make_rule} if "make_rule" in cls.__dataclass_fields__ else {}
    rule: Rule = with_options(cls, f"pruning {name}", options, given, error=PruningError)
    return rule
