"""A strategy that uses any of Optuna's samplers."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import optuna

from tuneit.errors import MissingExtraError, SpaceError, StrategyError, did_you_mean
from tuneit.space import Params, SearchSpace
from tuneit.space.distributions import Axis, axes, real_axes
from tuneit.strategies.base import Situation, Suggestion
from tuneit.strategies.history import is_exhausted, untried
from tuneit.strategies.options import refuse_types
from tuneit.strategies.optuna_mirror import STUDY_NAME, MirrorStorage
from tuneit.strategies.own import blaming
from tuneit.study import SAMPLERS
from tuneit.trials import Memory, Objective

_SHARED_ONLY_WHILE_RUNNING = ("tpe:relative_params", "gp:relative_params")
"""Attributes that two samplers write on running trials; they only repeat the parameters."""

# Users do not need a sampler's log messages, such as that it is experimental.
_QUIET = optuna.logging.ERROR


@dataclass
class OptunaSampler:
    """Asks an Optuna sampler, which is made for each proposal with the situation's seed.

    The sampler reads the trials from a mirror of the ledger. The system attributes that it writes
    on trials and study are stored in `Memory.own`. A user's own sampler, whose name is `own`, may
    keep state in these attributes, but not in itself. It sees the values that the builder gets;
    Optuna's samplers see encoded values, for instance the index in a stepped log range.
    """

    sampler: type[Any]
    options: Mapping[str, Any] = field(default_factory=dict)
    own: str | None = None
    _mirror: _Mirror | None = field(default=None, init=False, repr=False)

    @classmethod
    def named(cls, name: str, options: Mapping[str, Any]) -> OptunaSampler:
        """Find one of tuneit's samplers, or a class as `module:Class`, and try its options.

        Raises StrategyError if it does not exist, MissingExtraError if it is not installed.
        """
        if name not in SAMPLERS:
            return cls.made(name, _find(name, name), options)
        entry = SAMPLERS[name]
        package, (_, _, what) = entry.package, entry.implementation.partition(":")
        if package is not None and find_spec(package) is None:
            raise MissingExtraError(
                f"sampler {name} (Optuna's {what}) needs the package {package}, which is not "
                f"installed: `pip install {package}`, or choose strategy bayesian or sampler tpe"
            )
        strategy = cls(_find(name, entry.implementation), {**entry.defaults, **options})
        strategy.check(name, options)
        return strategy

    @classmethod
    def made(cls, name: str, found: Any, options: Mapping[str, Any]) -> OptunaSampler:
        """Take the user's class, which the study calls `name`, and try its options.

        Raises StrategyError if it is not a sampler.
        """
        if not (isinstance(found, type) and issubclass(found, optuna.samplers.BaseSampler)):
            raise StrategyError(
                f"'{name}' is not a subclass of optuna.samplers.BaseSampler",
                at=("strategy", "sampler"),
            )
        strategy = cls(found, options, name)
        strategy.check(name, options)
        return strategy

    def check(self, name: str, given: Mapping[str, Any]) -> None:
        """Refuse options that the sampler does not take, or cannot work with."""
        signature = inspect.signature(self.sampler)
        known = [p for p in signature.parameters if p != "seed"]
        takes_any = any(
            p.kind is inspect.Parameter.VAR_KEYWORD for p in signature.parameters.values()
        )
        for option in given:
            if option == "seed":
                raise StrategyError(
                    f"sampler {name}: give the seed as the study's `seed`, not as an option",
                    at=("strategy", "options", "seed"),
                )
            if option not in known and not takes_any:
                raise StrategyError(
                    f"sampler {name} has no option '{option}'{did_you_mean(option, known)} "
                    f"(its options are {', '.join(known) or 'none'})",
                    at=("strategy", "options", option),
                )
        refuse_types(f"sampler {name}", given, self.sampler, StrategyError)
        try:
            with _quietly():
                self._make(0)
                if given and name in SAMPLERS:
                    self._rehearse()
        except Exception as error:
            said = str(error) or type(error).__name__
            raise StrategyError(
                f"sampler {name} does not accept its options: {said}", at=("strategy", "options")
            ) from None

    def _rehearse(self) -> None:
        """Ask for three proposals: some samplers check their options only then."""
        options = dict(self.options)
        if "n_startup_trials" in inspect.signature(self.sampler).parameters:
            options["n_startup_trials"] = 1
        study = optuna.create_study(sampler=OptunaSampler(self.sampler, options)._make(0))
        for value in range(3):
            trial = study.ask()
            for name in ("x", "y"):
                trial.suggest_int(name, 0, 9)
            study.tell(trial, value)

    def propose(self, situation: Situation) -> Suggestion | None:
        """Return the sampler's suggestion, or None if nothing new is left."""
        if is_exhausted(situation):
            return None
        if self._mirror is None or not self._mirror.fits(situation):
            walked = (real_axes if self.own else axes)(situation.space)
            self._mirror = _Mirror(situation.space, situation.objectives, walked)
        if self.options.get("with_margin"):
            _refuse_conditions(situation.space)
        with _quietly(), blaming(f"sampler '{self.own or self.sampler.__name__}'"):
            return self._ask(self._mirror, situation)

    def _ask(self, mirror: _Mirror, situation: Situation) -> Suggestion | None:
        mirror.storage.show(situation.trials)
        if mirror.has_stopped(self._make(0)):
            return None
        if not mirror.axes:
            # Nothing varies, so there is nothing to ask.
            only = untried(situation, situation.space.defaults)
            return None if only is None else Suggestion(only)
        before = mirror.storage.attrs
        # A sequence has a position, so asking again skips a point that was tried.
        is_sequence = issubclass(self.sampler, optuna.samplers.QMCSampler)
        for _ in range(situation.attempt + 1 if is_sequence else 1):
            mirror.storage.drop_asked()
            sampler = self._make(self._seed(situation, is_sequence))
            params = mirror.ask(sampler)
        noted = {
            key: value
            for key, value in mirror.storage.last.system_attrs.items()
            if not key.startswith(_SHARED_ONLY_WHILE_RUNNING)
        }
        learnt = {k: v for k, v in mirror.storage.attrs.items() if before.get(k) != v}
        own = {name: kept for name, kept in (("trial", noted), ("study", learnt)) if kept}
        mirror.storage.drop_asked()
        return Suggestion(params, Memory(own=own))

    def _seed(self, situation: Situation, is_sequence: bool) -> int:
        # All points of a sequence need the same seed.
        if is_sequence:
            return situation.seed % 2**32
        return int(situation.rng.integers(2**32))

    def _make(self, seed: int) -> Any:
        options = dict(self.options)
        if "seed" in inspect.signature(self.sampler).parameters:
            options["seed"] = seed
        return self.sampler(**options)


