"""How a study searches: objective, strategy, budget, pruning, early stopping."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field, PositiveInt, field_validator, model_validator

from tuneit.errors import ObjectiveError, did_you_mean, one_of
from tuneit.study.catalogue import (
    PRUNERS,
    SAMPLERS,
    STRATEGIES,
    PrunerEntry,
    StrategyEntry,
    summaries,
)
from tuneit.study.part import FilePath, Name, Part, Path, Seconds, can_be_imported
from tuneit.trials import Goal, Objective

if TYPE_CHECKING:
    StrategyName = str
    PrunerName = str
else:  # what pydantic checks and the JSON Schema lists
    StrategyName = Literal[tuple(STRATEGIES)]
    PrunerName = Literal[tuple(PRUNERS)]

OwnStrategy = Annotated[
    str,
    Field(
        pattern=r"^[^:]+:[^:]+$",
        description="A class with `propose(situation)`, as file.py:Class or package.module:Class.",
    ),
]


def _storable(options: dict[str, Any]) -> dict[str, Any]:
    for name, value in options.items():
        if (found := _unstorable(value)) is not None:
            raise ValueError(
                f"option '{name}' must be what a study file can hold (text, numbers, true, false, "
                f"lists, mappings), but {'is' if found is value else 'holds'} {found!r:.80}: a "
                "class of your own, as strategy or sampler, may make it itself"
            )
    return options


def _unstorable(value: Any) -> Any:
    """The first object in a value that a study file cannot hold, or None."""
    inner = value.values() if isinstance(value, dict) else value
    if isinstance(value, (dict, list, tuple)):
        return next((found for v in inner if (found := _unstorable(v)) is not None), None)
    return None if value is None or isinstance(value, (str, int, float)) else value


Options = Annotated[dict[str, Any], AfterValidator(_storable)]


class ObjectiveSpec(Part):
    """The metric to optimise, as Keras logs it; the goal is inferred for metrics Keras knows."""

    metric: Name = Field(description="As the training log names it, such as val_accuracy.")
    goal: Goal | None = Field(
        default=None, description="Needed where Keras does not know the metric."
    )

    @model_validator(mode="after")
    def _has_a_direction(self) -> ObjectiveSpec:
        try:
            self.resolve()
        except ObjectiveError as error:
            raise ValueError(str(error)) from None
        return self

    def resolve(self) -> Objective:
        """Return the objective with its direction, inferred where it is not given."""
        return Objective.named(self.metric, self.goal)


class StrategySpec(Part):
    """How configurations are proposed; `sampler` names an Optuna sampler or `package.mod:Class`."""

    name: StrategyName | OwnStrategy = Field(
        default="bayesian",
        description=f"What proposes: a class of your own, or one of {summaries(STRATEGIES)}.",
    )
    sampler: Name | None = Field(
        default=None,
        description="An Optuna sampler, such as tpe, or a class of your own, as file.py:Class or "
        "package.module:Class.",
    )
    options: Options = Field(default={}, description="Arguments of strategy or sampler.")

    @property
    def entry(self) -> StrategyEntry:
        """What the strategy can do; a class of the user's own has no special capabilities."""
        return STRATEGIES.get(self.name, StrategyEntry(self.name))

    @property
    def reference(self) -> str | None:
        """Where the user's own class is, a strategy or a sampler; None for one of tuneit's."""
        return next((name for name in (self.name, self.sampler) if name and ":" in name), None)

    @model_validator(mode="after")
    def _sampler_is_optunas(self) -> StrategySpec:
        if self.sampler is not None and not self.entry.takes_sampler:
            raise ValueError(
                f"'sampler' belongs to strategy optuna, but the strategy is {self.name}; "
                "remove it or write `name: optuna`"
            )
        return self

    @field_validator("name", "sampler")
    @classmethod
    def _can_be_imported(cls, value: str | None) -> str | None:
        return value if value is None else can_be_imported(value)

    @field_validator("sampler")
    @classmethod
    def _is_a_sampler(cls, value: str | None) -> str | None:
        if value is not None and value not in SAMPLERS and ":" not in value:
            hint = did_you_mean(value, SAMPLERS)
            known = "" if hint else f"; choose from {one_of(SAMPLERS)}, or package.module:Class"
            raise ValueError(f"there is no sampler '{value}'{hint}{known}")
        return value


