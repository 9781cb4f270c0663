"""The file `summary.json`: a search in one JSON-ready dict."""

from __future__ import annotations

import platform
from collections import Counter
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from tuneit.evaluation.weighing import weighed_record
from tuneit.result.requirements import outcomes
from tuneit.trials import Trial, TrialState, best_trial

if TYPE_CHECKING:
    from tuneit.result import SearchResult

_PACKAGES = (
    "tuneit-keras",
    "tensorflow",
    "keras",
    "keras-tuner",
    "optuna",
    "scikit-learn",
    "pandas",
    "numpy",
)


def summary_of(result: SearchResult) -> dict[str, Any]:
    """The search in one JSON-ready dict, as `summary.json` holds it."""
    study, objective = result.study, result.objective
    best = best_trial(result.listed, objective)
    diagnosis = result.diagnose().to_dict() if best else None
    models = result.judge.models
    states = Counter(str(t.state) for t in result.trials)
    return {
        "study": {
            "name": study.name,
            "model": study.model,
            "objective": {"metric": objective.metric, "goal": objective.goal},
            "strategy": study.strategy.model_dump(mode="json"),
            "budget": study.budget.model_dump(mode="json"),
            "space": result.space.to_list(),
        },
        "changes": [change.to_dict() for change in result.changes],
        "status": "interrupted" if result.interrupted else "complete",
        "stopped": result.stopped,
        "trials": {
            "total": len(result.trials),
            **{str(s): states[str(s)] for s in TrialState if s is not TrialState.RUNNING},
            # These are among the failed ones.
            "interrupted": sum(t.interrupted for t in result.trials),
        },
        "duration_s": round(sum(t.duration_s for t in result.trials), 3),
        "best_trial": best and _trial_summary(best),
        **_trade_offs(result),
        "diagnosis": diagnosis,
        "recommendations": diagnosis["recommendations"] if diagnosis else [],
        "reference_models": models and models.to_dict(),
        "evaluation": result.evaluation and weighed_record(result.evaluation, study.report),
        "test_split": _test_split(result),
        "checks": [outcome.to_dict() for outcome in outcomes(result)],
        "importances": result.importances,
        "importance_evidence": result.importance_evidence.to_dict(),
        "data": {
            **result.data.description,
            "findings": [finding.to_dict() for finding in result.data.findings],
        },
        "versions": versions(),
        "seeds": {
            "study": study.seed,
            "best_trial": best.seed if best else None,
            "trials": [t.seed for t in result.trials],
        },
    }


def _test_split(result: SearchResult) -> dict[str, Any]:
    """How often the study was evaluated on its test split, and on which trial's model last."""
    final, folds = result.final_evaluation, result.data.folds
    if final is None:
        return {"evaluations": 0}
    tested = next((t for t in result.trials if t.number == final.trial), None)
    training = tested.best_training(result.objective) if tested is not None else None
    return {
        "evaluations": final.looks,
        "last_after_trials": final.trials,
        "metrics": dict(final.metrics),
        "model": {
            "trial": final.trial,
            "training": training,
            "fold": training % folds if training is not None and folds else None,
        },
    }


def _trade_offs(result: SearchResult) -> dict[str, Any]:
    """The entries of the summary for several objectives."""
    objectives = result.study.objectives
    if len(objectives) < 2:
        return {}
    metrics = [objective.metric for objective in objectives]
    return {
        "objectives": [{"metric": o.metric, "goal": o.goal} for o in objectives],
        "pareto_front": [
            {
                "number": trial.number,
                "values": dict(zip(metrics, trial.values, strict=True)),
                "params": dict(trial.params),
            }
            for trial in result.pareto_front
        ],
    }


def _trial_summary(trial: Trial) -> dict[str, Any]:
    return {
        "number": trial.number,
        "score": trial.score,
        "scores": list(trial.scores),
        "score_std": trial.spread,
        "params": dict(trial.params),
        "epochs": trial.epochs,
        "best_epoch": trial.best_epoch,
        "duration_s": round(trial.duration_s, 3),
        "verdict": trial.verdict,
        "seed": trial.seed,
        "parameters": trial.facts.parameters,
        "trivial": {"score": trial.trivial.score, "answer": trial.trivial.answer},
    }


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that results depend on."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
