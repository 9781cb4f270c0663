"""Optuna's `trial.suggest_…` as another spelling of keras-tuner's `hp`."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import Any, NoReturn

from tuneit.errors import BuilderError, SpaceError

WAYS_OUT = (
    "return the compiled model before `fit`, and tuneit trains it; or keep the Optuna script and "
    "give its `model.fit` the callback tuneit.DiagnosisCallback()"
)
"""What the author of an Optuna objective can do."""


class OptunaSpelling:
    """The methods of an `optuna.Trial` that ask for a hyperparameter, in terms of `hp`.

    For builders that take `trial` and return a compiled model. `Int`, `Float` and `Choice` are
    those of the class that this one is mixed into. As with Optuna, a categorical's values have no
    order, and a range has a step or a logarithmic scale, not both.
    """

    Int: Any
    Float: Any
    Choice: Any

    def suggest_int(self, name: str, low: int, high: int, step: int = 1, log: bool = False) -> Any:
        """An integer in [low, high], both included; every `step`-th of them."""
        return self._suggest(self.Int, name, low, high, None if step == 1 else step, log)

    def suggest_float(
        self, name: str, low: float, high: float, step: float | None = None, log: bool = False
    ) -> Any:
        """A real number in [low, high], both included."""
        return self._suggest(self.Float, name, low, high, step, log)

    def suggest_categorical(self, name: str, choices: Sequence[Any]) -> Any:
        """One of `choices`."""
        return self.Choice(name, choices, ordered=False)

    def suggest_uniform(self, name: str, low: float, high: float) -> NoReturn:
        """Refused: Optuna's old name."""
        _refuse_old("uniform", f"suggest_float({name!r}, {low}, {high})")

    def suggest_loguniform(self, name: str, low: float, high: float) -> NoReturn:
        """Refused: Optuna's old name."""
        _refuse_old("loguniform", f"suggest_float({name!r}, {low}, {high}, log=True)")

    def suggest_discrete_uniform(self, name: str, low: float, high: float, q: float) -> NoReturn:
        """Refused: Optuna's old name."""
        _refuse_old("discrete_uniform", f"suggest_float({name!r}, {low}, {high}, step={q})")

    def report(self, value: float, step: int) -> NoReturn:
        """Refused: a builder trains nothing."""
        _refuse_pruning("report")

    def should_prune(self) -> NoReturn:
        """Refused: a builder trains nothing."""
        _refuse_pruning("should_prune")

    def _suggest(
        self, ask: Any, name: str, low: float, high: float, step: float | None, log: bool
    ) -> Any:
        if log and step is not None:
            raise SpaceError(
                f"hyperparameter '{name}': log=True takes no step, but got step={step}; leave out "
                "one of the two",
                at=("parameters", name),
            )
        return ask(name, low, high, step=step, sampling="log" if log else "linear")


def is_score(returned: Any) -> bool:
    """Whether a function returned what an Optuna objective does: a number, or a few."""
    if isinstance(returned, (tuple, list)):
        return bool(returned) and all(map(is_score, returned))
    return isinstance(returned, Real) or (getattr(returned, "shape", None) == ())


def _refuse_old(old: str, new: str) -> NoReturn:
    raise BuilderError(f"trial.suggest_{old} is an old name of Optuna's: write trial.{new}")


def _refuse_pruning(method: str) -> NoReturn:
    raise BuilderError(
        f"trial.{method} belongs to an objective that trains by itself, but tuneit trains the "
        f"model and stops poor trials: {WAYS_OUT}"
    )
