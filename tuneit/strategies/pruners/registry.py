"""Pruners by name. A new rule is a class with `judge(standing)` and a line here."""

from __future__ import annotations

from typing import Any

from tuneit.errors import PruningError, did_you_mean, one_of
from tuneit.strategies.options import with_options
from tuneit.strategies.pruners.asha import Asha
from tuneit.strategies.pruners.hyperband import Hyperband
from tuneit.strategies.pruners.never import Never
from tuneit.strategies.pruners.one_epoch import OneEpoch
from tuneit.strategies.pruners.patient import Patient
from tuneit.strategies.pruners.percentile import Median, Percentile
from tuneit.strategies.pruners.pruner import Pruner
from tuneit.strategies.pruners.quota import Quota
from tuneit.strategies.pruners.rule import Rule
from tuneit.strategies.pruners.threshold import Threshold
from tuneit.strategies.pruners.wilcoxon import Wilcoxon
from tuneit.study import PruningSpec
from tuneit.trials import Objective

RULES: dict[str, type[Any]] = {
    "none": Never,
    "median": Median,
    "percentile": Percentile,
    "hyperband": Hyperband,
    "asha": Asha,
    "one_epoch": OneEpoch,
    "patient": Patient,
    "threshold": Threshold,
}


def make_pruner(
    spec: PruningSpec,
    objective: Objective,
    epochs: int | None = None,
    quota: Quota | None = None,
) -> Pruner | Wilcoxon:
    """Make the pruner that a study names; `epochs` is a trial's budget, if it is known.

    A rule that judges epochs keeps to the `quota`, if there is one.

    Raises PruningError for a name or an option that does not exist, or a value that makes no sense.
    """
    if spec.name == "wilcoxon":  # the one that judges executions rather than epochs
        given = {"objective": objective}
        made: Wilcoxon = with_options(
            Wilcoxon, "pruning wilcoxon", spec.options, given, error=PruningError
        )
        return made
    return Pruner(make_rule(spec.name, spec.options), objective, spec.min_epochs, epochs, quota)


def make_rule(name: str, options: dict[str, Any]) -> Rule:
    """Make the rule of that name with its options, as `make_pruner` does."""
    if name not in RULES:
        raise PruningError(f"a pruner is {one_of(RULES)}, not '{name}'{did_you_mean(name, RULES)}")
    given = {"make_rule": make_rule} if RULES[name] is Patient else {}
    rule: Rule = with_options(RULES[name], f"pruning {name}", options, given, error=PruningError)
    return rule
