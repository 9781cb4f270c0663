"""Tables of strategies, Optuna's samplers and pruners, a row for each name that a study may give.

Names, JSON Schema, error messages and the rules that depend on what a strategy can do all come
from these rows. A new strategy needs a file in `tuneit/strategies/` and a row here, a new pruner a
file in `tuneit/strategies/pruners/` and a row here. A study may also name a strategy or sampler
class of the user's own, but no pruner.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class StrategyEntry:
    """What a strategy is and can do. Its options are the fields of its class."""

    implementation: str
    """`module:Class`, imported only when a search begins, as some need scikit-learn or Optuna."""

    summary: str = ""
    """How it proposes, in a few words."""

    in_rounds: bool = False
    """It may propose many trials at once without losing quality: its proposals do not depend on
    results, or it waits by itself for the results that it needs."""

    single_objective: bool = False
    """It ranks trials by one number."""

    takes_sampler: bool = False
    """It passes its options on to the Optuna sampler that `sampler` names."""

    auto_pruner: str = "none"
    """The pruner that `pruning: auto` selects for long trials."""


STRATEGIES: Mapping[str, StrategyEntry] = {
    "grid": StrategyEntry(
        "tuneit.strategies.grid:Grid", "every point of a grid, in order", in_rounds=True
    ),
    "random": StrategyEntry(
        "tuneit.strategies.random:Random", "random configurations", in_rounds=True
    ),
    "bayesian": StrategyEntry(
        "tuneit.strategies.bayesian:Bayesian",
        "where a Gaussian process of the scores expects a gain",
        auto_pruner="asha",
    ),
    "hyperband": StrategyEntry(
        "tuneit.strategies.hyperband:Hyperband",
        "many short trainings, of which the best are continued, in several rounds",
        in_rounds=True,
        single_objective=True,
    ),
    "one_epoch": StrategyEntry(
        "tuneit.strategies.one_epoch:OneEpoch",
        "trainings of one epoch, of which the best are continued to the end",
        in_rounds=True,
        single_objective=True,
    ),
    "guided": StrategyEntry(
        "tuneit.strategies.guided:Guided",
        "what another strategy proposes, every other time moved as the best trial's verdict says",
        single_objective=True,
        auto_pruner="asha",
    ),
    "optuna": StrategyEntry(
        "tuneit.strategies.optuna_sampler:OptunaSampler",
        "what an Optuna sampler suggests",
        takes_sampler=True,
    ),
}


@dataclass(frozen=True)
class SamplerEntry:
    """An Optuna sampler of strategy optuna."""

    implementation: str
    """`module:Class`."""

    defaults: Mapping[str, Any] = field(default_factory=dict)
    """Options that tuneit sets unless the study sets them."""

    package: str | None = None
    """A package that it needs beside Optuna."""

    single_objective: bool = False
    """It ranks trials by one number."""


SAMPLERS: Mapping[str, SamplerEntry] = {
    # `group` makes a Parzen estimator for each set of hyperparameters that are active together, as
    # conditional spaces need; `constant_liar` serves trials that run at once.
    "tpe": SamplerEntry(
        "optuna.samplers:TPESampler",
        {
            "multivariate": True,
            "group": True,
            "constant_liar": True,
            "warn_independent_sampling": False,
        },
    ),
    "random": SamplerEntry("optuna.samplers:RandomSampler"),
    "gp": SamplerEntry(
        "optuna.samplers:GPSampler", {"warn_independent_sampling": False}, package="torch"
    ),
    "cmaes": SamplerEntry(
        "optuna.samplers:CmaEsSampler",
        {"warn_independent_sampling": False},
        package="cmaes",
        single_objective=True,
    ),
    # The unscrambled sequence starts where every range has its minimum.
    "qmc": SamplerEntry(
        "optuna.samplers:QMCSampler",
        {"scramble": True, "warn_asynchronous_seeding": False, "warn_independent_sampling": False},
    ),
    "nsga2": SamplerEntry("optuna.samplers:NSGAIISampler"),
    "nsga3": SamplerEntry("optuna.samplers:NSGAIIISampler"),
    "brute_force": SamplerEntry("optuna.samplers:BruteForceSampler"),
}


@dataclass(frozen=True)
class PrunerEntry:
    """What a pruner is and can do. Its options are the fields of its class."""

    implementation: str | None
    """`module:Class`; None for auto, which stands for another pruner."""

    summary: str
    """Which trials it stops, in a few words."""

    judges: Literal["epochs", "executions"] | None = "epochs"
    """Whether it decides after epochs or after executions; None if it never stops a trial."""

    waits: bool = False
    """It stops no trial until other trials are complete."""

    first_judged: Mapping[str, int] = field(default_factory=dict)
    """Options that are epochs. The first decision about a trial comes this many epochs after the
    option's value."""


_RULES = "tuneit.strategies.pruners"

PRUNERS: Mapping[str, PrunerEntry] = {
    "auto": PrunerEntry(
        None,
        "asha if strategy bayesian optimises one objective in trials of at least 10 epochs, and "
        "then at least five trials and a third of all run to their end; else none",
        judges=None,
    ),
    "none": PrunerEntry(f"{_RULES}.never:Never", "no trial", judges=None),
    "median": PrunerEntry(
        f"{_RULES}.percentile:Median",
        "those below the median of the complete trials",
        waits=True,
        first_judged={"n_warmup_steps": 1},
    ),
    "percentile": PrunerEntry(
        f"{_RULES}.percentile:Percentile",
        "those below a percentile of the complete trials",
        waits=True,
        first_judged={"n_warmup_steps": 1},
    ),
    "hyperband": PrunerEntry(
        f"{_RULES}.hyperband:Hyperband",
        "as asha, in brackets that begin to compare at different epochs",
        first_judged={"min_resource": 0},
    ),
    "asha": PrunerEntry(
        f"{_RULES}.asha:Asha",
        "those not among the best third after 1, 3, 9, … epochs",
        first_judged={"min_resource": 0},
    ),
    "one_epoch": PrunerEntry(
        f"{_RULES}.one_epoch:OneEpoch",
        "those not among the best three after one epoch",
        first_judged={"epochs": 0},
    ),
    "patient": PrunerEntry(
        f"{_RULES}.patient:Patient",
        "those without a gain for some epochs",
        first_judged={"patience": 1},
    ),
    "threshold": PrunerEntry(
        f"{_RULES}.threshold:Threshold",
        "those whose objective leaves given bounds",
        first_judged={"n_warmup_steps": 1},
    ),
    "wilcoxon": PrunerEntry(
        f"{_RULES}.wilcoxon:Wilcoxon",
        "those whose executions or folds are worse than those of the best trial",
        judges="executions",
        waits=True,
    ),
}


def summaries(entries: Mapping[str, StrategyEntry] | Mapping[str, PrunerEntry]) -> str:
    """Every name with its summary, as the JSON Schema describes the key."""
    return "; ".join(f"{name}: {entry.summary}" for name, entry in entries.items())
