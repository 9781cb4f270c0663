"""`tuneit check`: show a study's space, model and data, and what a search would cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneit.cli.json_output import print_json, stdout_kept
from tuneit.cli.options import JsonOption, SetOption, StudyArgument, load, placed_errors
from tuneit.errors.harmless import for_line
from tuneit.errors.wording import counted, nouns
from tuneit.findings import Finding, Severity
from tuneit.screen.terminal import say

if TYPE_CHECKING:
    from tuneit.space import Parameter, SearchSpace
    from tuneit.study import Study
    from tuneit.training.fitting.inspection import ModelInspection

_MANY_TRIALS = 1000
"""How many trials are reckoned with where their number is not limited."""


def command(study: StudyArgument, overrides: SetOption = None, as_json: JsonOption = False) -> None:
    """Validate a study, build its model once, and say what a search would cost."""
    loaded = load(study, overrides)
    with placed_errors(study, overrides), stdout_kept(as_json):
        found = check_study(loaded, study.parent)
    if as_json:
        print_json(found.to_dict())
    else:
        say(found)


@dataclass(frozen=True)
class CheckResult:
    """A valid study: its space, its model on a sample of the data, and findings on both.

    `largest_parameters` is the number of weights of the largest model; None if it is not known.
    `training` says which trials will train together in a cohort, and why others will not;
    `together` whether any will. `share_of_epochs` is how much of a trial's epochs is expected to be
    trained, as poor trials are stopped early.
    """

    study: Study
    space: SearchSpace
    model: ModelInspection
    largest_parameters: int | None
    data: Mapping[str, Any]
    findings: tuple[Finding, ...]
    training: str
    together: bool
    notes: tuple[str, ...] = ()
    share_of_epochs: float = 1.0

    @property
    def epochs(self) -> int:
        """The most epochs of a trial: the budget's, or the largest value if they are searched."""
        searched = [p for p in self.space if p.name == "epochs"]
        values = [int(value or 1) for parameter in searched for value in parameter.points()]
        return max(values, default=self.study.budget.epochs)

    @property
    def seconds(self) -> float:
        """Estimated seconds of the search if each trial trains alone, as often as it is pruned."""
        return self._seconds(self.share_of_epochs)

    @property
    def most_seconds(self) -> float:
        """The same if no trial is stopped early."""
        return self._seconds(1.0)

    def _seconds(self, share: float) -> float:
        budget = self.study.budget
        epochs = share * self.epochs
        trial = self.model.seconds_to_build + epochs * self.model.seconds_per_epoch
        executions = budget.executions * (self.study.data.folds or 1)
        whole = self.trials * trial * executions / self.study.workers
        return min(whole, budget.time or float("inf"))

    @property
    def trials(self) -> float:
        """The most trials: the budget's, and no more than there are configurations."""
        return min(self.study.budget.trials or float("inf"), self.space.size or float("inf"))

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-ready form."""
        return {
            "study": self.study.name,
            "objectives": [{"metric": o.metric, "goal": o.goal} for o in self.study.objectives],
            "space": self.space.to_list(),
            "grid_points": self.space.grid_size,
            "configurations": self.space.size,
            "model": self._model(),
            "data": dict(self.data),
            "findings": [f.to_dict() for f in self.findings],
            "training": self.training,
            "estimated_seconds": self.seconds,
            "most_seconds": self.most_seconds,
        }

    def _model(self) -> dict[str, Any]:
        """The inspected model without its findings, which are listed with the others."""
        model = asdict(self.model) | {"largest_parameters": self.largest_parameters}
        return {key: value for key, value in model.items() if key != "findings"}

    def __str__(self) -> str:
        from tuneit.screen.views import clock

        budget = self.study.budget
        goals = ", ".join(f"{o.goal} {o.metric}" for o in self.study.objectives)
        size = "infinitely many" if self.space.size is None else f"{self.space.size:,}"
        found = {str(finding) for finding in self.findings}
        pruned = self.seconds < self.most_seconds
        lines = [
            f"study      {self.study.name}: {goals}, strategy {self.study.strategy.name}, "
            f"pruning {self.study.pruner.name}",
            f"space      {counted(len(self.space), 'hyperparameter')}, {size} "
            f"{nouns(self.space.size or 2, 'configuration')}, {self.space.grid_size:,} grid "
            f"{nouns(self.space.grid_size, 'point')}",
            *(f"           {_range(parameter)}" for parameter in self.space),
            f"model      {self.model.parameters:,} parameters with the default hyperparameters"
            + (f", {self.largest_parameters:,} at the largest" if self.largest_parameters else ""),
            f"metrics    {', '.join(self.model.metrics)}",
            f"data       {self.data['task'].replace('none', 'inputs without targets')}: "
            + ", ".join(
                f"{'unknown' if n is None else f'{n:,}'} {split}"
                for split, n in self.data["rows"].items()
            )
            + " rows",
            *(f"           {note}" for note in self.data.get("notes", ()) if note not in found),
            f"training   {self.training}",
            f"estimate   about {clock(self.seconds)} for "
            + (f"{counted(budget.trials, 'trial')} of " if budget.trials else "trials of ")
            + f"up to {counted(self.epochs, 'epoch')} "
            f"({self.model.seconds_per_epoch:.2f} s an epoch here)"
            + (f", as poor trials are stopped early; at most {clock(self.most_seconds)}" * pruned)
            + ("; less, as many train at once" * self.together),
        ]
        lines += [
            f"{'warning' if f.severity is not Severity.INFO else 'note':<10} {f}"
            for f in self.findings
        ]
        lines += [f"{'note':<10} {note}" for note in self.notes]
        return "\n".join(map(for_line, lines))


def _range(parameter: Parameter) -> str:
    when = " and ".join(f"{c.parent} is {' or '.join(map(str, c.values))}" for c in parameter.when)
    grid = len(parameter.points())
    taken = (
        f" (a grid has {grid} points; set a `step` to get others)"
        if parameter.count is None
        else ""
    )
    return f"{parameter.name}: {parameter.describe()}{taken}" + (f", when {when}" if when else "")


def check_study(study: Study, root: Path) -> CheckResult:
    """Load data and builder, build the model once and train it on a few rows.

    Raises DataError, BuilderError, SpaceError, ObjectiveError, StrategyError or PruningError, as a
    search would.
    """
    from tuneit.strategies.pruners.expected import expected_share
    from tuneit.workbench import prepare
    from tuneit.workbench.cohort_policy import CohortPolicy
    from tuneit.workbench.making import pruner_of, strategy_of
    from tuneit.workbench.notes import how_trained, notes
    from tuneit.workbench.sandboxed import inspect, largest_parameters

    prepared = prepare(study, root)
    strategy_of(prepared)
    pruner = pruner_of(prepared)
    model = inspect(prepared)
    policy = CohortPolicy(study, prepared.recipe)
    found = CheckResult(
        study=study,
        space=prepared.space,
        model=model,
        largest_parameters=largest_parameters(prepared, model.parameters),
        data=prepared.data.description,
        findings=(*model.findings, *prepared.data.findings),
        training=how_trained(policy),
        together=policy.fuses,
        notes=tuple(notes(prepared, model)),
    )
    trials = min(found.trials, _MANY_TRIALS)
    return replace(found, share_of_epochs=expected_share(pruner, int(trials), found.epochs))
