"""How much each hyperparameter matters for the score."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

from tuneit.distributions import axes, coordinates
from tuneit.space import SearchSpace
from tuneit.trials import Objective, Trial, TrialState

FEWEST_TRIALS = 8
"""Complete trials below which an importance would be a guess."""


def importances(
    trials: Sequence[Trial], space: SearchSpace, objective: Objective
) -> dict[str, float]:
    """Shares in [0, 1] by hyperparameter, largest first, summing to 1.

    PED-ANOVA (Watanabe et al. 2023) as Optuna has it: how differently the best trials are
    distributed along each hyperparameter. Empty where there are fewer than `FEWEST_TRIALS` complete
    trials, or where they do not tell. A hyperparameter that exists in some configurations only
    is judged by the trials that have it, where those are enough.
    """
    complete = [t for t in trials if t.state is TrialState.COMPLETE and t.scored]
    if len(complete) < FEWEST_TRIALS or len({t.score for t in complete}) < 2:
        return {}
    try:
        return _shares(complete, space, objective)
    except Exception:
        # A report without this section is better than none: the estimate is an ornament.
        return {}


def _shares(
    complete: Sequence[Trial], space: SearchSpace, objective: Objective
) -> dict[str, float]:
    import optuna
    from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            raw: dict[str, float] = {}
            all_axes = axes(space)
            told = [(trial, *coordinates(all_axes, trial.params)) for trial in complete]
            # Optuna compares trials that have the same hyperparameters: one group for those that
            # the same trials have, by a condition or since their builder asks so.
            having: dict[tuple[bool, ...], list[str]] = {}
            for axis in all_axes:
                trials_with = tuple(axis.key in values for _, values, _ in told)
                having.setdefault(trials_with, []).append(axis.key)
            for keys in having.values():
                study = optuna.create_study(
                    direction="maximize" if objective.maximize else "minimize"
                )
                members = [entry for entry in told if all(key in entry[1] for key in keys)]
                if len(members) < FEWEST_TRIALS:
                    continue
                for trial, values, distributions in members:
                    study.add_trial(
                        optuna.trial.create_trial(
                            value=trial.score,
                            params={k: values[k] for k in keys},
                            distributions={k: distributions[k] for k in keys},
                        )
                    )
                share = len(members) / len(complete)
                found = get_param_importances(
                    study, evaluator=PedAnovaImportanceEvaluator(), normalize=False
                )
                name_of = {axis.key: axis.parameter.name for axis in all_axes}
                for key, value in found.items():
                    raw[name_of[key]] = raw.get(name_of[key], 0.0) + share * max(0.0, value)
    finally:
        optuna.logging.set_verbosity(level)
    total = sum(raw.values())
    if not total > 0:
        return {}
    return {
        name: value / total for name, value in sorted(raw.items(), key=lambda kv: (-kv[1], kv[0]))
    }
