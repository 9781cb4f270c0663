"""Which configurations have been tried; values that the builder does not use are ignored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from tuneit.space import Params, Scalar, SearchSpace, params_key
from tuneit.trials import Trial

Key = tuple[tuple[str, str, Scalar], ...]
"""A configuration as `params_key` writes it."""


def with_defaults(space: SearchSpace, params: Mapping[str, Scalar]) -> Params:
    """Return the value of each hyperparameter that is active under `params`, or else its default.

    A trial lacks hyperparameters that its builder did not ask for, and those that joined the space
    after it. Hyperparameters that this space does not know are left out.
    """
    full: Params = {}
    for parameter in space:
        if parameter.is_active(full):
            full[parameter.name] = params.get(parameter.name, parameter.default)
    return full


class Tried:
    """The configurations that were trained or are being trained; `key in tried` tells of one.

    A finished trial has the hyperparameters that its builder asked for, a running one where these
    are known before. It stands for every configuration with the same values of these: the builder
    would make the same model. What the study's time cut short may be tried again.
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
        """Take in what is new; trials that are known cost next to nothing.

        Returns False where something that was tried before no longer is.
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
        """Whether no configuration of a finite space is left."""
        if self._size is None or self._points < self._size:
            return False
        # While a trial runs, another that ended may stand for its configuration, too.
        alone = (key for key in self._counts if not self._stands_behind_another(key))
        return sum(map(self._stands_for, alone)) >= self._size

    def left(self) -> Iterator[Params]:
        """Points of the space's grid, in its order, that are not tried when they are reached.

        Where a trial stands for all points of a branch, the branch is not walked.
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
        """How many configurations of a finite space a trial stands for."""
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
