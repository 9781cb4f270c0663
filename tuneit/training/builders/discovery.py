"""Finding a builder's search space by running the builder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tuneit.data.dataset import Dataset
from tuneit.errors import BuilderError, SpaceError, did_you_mean
from tuneit.space import (
    Boolean,
    Choice,
    Condition,
    Fixed,
    Int,
    Parameter,
    Params,
    SearchSpace,
    reachable,
)
from tuneit.study import RESERVED
from tuneit.training.builders.build import (
    MAX_LOST,
    Build,
    BuildInSandbox,
    build_in_process,
    build_once,
    initial_space,
)
from tuneit.training.builders.builder import Builder

MAX_BUILDS = 50
"""After so many builds, a scope that never became active is reported as an error."""

MAX_COUNT = 10
"""Integers with at most this many values may be counts (of layers, of blocks). They are tried at
their maximum, so that the hyperparameters inside a loop are found."""

_Scope = tuple[Condition, ...]


def discover_space(
    builder: Builder, dataset: Dataset | None = None, sandbox: BuildInSandbox | None = None
) -> SearchSpace:
    """Return the hyperparameters that `builder` asks for, with the study's `parameters` applied.

    A keyword builder's space is what these define. Otherwise the builder runs with defaults,
    then with every choice, every small integer's maximum and every conditional scope's parents
    in turn, until nothing new turns up (at most `MAX_BUILDS` times). With a dataset, a
    HyperModel's own `fit` runs for one epoch on 32 rows. Hyperparameters that only other values
    lead to, or that stand behind an `if` in `fit`, join the space while searching. A hyperparameter
    behind an `if` is unconditional unless the study gives it a `when`: code is not analysed. A
    scope that can never be active, because its parent has one value or a range that does not
    include the scope's values, is left out.

    With a `sandbox` this process builds only the defaults, after they were built in the sandbox
    without harm. All other values are built only in the sandbox. If a build ends the sandbox's
    process, values that contain it are not tried again. Hyperparameters that they would lead to
    join the space while searching.

    Raises SpaceError for a scope on a value that its parent never has, for ranges that change from
    one call to the next, and for `parameters` that the builder does not ask for; BuilderError where
    the defaults cannot be built.
    """
    builder.check()
    known = initial_space(builder)
    if sandbox is not None and sandbox(known.defaults(), known) is None:
        raise BuilderError(
            f"{builder.name} ended the process in which it was called with the default values, or "
            "did not return: a search begins with these, so choose defaults that can be built"
        )
    if not builder.takes_hp:
        return known
    search = _Exploration(builder, dataset, sandbox)
    search.run()
    names = {parameter.name for parameter in search.requested}
    for name in builder.specs:
        if name not in names and name not in RESERVED and not search.copied:
            asked = ", ".join(sorted(names)) or "nothing"
            raise SpaceError(
                f"the study's `parameters:` name '{name}', but {builder.name} asks for {asked}"
                f"{did_you_mean(name, names)}",
                at=("parameters", name),
            )
    complete = (spec.to_parameter(name) for name, spec in builder.specs.items() if spec.is_complete)
    missing = [parameter for parameter in complete if parameter.name not in names]
    return SearchSpace((*reachable(search.requested), *missing), search.optional_parameters)


@dataclass
class _Exploration:
    builder: Builder
    dataset: Dataset | None
    sandbox: BuildInSandbox | None
    found: dict[tuple[str, _Scope], Parameter] = field(default_factory=dict)
    own: dict[str, list[Parameter]] = field(default_factory=dict)
    scopes: dict[_Scope, bool] = field(default_factory=dict)
    copied: bool = False
    builds: list[Params] = field(default_factory=list)
    lost: list[Params] = field(default_factory=list)

    @property
    def optional_parameters(self) -> frozenset[str]:
        """Names that one build asked for and another did not, although their conditions held."""
        if self.copied:
            return frozenset()
        ever = {name for asked in self.builds for name in asked}
        return frozenset(
            p.name
            for p in self.requested
            if p.name in ever
            and any(p.is_active(asked) and p.name not in asked for asked in self.builds)
        )

    @property
    def requested(self) -> tuple[Parameter, ...]:
        return tuple(self.found.values())

    def run(self) -> None:
        asked = self._build_defaults(first=True)
        again = self._build_defaults()
        if again != asked:
            raise SpaceError(
                f"{self.builder.name} asked for {_listed(asked)}, and called again with the same "
                f"values for {_listed(again)}: what it asks for may depend on other "
                "hyperparameters alone, not on chance, time or a counter"
            )
        tried: set[Any] = {()}
        for _ in range(MAX_BUILDS - 1):
            untried = (p for p in self._wanted() if _key(p) not in tried)
            params = next((p for p in untried if not self._is_fatal(p)), None)
            if params is None or len(self.lost) == MAX_LOST:
                break
            tried.add(_key(params))
            self._build(params)
        for scope in () if self.lost else self._dormant():
            raise SpaceError(
                f"the conditional scope {_text(scope)} of {self.builder.name} was not reached "
                f"in {MAX_BUILDS} builds: nothing leads to it, or the builder has too many scopes"
            )

    def _build_defaults(self, *, first: bool = False) -> frozenset[str]:
        """Run the builder with defaults and return the names that it asked for.

        Raises BuilderError where the first run fails.
        """
        fits = first and self.builder.own_fit is not None and self.dataset is not None
        then = self._fit if fits else None
        # The second run has another seed: a builder that asks at random asks for something else.
        seed, known = 0 if first else 1, SearchSpace(self.requested)
        build = build_once(self.builder, {}, known, then, seed=seed)
        if first and build.error is not None:
            raise build.error
        self._take(build)
        return frozenset(build.values)

    def _build(self, params: Params) -> None:
        sandbox = self.sandbox or build_in_process(self.builder)
        build = sandbox(params, SearchSpace(self.requested))
        if build is None:
            self.lost.append(params)
        else:
            self._take(build)

    def _is_fatal(self, params: Params) -> bool:
        """Whether these values contain those of a build that ended its process."""
        return any(lost.items() <= params.items() for lost in self.lost)

    def _take(self, build: Build) -> None:
        if build.error is None:
            self.builds.append(build.values)
        for parameter in build.requested:
            self.found.setdefault((parameter.name, parameter.when), parameter)
        for name, own in build.own.items():
            self.own.setdefault(name, own)
        for scope, active in build.scopes.items():
            self.scopes[scope] = self.scopes.get(scope, False) or active
        self.copied = self.copied or build.copied

    def _fit(self, hp: Any, model: Any) -> None:
        from tuneit.training.fitting.fit import fit_briefly

        assert self.dataset is not None
        try:
            fit_briefly(self.builder, hp, model, self.dataset)
        except SpaceError:
            raise
        except Exception:
            # What it asked for until then is recorded. The inspection or the trial reports the
            # failure.
            return

    # ------------------------------------------------------------------ where to look next

    def _wanted(self) -> Iterator[Params]:
        """Parameters whose build may ask for new hyperparameters, the most promising first."""
        for scope in self._dormant():
            params = self._reaching(scope)
            if params is not None:
                yield params
        for parameter in self.requested:
            base = self._reaching(parameter.when)
            if base is None:
                continue
            for value in _values_to_try(parameter):
                yield {**base, parameter.name: value}

    def _dormant(self) -> list[_Scope]:
        """Scopes that were entered but never active, although some value would activate them."""
        return [
            scope
            for scope, active in self.scopes.items()
            if not active and self._reaching(scope) is not None
        ]

    def _reaching(self, scope: _Scope) -> Params | None:
        """Values under which a scope is active; None where no value activates it.

        That is so where the study's own values exclude it, where the parent has one value, or where
        its numbers do not include the scope's (`for i in range(4)` opens scopes for more layers
        than there may be). Raises SpaceError where the parent chooses from texts and has none of
        the scope's values: that is a typing error.
        """
        params: Params = {}
        for parent, allowed in self._conditions(scope).items():
            possible = [v for v in allowed if any(p.contains(v) for p in self.own[parent])]
            if not possible and any(map(_may_lack_values, self.own[parent])):
                return None
            if not possible:
                values = " or ".join(dict.fromkeys(repr(v) for c in scope for v in c.values))
                why = f"is never {values}" if allowed else "has no value that all of it allows"
                raise SpaceError(
                    f"the conditional scope {_text(scope)} of {self.builder.name} can never be "
                    f"active: '{parent}' {why}; correct the scope's values"
                )
            mine = [p for (name, _), p in self.found.items() if name == parent]
            left = [v for v in possible if any(p.contains(v) for p in mine)]
            if not left:
                return None
            params[parent] = left[0]
        return params

    def _conditions(self, scope: _Scope) -> dict[str, list[Any]]:
        """The values that a scope, and the conditions of its parents, allow each parent."""
        allowed: dict[str, list[Any]] = {}
        queue = list(scope)
        while queue:
            condition = queue.pop()
            before = allowed.get(condition.parent)
            values = list(condition.values)
            if before is None:
                alternatives = self.own.get(condition.parent, [])
                if len(alternatives) == 1:
                    queue += alternatives[0].when
            else:
                values = [v for v in before if v in values]
            allowed[condition.parent] = values
        return allowed


def _may_lack_values(parent: Parameter) -> bool:
    """Whether a scope may name values that this parent lacks: numbers, booleans, or one value."""
    if isinstance(parent, (Choice, Fixed)):
        numbers = (isinstance(value, (int, float)) for value in parent.points())
        return parent.count == 1 or (all(numbers) and not isinstance(parent, Boolean))
    return True


def _values_to_try(parameter: Parameter) -> tuple[Any, ...]:
    """Values of a hyperparameter that a builder may branch on, or use as a count."""
    if isinstance(parameter, (Boolean, Choice)) and parameter.count <= MAX_COUNT:
        return tuple(v for v in parameter.points() if v != parameter.default)
    if isinstance(parameter, Int) and (parameter.count or MAX_COUNT + 1) <= MAX_COUNT:
        return (parameter.points()[-1],)
    return ()


def _listed(names: frozenset[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"


def _text(scope: _Scope) -> str:
    return " and ".join(f"{c.parent} in {list(c.values)}" for c in scope)


def _key(params: Params) -> Any:
    return tuple(sorted((name, type(v).__name__, str(v)) for name, v in params.items()))
