"""Turn arguments of `tuneit.search` into values of a study."""

from __future__ import annotations

import copy
import difflib
import inspect
import pickle
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from tuneit.errors import InputError, did_you_mean
from tuneit.errors.wording import kind_of
from tuneit.study import Study
from tuneit.workbench.data_arguments import DATA_ARGUMENTS

OWN_ARGUMENTS = (
    *("objective", "strategy", "parameters", "trials", "time", "epochs", "executions", "seed"),
    *("optimizer", "loss", "metrics", "name", "output", "fresh", "keep", "quiet", "verbose"),
)
"""Arguments of `tuneit.search` that are neither about the data nor keys of a study."""

SETTINGS = tuple(
    name
    for name in Study.model_fields
    if name
    not in (
        "version",
        "name",
        "seed",
        "model",
        "data",
        "objective",
        "strategy",
        "parameters",
        "budget",
    )
)
"""Keys of a study that are arguments with the same name."""

_ARGUMENT_FOR = {
    "budget": "trials, time, epochs and executions",
    # keras-tuner's
    "max_trials": "trials",
    "executions_per_trial": "executions",
    "max_epochs": "epochs",
    "project_name": "name",
    "directory": "output",
    "overwrite": "fresh",
    "hyperparameters": "parameters={'units': {'min': 8, 'max': 64}}",
    "tune_new_entries": "parameters={'units': {'value': 32}} for what is not to be searched",
    "max_model_size": "constraints={'max_parameters': 1_000_000}",
    "max_retries_per_trial": "nothing: only a trial that ends its process is tried again, once",
    "max_consecutive_failed_trials": "nothing: failed trials never end the search",
    "tuner": "strategy",
    "oracle": "strategy",
    "hypermodel": "the model as the first argument",
    "distribution_strategy": "workers=2 to train trials side by side",
    "logger": "callbacks=[…]",
    "factor": "strategy={'name': 'hyperband', 'options': {'reduction_factor': 3}}",
    "hyperband_iterations": "trials or time: hyperband begins its brackets anew until then",
    "num_initial_points": "strategy={'name': 'bayesian', 'options': {'initial': 10}}",
    "allow_new_entries": "nothing: hyperparameters that are met late join the space",
    "tuner_id": "nothing: workers=2 trains side by side",
    # of other libraries that search
    "num_trials": "trials",
    "num_samples": "trials",
    "n_iter": "trials",
    "max_time": "time",
    "time_budget": "time",
    "metric": "objective",
    "monitor": "objective",
    "goal": "objective={'metric': 'val_loss', 'goal': 'minimize'}",
    "patience": "early_stopping={'patience': 5}",
    "random_state": "seed",
    "cv": "folds",
    "n_splits": "folds",
    "test_size": "test",
    "output_dir": "output",
    "log_dir": "output",
    "max_concurrent_trials": "workers",
    # Optuna's
    "n_trials": "trials",
    "timeout": "time",
    "n_jobs": "workers",
    "pruner": "pruning",
    "sampler": "strategy={'name': 'optuna', 'sampler': …}",
    "study_name": "name",
    "direction": "objective={'metric': 'val_loss', 'goal': 'minimize'}",
    "directions": "objective=[{'metric': …, 'goal': 'minimize'}, …]",
    "load_if_exists": "the same output: a search goes on with the trials that it finds there",
    "show_progress_bar": "quiet",
    "catch": "nothing: a trial that fails does not end the search",
    "gc_after_trial": "nothing: what a trial leaves in memory is freed",
    "n_startup_trials": "strategy={'name': 'optuna', 'options': {'n_startup_trials': 5}}",
    # of Keras's fit
    "validation_batch_size": "batch_size",
    "validation_freq": "nothing: each epoch is validated, so that the best one can be chosen",
    "shuffle": "nothing: rows are shuffled in each epoch; order='time' keeps splits in order",
    "initial_epoch": "epochs",
    "use_multiprocessing": "workers",
    "learning_rate": "it in the builder, such as hp.Float('learning_rate', 1e-4, 1e-1)",
    "train_data": "data",
    "x_train": "x",
    "y_train": "y",
    "test_data": "data=((x, y), (x_validation, y_validation), (x_test, y_test))",
}
"""Arguments of other libraries or keys of study.yaml, and what to give `tuneit.search` instead."""


_ALIKE = 0.8
"""Likeness (difflib's ratio) from which a name is taken for another library's name, misspelt."""


def as_objective(given: Any) -> Any:
    """Convert keras-tuner's `Objective`, alone or in a list; return other values unchanged."""
    if isinstance(given, (list, tuple)):
        return [as_objective(one) for one in given]
    direction = getattr(given, "direction", None)
    if direction in ("min", "max"):
        return {"metric": given.name, "goal": f"{direction}imize"}
    return given


