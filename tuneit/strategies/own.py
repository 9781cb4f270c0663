"""Wrap a user's own strategy, and check its proposals."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tuneit.errors import InputError, StrategyError, TuneitError
from tuneit.errors.wording import kind_of
from tuneit.space.python_values import plain
from tuneit.strategies.base import Situation, Strategy, Suggestion
from tuneit.trials.memory import RESERVED, Memory


@dataclass
class Own:
    """Asks the user's strategy, which may return a Suggestion or a plain mapping of values.

    An exception in it, or a proposal outside the search space, becomes an InputError with its
    `name`.
    """

    name: str
    strategy: Strategy

    @classmethod
    def made(cls, name: str, found: Any, options: Mapping[str, Any]) -> Own:
        """Make the strategy that the study calls `name`. Raises StrategyError if it is none."""
        if not isinstance(found, type) or not callable(getattr(found, "propose", None)):
            kind = f"class {found.__name__}" if isinstance(found, type) else type(found).__name__
            raise StrategyError(
                f"strategy '{name}' must be a class with a method propose(situation), "
                f"but is a {kind}{' without one' if isinstance(found, type) else ''}"
            )
        try:
            strategy = found(**options)
        except Exception as error:
            raise StrategyError(
                f"strategy '{name}' does not accept its options: {error}"
            ) from error
        try:
            inspect.signature(strategy.propose).bind(None)
        except TypeError as error:
            raise StrategyError(
                f"strategy '{name}' must have a method propose(self, situation), but its propose "
                f"cannot be called with a situation: {error}"
            ) from error
        return cls(name, strategy)

    def propose(self, situation: Situation) -> Suggestion | None:
        """Return the user's suggestion, checked."""
        with blaming(f"strategy '{self.name}'"):
            given = self.strategy.propose(situation)
        if given is None:
            return None
        suggestion = Suggestion(dict(given)) if isinstance(given, Mapping) else given
        if not isinstance(suggestion, Suggestion):
            raise InputError(
                f"strategy '{self.name}' must propose a Suggestion, a mapping of values or None, "
                f"but proposed {kind_of(given)}"
            )
        if not isinstance(suggestion.memory, Memory):
            raise InputError(
                f"strategy '{self.name}' must give its Suggestion a tuneit.trials.Memory, whose "
                f"`own` may hold any JSON-ready mapping, but gave it {kind_of(suggestion.memory)}"
            )
        if taken := RESERVED & suggestion.memory.own.keys():
            raise InputError(
                f"strategy '{self.name}' must not keep '{min(taken)}' in a memory's `own`, as "
                "tuneit uses this name: choose another"
            )
        # `situation.rng` draws NumPy numbers.
        params = plain(suggestion.params)
        space = situation.space
        if not space.contains(params):
            wrong = [p for p in space if p.name in params and not p.contains(params[p.name])]
            why = "".join(f"; {p.name} cannot be {params[p.name]!r}" for p in wrong)
            raise InputError(
                f"strategy '{self.name}' must propose one legal value for each active "
                f"hyperparameter ({', '.join(space.names)}), but proposed {params}{why}"
            )
        return replace(suggestion, params=params)


@contextmanager
def blaming(what: str) -> Iterator[None]:
    """Turn an exception of the user's class into an InputError with its file and line."""
    try:
        yield
    except TuneitError:
        raise
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        raise InputError(
            f"{what} raised {type(error).__name__}: {error} "
            f"({Path(place.filename).name}:{place.lineno})"
        ) from error
