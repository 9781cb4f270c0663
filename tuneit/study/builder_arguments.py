"""Check that a builder's arguments and a study's `parameters` fit together.

The signature may come from the imported function or from its source, because a study file is
checked before the user's code is imported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from inspect import Parameter

from tuneit.errors import BuilderError, InputError, SpaceError, did_you_mean, one_of
from tuneit.study.parameters import RESERVED, ParameterSpec
from tuneit.study.part import Path

HP_NAMES = ("hp", "hps", "hparams", "hyperparameters", "hyper_parameters", "trial")
"""A builder whose only argument has one of these names takes keras-tuner's `hp` or Optuna's
`trial`, whatever the study defines."""

VARIADIC = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
_POSITIONAL = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)

Arguments = Mapping[str, Parameter]
"""The parameters of an `inspect.Signature`."""


@dataclass(frozen=True)
class Mismatch:
    """One problem: the path of its key in the study, and what is wrong."""

    path: Path
    message: str
    kind: type[InputError] = BuilderError


def takes_hp(arguments: Arguments, specs: Mapping[str, ParameterSpec]) -> bool:
    """Tell whether a function takes keras-tuner's `hp` rather than a keyword per hyperparameter.

    It does if its one required argument is called `hp` (or one of `HP_NAMES`), or if no name in
    `specs` is, or resembles, an argument of the function.
    """
    required = [
        argument
        for argument in arguments.values()
        if argument.default is Parameter.empty and argument.kind not in VARIADIC
    ]
    if len(required) != 1 or required[0].kind not in _POSITIONAL:
        return False
    if required[0].name in HP_NAMES:
        return True
    return not set(specs) & set(arguments) and not did_you_mean(required[0].name, specs)


def mismatches(
    name: str, arguments: Arguments, specs: Mapping[str, ParameterSpec]
) -> Iterator[Mismatch]:
    """Yield the mismatches between `specs` and the keywords of a function called `name`."""
    named = [n for n, argument in arguments.items() if argument.kind not in VARIADIC]
    open_ended = any(a.kind is Parameter.VAR_KEYWORD for a in arguments.values())
    for key, spec in specs.items():
        if key not in named and key not in RESERVED and not open_ended:
            takes = f"; it takes {one_of(named)}" if named else "; it takes none"
            hint = did_you_mean(key, named) or takes
            message = f"{name} takes no hyperparameter '{key}'{hint}"
            yield Mismatch(("parameters", key), message)
        elif not spec.is_complete:
            message = (
                f"hyperparameter '{key}' needs min and max, values, or value: {name} takes "
                "keywords, so the study defines the whole space"
            )
            yield Mismatch(("parameters", key), message, SpaceError)
    for key in named:
        required = arguments[key].default is Parameter.empty
        if not required or key in specs or arguments[key].kind is Parameter.POSITIONAL_ONLY:
            continue
        misspelt = did_you_mean(key, [other for other in specs if other not in named])
        if not misspelt or open_ended:  # otherwise the mismatch of the misspelled key says it
            message = (
                f"{name} needs '{key}', which `parameters` does not define: add it there, "
                f"give it a default, or write {name}(hp)"
            )
            yield Mismatch(("parameters",) if specs else ("model",), message)
