"""The study as a whole."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PositiveInt,
    field_validator,
    model_validator,
)

from tuneit.space import Scalar
from tuneit.study.cluster import ClusterSpec
from tuneit.study.data import DataSpec
from tuneit.study.objectives import Objectives, as_tuple, objective_problems, several_problems
from tuneit.study.parameters import (
    ParameterSpec,
    class_weight_problems,
    condition_problems,
    count_problems,
)
from tuneit.study.part import Bytes, Part, Path, Reference, RuleError, Seconds, shorthand
from tuneit.study.reporting import ReportSpec
from tuneit.study.requirements import sentence
from tuneit.study.search import (
    Budget,
    ConstraintsSpec,
    EarlyStopping,
    OwnStrategy,
    PrunerName,
    PruningSpec,
    StoppingSpec,
    StrategyName,
    StrategySpec,
    WarmStart,
)
from tuneit.study.transfer import TransferSpec
from tuneit.study.treat import TreatSpec, as_treat
from tuneit.trials import Objective

_PRUNED_FROM = 10
"""`pruning: auto` stops poor trials only if trials have at least this many epochs."""


class DiagnosisSpec(Part):
    """What a good score is, so that underfitting can be found, and reference models."""

    target: float | None = Field(default=None, description="A value of the objective's metric.")
    human_error: float | None = Field(
        default=None, ge=0, description="The error rate of people; for regression, their error."
    )
    reference_models: bool = Field(
        default=True,
        description="Whether simple models of scikit-learn (linear, nearest neighbours, gradient "
        "boosting) are fitted once on the training rows, to see what can be reached.",
    )
    reference_time: Seconds = Field(
        default=10.0, description="Seconds after which no further reference model is begun."
    )


class Study(Part):
    """A study.yaml, version 1."""

    version: Literal[1] = Field(default=1, description="Version of this format.")
    name: Annotated[str, Field(max_length=100)] = Field(
        default="study",
        description="The study's name, also of its folder of results; default: the file's name.",
        json_schema_extra={"pattern": "^[A-Za-z0-9][A-Za-z0-9._-]*$"},
    )
    seed: int = Field(
        default=0, ge=0, lt=2**32, description="The seed of everything that is random."
    )
    model: Reference = Field(
        description="file.py:name beside the study file, or package.module:name."
    )
    transfer: Annotated[
        TransferSpec | None,
        BeforeValidator(shorthand("base"), json_schema_input_type=str | TransferSpec | None),
    ] = Field(
        default=None,
        description="The pretrained base of `model: tuneit:transfer`: a .keras file, or {base: "
        "MobileNetV2, weights: imagenet}. It is frozen while a new head trains; then its last "
        "layers train at a low rate.",
    )
    data: DataSpec = Field(description="Where the data come from and how they are split.")
    objective: Objectives = Field(
        description="The metric to optimise, or {metric, goal}; or a list of two to six of them: "
        "metrics that training reports, seconds, parameters, model_bytes, latency_ms. The first "
        "one decides the best epoch, early stopping, stopping rules and the best model."
    )
    strategy: Annotated[
        StrategySpec,
        BeforeValidator(
            shorthand("name"), json_schema_input_type=StrategyName | OwnStrategy | StrategySpec
        ),
    ] = Field(default=StrategySpec(), description="How configurations are proposed.")
    parameters: dict[str, ParameterSpec] = Field(
        default={},
        description="Narrows or fixes the builder's hyperparameters, or defines those of a builder "
        "with keywords; batch_size, epochs and class_weight (none, balanced, given) go to fit().",
    )
    budget: Budget = Field(description="Limits; the first one reached ends the search.")
    batch_size: PositiveInt = Field(
        default=32,
        description="Rows of a training batch, unless there is a hyperparameter of that name.",
    )
    steps_per_epoch: PositiveInt | None = Field(
        default=None,
        description="Batches of an epoch. The next epoch goes on where this one stopped, and rows "
        "are shuffled again when all have been used. Default: all rows once.",
    )
    validation_steps: PositiveInt | None = Field(
        default=None,
        description="Batches of a validation stream that are used. Default: all of them.",
    )
    deterministic: bool = Field(
        default=False,
        description="Makes TensorFlow compute the same numbers in each run, also on a GPU; slower.",
    )
    pruning: Annotated[
        PruningSpec,
        BeforeValidator(shorthand("name"), json_schema_input_type=PrunerName | PruningSpec),
    ] = Field(default=PruningSpec(), description="Whether poor trials are stopped early.")
    early_stopping: EarlyStopping | None = Field(
        default=EarlyStopping(), description="Ends a trial that no longer improves; null: never."
    )
    stopping: StoppingSpec = Field(
        default=StoppingSpec(), description="Ends the study before its budget is used up."
    )
    warm_start: Annotated[
        WarmStart | None,
        BeforeValidator(shorthand("study"), json_schema_input_type=str | WarmStart | None),
    ] = Field(default=None, description="Another study whose best configurations are tried first.")
    enqueue: Annotated[tuple[dict[str, Scalar], ...], Field(strict=False)] = Field(
        default=(),
        description="Configurations that are tried first, in order, such as [{units: 32}]; "
        "missing hyperparameters get their default.",
    )
    keep_models: PositiveInt = Field(
        default=1, description="The number of best trials whose trained models are kept."
    )
    constraints: ConstraintsSpec = Field(
        default=ConstraintsSpec(), description="Limits on the model and time of one trial."
    )
    callbacks: Annotated[tuple[Reference, ...], Field(strict=False)] = Field(
        default=(),
        description="file.py:function or package.module:function; each returns a Keras callback or "
        "a list of them. It is called for each training, with `trial` if it has that argument.",
    )
    workers: PositiveInt = Field(default=1, description="Processes that train side by side.")
    trial_timeout: Seconds | None = Field(
        default=None,
        description="The longest time between the ends of two epochs of a trial, such as 10m. "
        "After it the trial's process is killed, and the trial is tried once more.",
    )
    max_memory: Bytes | None = Field(
        default=None,
        description="The most memory of a process that trains, such as 4GB. One that takes more is "
        "killed, and its trial is tried once more in a new process.",
    )
    trainer: Literal["auto", "single", "cohort"] = Field(
        default="auto", description="Whether trials with like models are trained together."
    )
    cluster: Annotated[
        ClusterSpec | None,
        BeforeValidator(shorthand("address"), json_schema_input_type=str | ClusterSpec | None),
    ] = Field(
        default=None,
        description="A Ray cluster that trains the trials: auto, ray://host:10001, or {address, "
        "resources}; default: this machine alone.",
    )
    storage: str | None = Field(
        default=None,
        repr=False,  # it may hold a password
        description="URL of a database for the trials, or env:VARIABLE for the URL in an "
        "environment variable; default: a file in the study's folder.",
    )
    diagnosis: DiagnosisSpec = Field(default=DiagnosisSpec(), description="What a good score is.")
    treat: Annotated[
        TreatSpec | None,
        BeforeValidator(as_treat, json_schema_input_type=Literal["auto"] | TreatSpec | None),
    ] = Field(
        default=None,
        description="auto: prove by paired trainings, after the search and within its time, which "
        "recommendations help.",
    )
    report: ReportSpec = Field(default=ReportSpec(), description="What the report shows.")
    checks: Annotated[tuple[Annotated[str, AfterValidator(sentence)], ...], Field(strict=False)] = (
        Field(
            default=(),
            description="What `tuneit report` passes or fails on, such as ['test.f1 >= 0.9', "
            "'verdict != overfitting', 'finding != leakage'].",
        )
    )

    @field_validator("name")
    @classmethod
    def _names_a_folder(cls, value: str) -> str:
        plain = value.replace(".", "").replace("_", "").replace("-", "")
        if not (plain.isascii() and plain.isalnum() and value[0].isalnum()):
            raise ValueError(
                "it also names a folder: use letters, digits, '.', '_' and '-', beginning "
                f"with a letter or digit, not '{value}'"
            )
        return value

    @field_validator("model")
    @classmethod
    def _names_a_builder(cls, value: str) -> str:
        module, _, name = value.rpartition(":")
        if not (module and name):
            raise ValueError(
                "a model must be named as file.py:build_model or package.module:build_model, not "
                f"as '{value}'"
            )
        return value

    @field_validator("callbacks")
    @classmethod
    def _name_functions(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        problems: list[tuple[Path, str]] = [
            (
                (index,),
                f"a callback must be named as file.py:name or package.module:name, not as '{name}'",
            )
            for index, name in enumerate(value)
            if not all(name.rpartition(":")[::2])
        ]
        if problems:
            raise RuleError(problems)
        return value

    @field_validator("parameters")
    @classmethod
    def _can_exist_and_be_fitted(cls, value: dict[str, ParameterSpec]) -> dict[str, ParameterSpec]:
        problems = condition_problems(value) + count_problems(value)
        if problems:
            raise RuleError(problems)
        return value

    @field_validator("objective")
    @classmethod
    def _objectives_differ(cls, value: Objectives) -> Objectives:
        problems = objective_problems(value)
        if problems:
            raise RuleError(problems)
        return value

    @model_validator(mode="after")
    def _has_a_base_to_transfer(self) -> Study:
        wanted, given = self.model == "tuneit:transfer", self.transfer is not None
        if wanted and not given:
            said = (
                "tuneit:transfer needs a pretrained base: name it as `transfer: {base: "
                "mine.keras}` (in Python tuneit.models.transfer('mine.keras')), or by a name of "
                "keras.applications"
            )
            raise RuleError([(("model",), said)])
        if given and not wanted:
            said = f"`transfer` is for model: tuneit:transfer, but the model is {self.model}"
            raise RuleError([(("transfer",), said)])
        return self

    @model_validator(mode="after")
    def _suits_its_objectives(self) -> Study:
        strategy = self.strategy
        problems = several_problems(
            len(self.objectives), strategy.name, strategy.sampler, self.pruner.name
        )
        if problems:
            raise RuleError(problems)
        return self

    @model_validator(mode="after")
    def _can_tell_whom_to_prune(self) -> Study:
        problem = self.pruning.problem(self.budget.executions * (self.data.folds or 1))
        if problem is not None:
            raise RuleError([(("pruning",), problem)])
        # If `epochs` is searched, the study does not say how long a trial is.
        late = [] if "epochs" in self.parameters else self.pruning.too_late(self.budget.epochs)
        if late:
            raise RuleError([(("pruning", *at), said) for at, said in late])
        return self

    @model_validator(mode="after")
    def _weighs_its_classes(self) -> Study:
        spec = self.parameters.get("class_weight")
        given = self.data.class_weight is not None
        problems = class_weight_problems(spec, self.data.task, given)
        if problems:
            raise RuleError([(("parameters", "class_weight", *at), said) for at, said in problems])
        return self

    @property
    def objectives(self) -> tuple[Objective, ...]:
        """The objectives with their directions; the first one is the primary objective.

        It decides a trial's best epoch and score, early stopping, the rules of `stopping`, and
        which model is the best.
        """
        return tuple(spec.resolve() for spec in as_tuple(self.objective))

    @property
    def pruner(self) -> PruningSpec:
        """The pruning of this study, with `auto` replaced by the pruner that it selects.

        Strategy bayesian with asha needed a third of the epochs or less to come as near to the
        best known score (`studies/benchmarks/search_quality`). Shorter trials have few epochs to
        save, grid is meant to train all of its points, and other strategies were not measured.
        `strategies.pruners.quota.Quota` limits how many trials `auto` stops.
        """
        if self.pruning.name != "auto":
            return self.pruning
        pruned = self.budget.epochs >= _PRUNED_FROM and len(self.objectives) == 1
        name = self.strategy.entry.auto_pruner if pruned else "none"
        return self.pruning.model_copy(update={"name": name})

    @property
    def in_processes(self) -> bool:
        """Whether trials train in other processes; only these can be ended from outside."""
        limits = (self.trial_timeout, self.max_memory, self.cluster)
        return self.workers > 1 or any(limit is not None for limit in limits)