def as_time(given: Any) -> Any:
    """Return how long a search may take. Raises InputError for times of rows."""
    if hasattr(given, "__len__") and not isinstance(given, str):
        raise InputError(
            f"time is how long the search may take, such as '10m', but is {kind_of(given)} of "
            f"{len(given)}: times of rows are given as times="
        )
    return given


def as_settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """Check the names of the remaining arguments, which are keys of a study.

    Raises InputError for an unknown argument; it names the argument that serves instead, or one
    with a similar name.
    """
    for name in given:
        if name not in SETTINGS:
            raise InputError(f"there is no argument '{name}'{_instead_of(name)}")
    return dict(given)


def as_callbacks(given: Any) -> tuple[Any, ...]:
    """Convert callbacks: top-level functions become references, instances are copied.

    Lambdas and nested functions stay as they are. Raises InputError for an instance that cannot be
    copied, and for anything that is no callback.
    """
    if given is None:
        return ()
    listed = list(given) if isinstance(given, (list, tuple)) else [given]
    return tuple(_callback(one, f"callbacks[{place}]") for place, one in enumerate(listed))


def _callback(given: Any, where: str) -> Any:
    from tuneit.training.fitting.callbacks import CopyOf

    keras = sys.modules.get("keras")  # imported already where there is a callback
    if keras is not None and isinstance(given, keras.callbacks.Callback):
        try:
            copy.deepcopy(given, {id(getattr(given, "_model", None)): None})
        except Exception as error:  # whatever its parts raise
            raise InputError(
                f"{where} is a {type(given).__name__} that cannot be copied "
                f"({type(error).__name__}: {error}), but each training needs its own: give a "
                "function that makes it, such as lambda: MyCallback(…)"
            ) from None
        return CopyOf(given)
    if not isinstance(given, str) and not callable(given):
        raise InputError(
            f"{where} must be a Keras callback, a function that returns one, or its name "
            f"(file.py:name or package.module:name), but is {given!r:.80}"
        )
    name = getattr(given, "__qualname__", "<")
    is_importable = inspect.isclass(given) or inspect.isfunction(given)
    if isinstance(given, str) or "<" in name or not is_importable:
        return given
    return f"{given.__module__}:{name}"


def _instead_of(name: str) -> str:
    if name in _ARGUMENT_FOR:
        return f": give {_ARGUMENT_FOR[name]}"
    known = sorted({*OWN_ARGUMENTS, *SETTINGS, *DATA_ARGUMENTS})
    near = difflib.get_close_matches(name, [*known, *_ARGUMENT_FOR], n=1, cutoff=_ALIKE)
    if near and near[0] in _ARGUMENT_FOR:
        return _instead_of(near[0])
    return did_you_mean(name, known) or f"; tuneit.search takes {', '.join(known)}"


WITH_A_FILE = ("model", "output", "fresh", "keep", "quiet", "verbose")
"""Arguments of `tuneit.search` beside a study file, which says all the rest."""


def refuse_beside_file(
    file: Any, arguments: Mapping[str, Any], known: Mapping[str, inspect.Parameter]
) -> None:
    """Raise InputError for arguments that a study file says itself; `known` are those of search."""
    given = [
        name
        for name, value in arguments.items()
        if name not in (*WITH_A_FILE, "settings")
        and (name not in known or value is not known[name].default)
    ]
    if given:
        raise InputError(
            f"the study {file} says all but {', '.join(WITH_A_FILE[1:])} itself: leave out "
            f"{', '.join(given)}, or change the file"
        )


def refuse_local_callbacks(study: Study, callbacks: Sequence[Any]) -> None:
    """Raise InputError for callbacks that the study's worker processes cannot import."""
    for one in callbacks if study.in_processes else ():
        module, _, name = one.partition(":") if isinstance(one, str) else _home(one)
        if module == "__main__":
            raise InputError(
                f"worker processes cannot import {name}, which only this program defines: put it "
                "into a file and import it from there, or train with workers=1 and without "
                "trial_timeout and max_memory"
            )


def _home(maker: Any) -> tuple[str, str, str]:
    """The module and name of a function that makes callbacks; `__main__` if it has no module."""
    given = getattr(maker, "given", None)
    kind = maker if given is None else type(given)
    name = getattr(kind, "__qualname__", repr(kind))
    try:
        pickle.dumps(maker)
    except Exception:  # whatever its parts raise
        return "__main__", ":", name
    return kind.__module__, ":", name


def as_strategy(given: Any) -> Any:
    """Convert a strategy, or a mapping with one; strategy and sampler classes become references."""
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
            f"{where} must be {what}, defined at the top level of a module or notebook, or its "
            f"name (file.py:name or package.module:name), since a resumed search makes it again; "
            f"but it is {given!r:.80}"
        )
    return f"{given.__module__}:{name}"
