"""Running a builder once with given hyperparameters, and recording what it asked for."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tuneit.data.head import Head
from tuneit.errors import BuilderError
from tuneit.space import Condition, Parameter, Params, SearchSpace
from tuneit.training.builders.builder import Builder


@dataclass(frozen=True)
class Build:
    """The record of one run of a builder; `error` says why it made no model, None if it did.

    `requested` are the hyperparameters that were asked for, with the study's overrides applied, and
    `own` the same as the builder gave them, by name; both include those that a `fit` asked for.
    `values` are the answers that the builder got. `scopes` are the conditional scopes that
    it entered, and whether each was active. `copied` is True where the builder made a copy of `hp`:
    it may have asked the copy for more. `parameters` counts the model's weights, None before they
    exist; `heads` are the model's outputs with their losses,
    none where they are not known.
    """

    values: Params
    requested: Sequence[Parameter]
    own: Mapping[str, list[Parameter]]
    scopes: Mapping[tuple[Condition, ...], bool]
    copied: bool
    parameters: int | None = None
    error: BuilderError | None = None
    heads: tuple[Head, ...] = ()


MAX_LOST = 5
"""After so many builds that ended the sandbox's process, no more builds are tried."""

BuildInSandbox = Callable[[Params, SearchSpace], Build | None]
"""Builds a model with given values, in the space known so far, in another process. Returns None
where the build ended that process or took too long."""


def initial_space(builder: Builder) -> SearchSpace:
    """The space before the first build: complete for a builder that takes keywords, else empty."""
    if builder.takes_hp:
        return SearchSpace()
    complete = ((name, spec) for name, spec in builder.specs.items() if spec.is_complete)
    return SearchSpace(tuple(spec.to_parameter(name) for name, spec in complete))


def build_in_process(builder: Builder) -> BuildInSandbox:
    """A `BuildInSandbox` that builds in this process, if there is no sandbox."""
    return lambda params, known: build_once(builder, params, known)


def build_once(
    builder: Builder,
    params: Params,
    known: SearchSpace,
    then: Callable[[Any, Any], None] | None = None,
    *,
    seed: int = 0,
) -> Build:
    """Run the builder in this process, then `then(hp, model)`, and record what both ask for.

    A BuilderError is returned in the record; SpaceError is raised.
    """
    import keras

    from tuneit.training.builders.hyperparameters import TrialHyperParameters
    from tuneit.training.models.head import heads_of

    hp = TrialHyperParameters(params, builder.specs, known=known)
    # Collecting garbage each time would take longer than building.
    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(seed)
    error: BuilderError | None = None
    parameters: int | None = None
    heads: tuple[Head, ...] = ()
    try:
        model = builder.build(hp)
        values, scopes = dict(hp.values), dict(hp.scopes)
        with contextlib.suppress(Exception):  # a user's class may override count_params
            parameters = int(model.count_params()) if model.built else None
        heads = heads_of(model)
        if then is not None:
            then(hp, model)
    except BuilderError as raised:
        error, values, scopes = raised, dict(hp.values), dict(hp.scopes)
    finally:
        keras.utils.clear_session(free_memory=False)
    return Build(
        values=values,
        requested=hp.requested,
        own=hp.record.own,
        scopes=scopes,
        copied=hp.record.copied,
        parameters=parameters,
        error=error,
        heads=heads,
    )


def default_heads(builder: Builder, sandbox: BuildInSandbox | None) -> tuple[Head, ...]:
    """The heads of the model with default hyperparameters; none if it cannot be built.

    No error is raised here: the discovery of the space, which comes next, raises it. With a
    `sandbox` the model is built in another process.
    """
    builder.check()
    space = initial_space(builder)
    build = (sandbox or build_in_process(builder))(space.defaults(), space)
    return () if build is None else build.heads
