"""One run of a builder under given values, and what it asked for."""

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
    """What a builder asked for, whether or not it came to a model; `error` is why it did not.

    `met` are the hyperparameters asked for, also in what was run after it, and `own` the same
    without the study's overrides; `values` are what the builder itself was answered, `scopes` those
    that it entered, and whether they were active; `copied` says that it may have asked for more.
    `parameters` counts the model's weights, None where a model has none yet; `head` is its output
    and loss, None where it has several of them.
    """

    values: Params
    met: Sequence[Parameter]
    own: Mapping[str, list[Parameter]]
    scopes: Mapping[tuple[Condition, ...], bool]
    copied: bool
    parameters: int | None = None
    error: BuilderError | None = None
    head: Head | None = None


MAX_LOST = 5
"""Builds apart that may be lost, each with its process, before no more are tried."""

BuildApart = Callable[[Params, SearchSpace], Build | None]
"""Builds under values, in the space known so far, where that can harm nobody: in another process.
None is a build that ended its process or did not end in time."""


def initial_space(builder: Builder) -> SearchSpace:
    """What is known of the space before the first build: all of it for a builder with keywords."""
    if builder.takes_hp:
        return SearchSpace()
    complete = ((name, spec) for name, spec in builder.specs.items() if spec.is_complete)
    return SearchSpace(tuple(spec.to_parameter(name) for name, spec in complete))


def building_here(builder: Builder) -> BuildApart:
    """Build in this process, where there is no other to do it."""
    return lambda params, known: build_once(builder, params, known)


def build_once(
    builder: Builder,
    params: Params,
    known: SearchSpace,
    then: Callable[[Any, Any], None] | None = None,
    *,
    seed: int = 0,
) -> Build:
    """Run the builder in this process, then `then(hp, model)`, whose questions are met too.

    A builder that raises is a value; SpaceError passes.
    """
    import keras

    from tuneit.training.builders.hyperparameters import TrialHyperParameters
    from tuneit.training.models.head import head_of

    hp = TrialHyperParameters(params, builder.specs, known=known)
    # Collecting garbage each time would take longer than building.
    keras.utils.clear_session(free_memory=False)
    keras.utils.set_random_seed(seed)
    error: BuilderError | None = None
    parameters: int | None = None
    head: Head | None = None
    try:
        model = builder.build(hp)
        values, scopes = dict(hp.values), dict(hp.scopes)
        with contextlib.suppress(Exception):  # a model may count in a way of its own
            parameters = int(model.count_params()) if model.built else None
        head = head_of(model)
        if then is not None:
            then(hp, model)
    except BuilderError as raised:
        error, values, scopes = raised, dict(hp.values), dict(hp.scopes)
    finally:
        keras.utils.clear_session(free_memory=False)
    return Build(
        values=values,
        met=hp.met,
        own=hp.record.own,
        scopes=scopes,
        copied=hp.record.copied,
        parameters=parameters,
        error=error,
        head=head,
    )


def default_head(builder: Builder, apart: BuildApart | None) -> Head | None:
    """The head of the model with default hyperparameters; None where it cannot be built.

    Why it cannot is told by the discovery of the space, which comes next. The model is built
    `apart` where that is given: in another process.
    """
    builder.check()
    space = initial_space(builder)
    build = (apart or building_here(builder))(space.defaults(), space)
    return None if build is None else build.head
