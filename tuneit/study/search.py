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
else:  # pydantic checks these names, and the JSON Schema lists them
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
                f"option '{name}' must be a value that a study file can hold (text, numbers, true, "
                f"false, lists, mappings), but {'is' if found is value else 'holds'} "
                f"{found!r:.80}: write a strategy or sampler class that creates this object itself"
            )
    return options


def _unstorable(value: Any) -> Any:
    """The first object inside a value that a study file cannot hold, or None."""
    inner = value.values() if isinstance(value, dict) else value
    if isinstance(value, (dict, list, tuple)):
        return next((found for v in inner if (found := _unstorable(v)) is not None), None)
    return None if value is None or isinstance(value, (str, int, float)) else value


Options = Annotated[dict[str, Any], AfterValidator(_storable)]


class ObjectiveSpec(Part):
    """The metric to optimise, as Keras logs it; `goal` is inferred for metrics of Keras."""

    metric: Name = Field(description="The metric's name in the training log, such as val_accuracy.")
    goal: Goal | None = Field(
        default=None, description="Needed for metrics that are not Keras's own."
    )

    @model_validator(mode="after")
    def _has_a_direction(self) -> ObjectiveSpec:
        try:
            self.resolve()
        except ObjectiveError as error:
            raise ValueError(str(error)) from None
        return self

    def resolve(self) -> Objective:
        """Return the objective with its direction, which is inferred if it is not given."""
        return Objective.named(self.metric, self.goal)


class StrategySpec(Part):
    """How configurations are proposed; `sampler` names an Optuna sampler or `package.mod:Class`."""

    name: StrategyName | OwnStrategy = Field(
        default="bayesian",
        description=f"The name of a strategy, or a class of your own; {summaries(STRATEGIES)}.",
    )
    sampler: Name | None = Field(
        default=None,
        description="An Optuna sampler, such as tpe, or a class of your own, as file.py:Class or "
        "package.module:Class.",
    )
    options: Options = Field(default={}, description="Arguments of strategy or sampler.")

    @property
    def entry(self) -> StrategyEntry:
        """The catalogue's row of the strategy; for a user's own class, one without capabilities."""
        return STRATEGIES.get(self.name, StrategyEntry(self.name))

    @property
    def reference(self) -> str | None:
        """The reference to a strategy or sampler of the user's own; None for one of tuneit's."""
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

    `trials` counts all trials of the study, in all runs together. `epochs` limits one trial, unless
    there is a hyperparameter `epochs`. `executions` is how often each configuration is trained,
    each time with another seed.
    """

    trials: PositiveInt | None = Field(default=None, description="Trials, in all runs together.")
    epochs: PositiveInt = Field(
        default=20, description="The most epochs of one trial, unless `epochs` is searched."
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
        description=f"Which trials are stopped early: {summaries(PRUNERS)}.",
    )
    min_epochs: PositiveInt = Field(
        default=1, description="Epochs that every trial trains before it can be stopped."
    )
    options: Options = Field(default={}, description="Arguments of the rule.")

    @property
    def entry(self) -> PrunerEntry:
        """The catalogue's row of the rule."""
        return PRUNERS[self.name]

    @property
    def waits(self) -> bool:
        """Whether the rule, or one that it wraps, stops no trial until others are complete."""
        wrapped = PRUNERS.get(str(self.options.get("wrapped")))
        return self.entry.waits or (wrapped is not None and wrapped.waits)

    def problem(self, trainings: int) -> str | None:
        """Say why the rule could never stop a trial with this number of trainings, or None.

        `trainings` is the number of executions times the number of folds.
        """
        threshold = self.options.get("p_threshold", P_THRESHOLD)
        if self.name != "wilcoxon" or not isinstance(threshold, float) or not 0 < threshold < 1:
            return None
        least = pairs_to_tell(threshold) + 1
        if trainings >= least:
            return None
        return (
            "pruning wilcoxon compares trials by their executions and folds, and with p_threshold "
            f"{threshold:g} can stop one after {least - 1} at the earliest, but each trial has "
            f"{trainings}: set `budget.executions` or `data.folds` to at least {least}, or choose "
            "another pruning"
        )

    def too_late(self, epochs: int) -> list[tuple[Path, str]]:
        """List options with which the rule could never stop a trial of this many epochs."""
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
"""`pruning: wilcoxon` stops a trial if p is below this (Optuna's default)."""


def pairs_to_tell(threshold: float) -> int:
    """The fewest pairs for which a one-sided signed-rank test can have p < threshold (p ≥ 2⁻ⁿ)."""
    return max(2, math.floor(-math.log2(threshold)) + 1)


class StoppingSpec(Part):
    """Rules that end a study before its budget is used up; the first one that is met ends it."""

    target: float | None = Field(
        default=None, description="A value of the objective that is good enough."
    )
    patience: PositiveInt | None = Field(
        default=None, description="Trials in a row without an improvement."
    )
    regret: float | None = Field(
        default=None,
        gt=0,
        description="Stop if the score can be expected to improve by less than this, in the "
        "objective's unit (a Gaussian process's bound, after 20 trials).",
    )


class WarmStart(Part):
    """Another study, whose best configurations are tried first, fitted to this study's space."""

    study: FilePath = Field(
        description="The other study's YAML file or folder of results, relative to this file."
    )
    trials: PositiveInt = Field(default=5, description="How many of its best configurations.")


class ConstraintsSpec(Part):
    """Limits on one trial; a trial that exceeds them cannot be the best, and the search goes on."""

    max_parameters: PositiveInt | None = Field(
        default=None, description="The most weights of a model; a larger one is not trained."
    )
    max_seconds: Seconds | None = Field(
        default=None,
        description="The most seconds of one trial; it ends after the epoch that exceeds them.",
    )


class EarlyStopping(Part):
    """Keras's EarlyStopping; the best weights are always restored."""

    monitor: Name | None = Field(
        default=None, description="The metric to watch; default: the objective's."
    )
    patience: PositiveInt = Field(default=10, description="Epochs without a gain before the end.")
    min_delta: float = Field(
        default=0.0, ge=0, description="The least change that counts as a gain."
    )