class Budget(Part):
    """Limits; the first one reached ends the search.

    `trials` counts all trials of the study, in all runs together; `epochs` limits one trial, unless
    it has a hyperparameter of that name; `executions` trains each configuration that often with
    different seeds.
    """

    trials: PositiveInt | None = Field(default=None, description="Trials, in all runs together.")
    epochs: PositiveInt = Field(
        default=20, description="Most epochs of one trial, unless `epochs` is searched."
    )
    time: Seconds | None = Field(
        default=None, description="Seconds, or text such as 90s, 10m, 1h30m."
    )
    executions: PositiveInt = Field(
        default=1, description="Trainings of each configuration, with different seeds."
    )

    @model_validator(mode="after")
    def _is_finite(self) -> Budget:
        if self.trials is None and self.time is None:
            raise ValueError("a search must end: give `trials: 30` or `time: 10m` (or both)")
        return self


class PruningSpec(Part):
    """Whether poor trials are stopped early, and by which rule."""

    name: PrunerName = Field(
        default="auto",
        description=f"Which trials are stopped early; {summaries(PRUNERS)}.",
    )
    min_epochs: PositiveInt = Field(default=1, description="Epochs that every trial may train.")
    options: Options = Field(default={}, description="Arguments of the rule.")

    @property
    def entry(self) -> PrunerEntry:
        """What the rule can do."""
        return PRUNERS[self.name]

    @property
    def waits(self) -> bool:
        """Whether the rule, or the one that it wraps, stops no trial before others are complete."""
        wrapped = PRUNERS.get(str(self.options.get("wrapped")))
        return self.entry.waits or (wrapped is not None and wrapped.waits)

    def problem(self, trainings: int) -> str | None:
        """Say why the rule could never stop a trial of so many trainings, or None.

        `trainings` counts executions, times folds.
        """
        threshold = self.options.get("p_threshold", P_THRESHOLD)
        if self.name != "wilcoxon" or not isinstance(threshold, float) or not 0 < threshold < 1:
            return None
        least = pairs_to_tell(threshold) + 1
        if trainings >= least:
            return None
        return (
            "pruning wilcoxon compares trials by their executions and folds, and with p_threshold "
            f"{threshold:g} can tell after {least - 1} at the earliest, but each trial has "
            f"{trainings}: give `budget.executions` or `data.folds` at least {least}, or another "
            "pruning"
        )

    def too_late(self, epochs: int) -> list[tuple[Path, str]]:
        """Say which values given keep the rule from ever stopping a trial of so many epochs."""
        if self.entry.judges != "epochs":
            return []
        given: list[tuple[Path, Any, int]] = [
            (("options", name), self.options.get(name), after)
            for name, after in self.entry.first_judged.items()
        ]
        if "min_epochs" in self.model_fields_set:
            given.insert(0, (("min_epochs",), self.min_epochs, 0))
        return [
            (
                path,
                f"with {path[-1]} {value} pruning {self.name} can stop a trial after epoch "
                f"{value + after} at the earliest, but a trial ends with epoch {epochs}: lower "
                f"{path[-1]}, or give `budget.epochs` at least {value + after + 1}",
            )
            for path, value, after in given
            if type(value) is int and value + after >= epochs
        ]


P_THRESHOLD = 0.1
"""Below it, `pruning: wilcoxon` takes a trial for worse than the best one (Optuna's default)."""


def pairs_to_tell(threshold: float) -> int:
    """Pairs from which a one-sided signed-rank test can give p < threshold: 2⁻ⁿ is its least p."""
    return max(2, math.floor(-math.log2(threshold)) + 1)


class StoppingSpec(Part):
    """When a study ends before its budget is used up: the first rule that is met."""

    target: float | None = Field(
        default=None, description="A value of the objective that is good enough."
    )
    patience: PositiveInt | None = Field(
        default=None, description="Trials in a row without an improvement."
    )
    regret: float | None = Field(
        default=None,
        gt=0,
        description="How much better the best configuration may still be expected to be, in the "
        "objective's unit (a Gaussian process's bound, after 20 trials).",
    )


class WarmStart(Part):
    """Another study whose best configurations are tried first, fitted to this one's space."""

    study: FilePath = Field(description="Its YAML file or its folder of results, from this file.")
    trials: PositiveInt = Field(default=5, description="How many of its best configurations.")


class ConstraintsSpec(Part):
    """Limits on one trial; a trial beyond them is not the best, and the search goes on."""

    max_parameters: PositiveInt | None = Field(
        default=None, description="Weights of a model; a larger one is refused, untrained."
    )
    max_seconds: Seconds | None = Field(
        default=None, description="Of one trial; it ends after the epoch in which they are over."
    )


class EarlyStopping(Part):
    """Keras's EarlyStopping; the best weights are always restored."""

    monitor: Name | None = Field(default=None, description="Default: the objective's metric.")
    patience: PositiveInt = Field(default=10, description="Epochs without a gain before the end.")
    min_delta: float = Field(default=0.0, ge=0, description="The least change that is a gain.")
