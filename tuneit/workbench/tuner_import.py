"""Import the trials of a keras-tuner project into a ledger, without using keras-tuner."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from tuneit.curves import LearningCurve
from tuneit.errors import InputError, did_you_mean
from tuneit.errors.wording import counted
from tuneit.space import Boolean, Params, Scalar, SearchSpace, params_key
from tuneit.study import Study
from tuneit.trials import Facts, Objective, Trial, TrialState, execution_seeds, ranked
from tuneit.workbench import PreparedStudy, prepare
from tuneit.workbench.identity import record_study
from tuneit.workbench.sandboxed import sandbox

if TYPE_CHECKING:
    from tuneit.training.builders.unused_parameters import UnusedParameters

_ENDED = {
    "COMPLETED": TrialState.COMPLETE,
    "FAILED": TrialState.FAILED,
    "INVALID": TrialState.FAILED,
}


@dataclass(frozen=True)
class Imported:
    """How many trials were imported, why others were not, and whether the best model was.

    `executions` is the number of executions of each trial of this study: budget times folds.
    """

    trials: int
    outside: int
    unfinished: int
    model: bool
    executions: int

    def __str__(self) -> str:
        left = [
            (self.outside, "outside of the study's search space"),
            (self.unfinished, "not ended"),
        ]
        parts = [f"{counted(self.trials, 'trial')} imported"]
        parts += [f"{count} left out ({why})" for count, why in left if count]
        parts.append(
            "the best model was imported"
            if self.model
            else "the best model could not be rebuilt: the strategy learns from the trials, but "
            "none of them can be the best"
        )
        if self.executions > 1:
            parts.append(
                f"new scores are means of {self.executions} executions; imported ones may be means "
                "of fewer"
            )
        return "; ".join(parts)


@dataclass(frozen=True)
class TunerTrial:
    """A trial as keras-tuner wrote it; `series` has the observations of each metric by step."""

    folder: Path
    values: Mapping[str, Scalar]
    status: str
    series: Mapping[str, Mapping[int, float]]
    message: str | None


def read_project(folder: Path) -> list[TunerTrial]:
    """Read a keras-tuner project folder (`oracle.json`, `trial_*/trial.json`), in order of start.

    Raises InputError if the folder is no such project, or a trial cannot be read.
    """
    if not (folder / "oracle.json").is_file():
        inner = next(iter(sorted(folder.glob("*/oracle.json"))), None)
        hint = f" - did you mean {inner.parent}?" if inner else ""
        raise InputError(f"{folder} is no keras-tuner project: it has no oracle.json{hint}")
    oracle = _json(folder / "oracle.json")
    order = {str(name): place for place, name in enumerate(oracle.get("start_order", ()))}
    files = sorted(
        folder.glob("trial_*/trial.json"),
        key=lambda f: (order.get(f.parent.name.removeprefix("trial_"), len(order)), f.parent.name),
    )
    return [_trial(file) for file in files]


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as keras-tuner's JSON: {error}") from None
    if not isinstance(found, dict):
        raise InputError(f"{path} cannot be read as keras-tuner's JSON: it holds no mapping")
    return found


def _trial(file: Path) -> TunerTrial:
    state = _json(file)
    try:
        metrics = (state.get("metrics") or {}).get("metrics", {})
        series = {
            name: {int(o["step"]): fmean(o["value"]) for o in metric["observations"]}
            for name, metric in metrics.items()
        }
        values = {
            name: value
            for name, value in state["hyperparameters"]["values"].items()
            # Entries of Hyperband, not hyperparameters.
            if not name.startswith("tuner/")
        }
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{file} is not a trial as keras-tuner 1.x writes it: {error}") from None
    return TunerTrial(file.parent, values, state.get("status", ""), series, state.get("message"))


def import_tuner(folder: Path, study: Study, root: Path, output: Path | None = None) -> Imported:
    """Read a project's trials into a study that has none yet; a search continues from them.

    keras-tuner stores each metric only at the best epoch, as the mean of the executions; so the
    imported learning curves have one point. The best model is rebuilt from its checkpoint. Raises
    InputError if the study has trials, the project lacks its objective, or no trial can be
    imported.
    """
    from tuneit.training.builders.unused_parameters import UnusedParameters

    found = read_project(folder)
    prepared = prepare(study, root, output)
    objective = prepared.objective
    _require_metric(found, objective, folder)
    with sandbox(study, prepared.builder) as build:
        asked = UnusedParameters(prepared.builder, build)
        trials, outside, unfinished = _convert(found, prepared, asked)
    if not trials:
        raise InputError(_nothing_imported(folder, outside, unfinished))
    best = next(iter(ranked(trials, objective)), None)
    with prepared.ledger() as ledger:
        if ledger.trials():
            raise InputError(
                f"{prepared.folder.path} holds trials already: import into a study without any, or "
                "give another --output"
            )
        header: dict[str, Any] = {}
        record_study(header, (), prepared)
        ledger.set_header(header)
        model = best is not None and _restore(prepared, found, best)
        for trial in trials:
            if trial.state is TrialState.COMPLETE and not model:
                # The best trial must have a model, so without one none of them may be best.
                facts = replace(trial.facts, pruned="imported without a model")
                trial = replace(trial, state=TrialState.PRUNED, facts=facts)
            ledger.start(trial.proposal, prepared.space)
            ledger.record(trial, prepared.space)
    return Imported(len(trials), len(outside), unfinished, model, prepared.plan.executions)


def _require_metric(found: list[TunerTrial], objective: Objective, folder: Path) -> None:
    known = {name for trial in found for name in trial.series}
    if not found:
        raise InputError(f"{folder} holds no trials")
    if known and objective.metric not in known:
        raise InputError(
            f"the objective '{objective.metric}' is not among the metrics of {folder}, which has "
            f"{', '.join(sorted(known))}{did_you_mean(objective.metric, known)}"
        )


def _nothing_imported(folder: Path, outside: list[str], unfinished: int) -> str:
    count = len(outside) + unfinished
    if not outside:
        return f"no trial of {folder} can be imported: none of its {count} has ended"
    return (
        f"no trial of {folder} can be imported: {len(outside)} of {count} are outside of the "
        f"study's search space ({outside[0]}); change `parameters` or the builder so that names "
        "and ranges of the hyperparameters fit these trials"
    )


def _convert(
    found: list[TunerTrial], prepared: PreparedStudy, asked: UnusedParameters
) -> tuple[list[Trial], list[str], int]:
    """Return trials, reasons why others are outside the space, and how many are unfinished."""
    trials: dict[Any, Trial] = {}
    outside: list[str] = []
    unfinished = 0
    for tuner in found:
        state = _ENDED.get(tuner.status)
        if state is None:
            unfinished += 1
            continue
        params = _fitting(prepared.space, tuner.values, asked)
        if isinstance(params, str):
            outside.append(f"{tuner.folder.name} {params}")
            continue
        number = len(trials)
        trial = _converted(number, params, state, tuner, prepared)
        # Hyperband trains a configuration several times: the last time for the most epochs.
        before = trials.get(params_key(params))
        trials[params_key(params)] = replace(trial, number=before.number) if before else trial
    return list(trials.values()), outside, unfinished


def _converted(
    number: int, params: Params, state: TrialState, tuner: TunerTrial, prepared: PreparedStudy
) -> Trial:
    objective = prepared.objective
    values = [v for v in tuner.series.get(objective.metric, {}).values() if math.isfinite(v)]
    score = max(values, key=lambda v: objective.sign * v) if values else None
    error = tuner.message or "it failed in keras-tuner"
    if state is TrialState.COMPLETE and score is None:
        state, error = TrialState.FAILED, f"keras-tuner kept no {objective.metric} of it"
    steps = sorted({step for series in tuner.series.values() for step in series})
    curve = LearningCurve.from_epochs(
        {name: series[step] for name, series in tuner.series.items() if step in series}
        for step in steps
    )
    return Trial(
        number,
        params,
        state,
        seed=execution_seeds(prepared.study.seed, number)[0],
        score=score if state is TrialState.COMPLETE else None,
        curve=curve if len(curve) else None,
        best_epoch=curve.best_epoch(objective.metric, maximize=objective.maximize),
        error=None if state is TrialState.COMPLETE else error,
        facts=Facts(imported=tuner.folder.name),
    )


def _fitting(
    space: SearchSpace, values: Mapping[str, Scalar], asked: UnusedParameters
) -> Params | str:
    """Return the configuration in this space, or a text that says what does not fit.

    keras-tuner saves booleans as integers: they become booleans again. A trial may lack
    hyperparameters that its builder did not ask for, such as those inside an `if`.
    """
    params: Params = {}
    lacking: Params = {}
    for parameter in space:
        if not parameter.is_active(params):
            continue
        name = parameter.name
        if name not in values:
            lacking[name] = parameter.default
            continue
        value = values[name]
        if isinstance(parameter, Boolean) and value in (0, 1):
            value = bool(value)
        if not parameter.contains(value):
            return f"has {name}={value!r}"
        params[name] = value
    if lacking:
        unasked = asked(space, {**params, **lacking})
        # If the builder cannot be asked, every hyperparameter that it may leave out can be missing.
        free = space.optional if unasked is None else unasked.keys()
        needed = [name for name in lacking if name not in free]
        if needed:
            return f"has no '{needed[0]}'"
    return params


def _restore(prepared: PreparedStudy, found: list[TunerTrial], best: Trial) -> bool:
    from tuneit.training.saving.rebuilding import ModelRebuilder

    folder = next(t.folder for t in found if t.folder.name == best.facts.imported)
    return ModelRebuilder(prepared.recipe, best.params).save(
        folder / "checkpoint.weights.h5", prepared.folder.best_model
    )
