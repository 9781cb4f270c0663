"""Keep track of the tried configurations, without values that the builder does not use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from tuneit.space import Params, Scalar, SearchSpace, params_key
from tuneit.trials import Trial

Key = tuple[tuple[str, str, Scalar], ...]
"""A configuration as `params_key` returns it."""


def with_defaults(space: SearchSpace, params: Mapping[str, Scalar]) -> Params:
    """Complete `params` with the defaults of active hyperparameters that are missing.

    A trial lacks hyperparameters that its builder did not ask for, and those that were added to
    the space after it. Hyperparameters that are not in this space are left out.
    """
    full: Params = {}
    for parameter in space:
        if parameter.is_active(full):
            full[parameter.name] = params.get(parameter.name, parameter.default)
    return full


class Tried:
    """The configurations that were or are being trained; `key in tried` tests one.

    A finished trial has only the hyperparameters that its builder asked for, and so has a running
    one if these are known. Every configuration that agrees with it in these counts as tried,
    because the builder would make the same model. A trial that the study's time limit cut short
    does not count.
    """

    def __init__(self, space: SearchSpace = SearchSpace(), trials: Sequence[Trial] = ()) -> None:  # noqa: B008
        self._begin(space)
        self.follow(space, trials)

    def _begin(self, space: SearchSpace) -> None:
        self._space = space
        self._size = space.size
        self._seen: list[Trial] = []
        self._keys: list[Key | None] = []
        self._counts: Counter[Key] = Counter()
        self._by_names: dict[frozenset[str], set[Key]] = {}
        self._points = 0

    def follow(self, space: SearchSpace, trials: Sequence[Trial]) -> bool:
        """Add what is new; trials that are known already cost almost no time.

        Returns False if a configuration that counted as tried no longer does.
        """
        if space == self._space and len(trials) >= len(self._seen) and self._update(trials):
            return True
        self._begin(space)
        self._update(trials)
        return False

    def _update(self, trials: Sequence[Trial]) -> bool:
        known = len(self._seen)
        for index, trial in enumerate(trials):
            if index >= known:
                self._seen.append(trial)
                self._keys.append(self._key(trial))
                self._add(self._keys[-1])
            elif self._seen[index] is not trial:
                before, key = self._keys[index], self._key(trial)
                self._seen[index], self._keys[index] = trial, key
                self._remove(before)
                self._add(key)
                if before is not None and before not in self:
                    return False
        return True

    def __contains__(self, key: object) -> bool:
        return isinstance(key, tuple) and any(
            _part(key, names) in keys for names, keys in self._by_names.items()
        )

    @property
    def is_everything(self) -> bool:
        """Whether every configuration of a finite space was tried."""
        if self._size is None or self._points < self._size:
            return False
        # The configuration of a running trial may be covered by a trial that has ended.
        alone = (key for key in self._counts if not self._stands_behind_another(key))
        return sum(map(self._stands_for, alone)) >= self._size

    def left(self) -> Iterator[Params]:
        """Yield the points of the space's grid, in order, that are untried when they are reached.

        A branch whose points are all covered by one trial is skipped.
        """
        return self._walk(0, {})

    def _walk(self, index: int, params: Params) -> Iterator[Params]:
        if params_key(params) in self:
            return
        for position in range(index, len(self._space)):
            parameter = self._space.parameters[position]
            if parameter.is_active(params):
                for value in parameter.points():
                    yield from self._walk(position + 1, {**params, parameter.name: value})
                return
        yield params

    def _key(self, trial: Trial) -> Key | None:
        if trial.cut_short:
            return None
        params = trial.params
        known = trial.finished or trial.facts.unused is not None
        whole = self._space.restrict(params) if known else with_defaults(self._space, params)
        return params_key(whole)

    def _add(self, key: Key | None) -> None:
        if key is None:
            return
        self._counts[key] += 1
        if self._counts[key] == 1:
            self._by_names.setdefault(_names(key), set()).add(key)
            self._points += self._stands_for(key)

    def _remove(self, key: Key | None) -> None:
        if key is None:
            return
        self._counts[key] -= 1
        if not self._counts[key]:
            del self._counts[key]
            self._by_names[_names(key)].remove(key)
            self._points -= self._stands_for(key)

    def _stands_for(self, key: Key) -> int:
        """How many configurations of a finite space a trial covers."""
        if self._size is None:
            return 0
        return self._space.completions({name: value for name, _, value in key})

    def _stands_behind_another(self, key: Key) -> bool:
        own = _names(key)
        return any(
            _part(key, names) in keys for names, keys in self._by_names.items() if names < own
        )


def _names(key: Key) -> frozenset[str]:
    return frozenset(name for name, _, _ in key)


def _part(key: Iterable[tuple[str, str, Scalar]], names: frozenset[str]) -> Key:
    return tuple(entry for entry in key if entry[0] in names)
