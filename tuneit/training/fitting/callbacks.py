"""The study's own Keras callbacks, which are made for each execution."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuneit.errors import CallbackError
from tuneit.errors.wording import kind_of
from tuneit.space import Scalar
from tuneit.training.user_code.error_text import describe, user_frame
from tuneit.training.user_code.fatal_error import raise_if_fatal
from tuneit.training.user_code.references import load_reference


@dataclass(frozen=True)
class TrialInfo:
    """Facts about a trial's execution, for a function that makes callbacks.

    `execution` counts the trial's executions (seeds or folds) from 1. `folder` is where this
    execution may write files, below the study's folder; it does not exist yet.
    """

    number: int
    params: Mapping[str, Scalar]
    seed: int
    execution: int
    folder: Path


@dataclass(frozen=True, eq=False)
class CopyOf:
    """Makes copies of a callback that the user gave; `given` itself is never used.

    Copies are made with `copy.deepcopy`, without the model that `given` may have been used with.
    Each copy of Keras's TensorBoard writes into its own folder, below that of `given`.
    """

    given: Any

    def __call__(self, trial: TrialInfo) -> Any:
        """The copy for one execution."""
        import keras

        copied = copy.deepcopy(self.given, {id(getattr(self.given, "_model", None)): None})
        if isinstance(copied, keras.callbacks.TensorBoard):
            copied.log_dir = str(Path(copied.log_dir) / trial.folder.name)
        return copied


Maker = str | Callable[..., Any]
"""A reference to a function that makes callbacks, or the function itself."""


def load_callbacks(callbacks: Sequence[Maker], root: Path) -> dict[str, Any]:
    """Import the functions that a study's `callbacks` name, by reference.

    Functions that were given in Python are named by their position. Raises BuilderError if a file
    does not import, CallbackError for what cannot be called.
    """
    functions = {
        one if isinstance(one, str) else f"callbacks[{place}]": load_reference(
            one, root, whose="callbacks'"
        )
        if isinstance(one, str)
        else one
        for place, one in enumerate(callbacks)
    }
    for reference, function in functions.items():
        if not callable(function):
            raise CallbackError(
                f"callback '{reference}' must be a function that returns a Keras callback or a "
                f"list of them, but is {kind_of(function)}",
                at=("callbacks", reference),
            )
    return functions


def make_callbacks(callbacks: Sequence[Maker], root: Path, trial: TrialInfo) -> list[Any]:
    """Call each function and return the Keras callbacks of one execution, in order.

    A function is called with `trial` where it has a parameter of that name, else without
    arguments; it may also be a class of callbacks. Raises CallbackError where a function raises
    or returns something else.
    """
    made: list[Any] = []
    for reference, function in load_callbacks(callbacks, root).items():
        try:
            given = function(trial=trial) if _takes_trial(function) else function()
        except Exception as error:
            raise_if_fatal(error, f"callback '{reference}'", root.resolve())
            where = user_frame(error, root.resolve())
            raise CallbackError(
                f"callback '{reference}' raised {describe(error)}{where}",
                at=("callbacks", reference),
            ) from error
        made += _as_list(reference, given)
    return made


def _takes_trial(function: Any) -> bool:
    try:
        return "trial" in inspect.signature(function).parameters
    except (TypeError, ValueError):
        return False


def _as_list(reference: str, given: Any) -> list[Any]:
    import keras

    found = list(given) if isinstance(given, (list, tuple)) else [given]
    for callback in found:
        if not isinstance(callback, keras.callbacks.Callback):
            got = "None; add `return`" if callback is None else kind_of(callback)
            raise CallbackError(
                f"callback '{reference}' must return a keras.callbacks.Callback or a list of "
                f"them, but returned {got}",
                at=("callbacks", reference),
            )
    return found
