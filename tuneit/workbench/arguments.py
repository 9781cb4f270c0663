"""Turns arguments of `tuneit.search` into values of a study."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from tuneit.errors import InputError
from tuneit.study import Study

_ARGUMENT_FOR = {
    "budget": "trials, time, epochs and executions",
    "max_trials": "trials",
    "n_trials": "trials",
    "executions_per_trial": "executions",
    "max_epochs": "epochs",
    "timeout": "time",
    "n_jobs": "workers",
    "pruner": "pruning",
    "sampler": "strategy={'name': 'optuna', 'sampler': …}",
    "project_name": "name",
    "directory": "output",
    "overwrite": "fresh",
    "validation_data": "data={'source': 'python', 'function': 'data.py:load'}, whose function "
    "returns ((x_train, y_train), (x_validation, y_validation), (x_test, y_test))",
    "batch_size": "parameters={'batch_size': {'value': 32}}",
}
"""Names of arguments in other libraries or in study.yaml, and what `tuneit.search` has instead."""


def as_objective(given: Any) -> Any:
    """Convert keras-tuner's `Objective`, alone or in a list; return other values unchanged."""
    if isinstance(given, (list, tuple)):
        return [as_objective(one) for one in given]
    direction = getattr(given, "direction", None)
    if direction in ("min", "max"):
        return {"metric": given.name, "goal": f"{direction}imize"}
    return given


def as_settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """Convert the study's other keys; functions among the callbacks become references.

    Raises InputError for an argument that has another name here, and for an object in the place of
    a function or class.
    """
    for name in given:
        if name in _ARGUMENT_FOR:
            raise InputError(f"there is no argument '{name}': give {_ARGUMENT_FOR[name]}")
    settings = dict(given)
    if isinstance(settings.get("callbacks"), (list, tuple)):
        settings["callbacks"] = [
            _reference(one, f"callbacks[{i}]", "a function that makes Keras callbacks")
            for i, one in enumerate(settings["callbacks"])
        ]
    return settings


def refuse_main_callbacks(study: Study) -> None:
    """Raise InputError for callbacks that the study's worker processes cannot import."""
    for reference in study.callbacks if study.in_processes else ():
        module, _, name = reference.partition(":")
        if module == "__main__":
            raise InputError(
                f"workers are processes of their own and cannot see {name}, which only this "
                "program defines: put it into a file and import it from there, or train with "
                "workers=1 and no trial_timeout"
            )


def as_strategy(given: Any) -> Any:
    """Convert a strategy, or a mapping with one; classes, of samplers too, become references."""
    what = "a class with propose(situation)"
    if not isinstance(given, Mapping):
        return _reference(given, "strategy", what)
    wanted = {"name": what, "sampler": "a sampler's class (its arguments are `options`)"}
    return {
        key: _reference(value, f"strategy['{key}']", wanted[key]) if key in wanted else value
        for key, value in given.items()
    }


def _reference(given: Any, where: str, what: str) -> Any:
    if given is None or isinstance(given, str):
        return given
    name = getattr(given, "__qualname__", "")
    if not (inspect.isclass(given) or inspect.isfunction(given)) or "<" in name:
        raise InputError(
            f"{where} must be {what}, defined at the top of a module or notebook, or its name "
            f"(file.py:name or package.module:name), since it is called anew when a search goes "
            f"on; but is {given!r:.80}"
        )
    return f"{given.__module__}:{name}"