def _find(name: str, reference: str) -> type[Any]:
    module_name, _, attribute = reference.partition(":")
    try:
        found: type[Any] = getattr(import_module(module_name), attribute)
    except ImportError as error:
        raise StrategyError(
            f"sampler '{name}' cannot be imported: {error}", at=("strategy", "sampler")
        ) from None
    except AttributeError:
        known = vars(import_module(module_name))
        raise StrategyError(
            f"module '{module_name}' has no sampler '{attribute}'{did_you_mean(attribute, known)}",
            at=("strategy", "sampler"),
        ) from None
    return found


def _refuse_conditions(space: SearchSpace) -> None:
    """Raise SpaceError if there are conditions: CMA-ES with margin needs vectors of one length."""
    for parameter in space:
        if parameter.when:
            raise SpaceError(
                f"cmaes with `with_margin` needs hyperparameters without conditions, but "
                f"'{parameter.name}' depends on another: remove with_margin, or choose another "
                "sampler",
                at=("parameters", parameter.name),
            )


@contextmanager
def _quietly() -> Iterator[None]:
    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(_QUIET)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        optuna.logging.set_verbosity(level)


class _Mirror:
    """An Optuna study over one space and its objectives."""

    def __init__(
        self, space: SearchSpace, objectives: tuple[Objective, ...], walked: tuple[Axis, ...]
    ) -> None:
        self._space = space
        self._objectives = objectives
        self.axes = walked
        self._axis_of = {id(axis.parameter): axis for axis in self.axes}
        self.storage = MirrorStorage(self.axes, objectives)

    def fits(self, situation: Situation) -> bool:
        return self._space == situation.space and self._objectives == situation.objectives

    def has_stopped(self, sampler: Any) -> bool:
        """Tell whether the sampler stops the study after the last trial, as brute force does."""
        trials = reversed(self.storage.get_all_trials(0))
        last = next((trial for trial in trials if trial.state.is_finished()), None)
        if last is None:
            return False
        study = optuna.Study(STUDY_NAME, self.storage, sampler=sampler)
        stopped: list[bool] = []
        # The method itself raises an error outside Study.optimize.
        setattr(study, "stop", lambda: stopped.append(True))  # noqa: B010
        sampler.after_trial(study, last, last.state, last.values)
        return bool(stopped)

    def ask(self, sampler: Any) -> Params:
        """Ask for each active hyperparameter, in the order of the space."""
        study = optuna.Study(STUDY_NAME, self.storage, sampler=sampler)
        trial = study.ask()
        params: Params = {}
        for parameter in self._space:
            if not parameter.is_active(params):
                continue
            axis = self._axis_of.get(id(parameter))
            if axis is None:
                params[parameter.name] = parameter.points()[0]
            else:
                params[parameter.name] = axis.decode(_suggest(trial, axis))
        return params


def _suggest(trial: optuna.Trial, axis: Axis) -> Any:
    d = axis.distribution
    try:
        if isinstance(d, optuna.distributions.CategoricalDistribution):
            return trial.suggest_categorical(axis.key, d.choices)
        if isinstance(d, optuna.distributions.IntDistribution):
            return trial.suggest_int(axis.key, d.low, d.high, step=d.step, log=d.log)
        assert isinstance(d, optuna.distributions.FloatDistribution)
        return trial.suggest_float(axis.key, d.low, d.high, step=d.step, log=d.log)
    except ValueError as error:
        if "step must be given" in str(error):
            raise SpaceError(
                f"brute force needs a finite space: give hyperparameter '{axis.parameter.name}' "
                "a step, or choose another sampler",
                at=("parameters", axis.parameter.name),
            ) from None
        raise
