"""Whether a builder fits its study, as far as its source tells."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from inspect import Parameter, Signature

from tuneit.errors import did_you_mean, one_of
from tuneit.study import RESERVED, ParameterSpec
from tuneit.study.part import Path
from tuneit.study_file.source_code import Source, signature_of

HP_NAMES = ("hp", "hps", "hparams", "hyperparameters", "hyper_parameters")

Finding = tuple[Path, str]
"""The path in the study that a sentence is about, and the sentence."""


def missing_name(reference: str, source: Source) -> str | None:
    """Return what is wrong where a file lacks the name that a reference asks of it."""
    file, _, dotted = reference.rpartition(":")
    name = dotted.partition(".")[0]
    if name in source.names or not source.complete:
        return None
    hint = did_you_mean(name, source.names)
    if not hint:
        public = [
            known
            for known, statement in source.names.items()
            if isinstance(statement, (ast.FunctionDef, ast.ClassDef)) and not known.startswith("_")
        ]
        hint = f"; it defines {one_of(public)}" if public else "; it defines none"
    return f"{file} defines no function or class '{name}'{hint}"


def builder_findings(
    reference: str, source: Source, specs: Mapping[str, ParameterSpec]
) -> Iterator[Finding]:
    """Yield what is wrong between a builder's source and the study's `parameters`.

    Imported, assigned and decorated builders are left to the run: their source does not tell.
    """
    dotted = reference.rpartition(":")[2]
    statement = source.names.get(dotted)
    if isinstance(statement, ast.AsyncFunctionDef):
        yield ("model",), f"{dotted} is an async function: a builder is an ordinary one"
    elif isinstance(statement, ast.ClassDef):
        if _lacks_build(statement):
            yield (
                ("model",),
                f"class {dotted} has no method build(self, hp): derive it from "
                "keras_tuner.HyperModel and define build, or name a function",
            )
    elif isinstance(statement, ast.FunctionDef) and not statement.decorator_list:
        yield from _function_findings(dotted, signature_of(statement), specs)


def _lacks_build(statement: ast.ClassDef) -> bool:
    bases = [base for base in statement.bases if not _is_hypermodel(base)]
    methods = [item.name for item in statement.body if isinstance(item, ast.FunctionDef)]
    return not bases and not statement.decorator_list and "build" not in methods


def _is_hypermodel(base: ast.expr) -> bool:
    name = base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", None)
    return name in ("HyperModel", "object")


def _function_findings(
    name: str, signature: Signature, specs: Mapping[str, ParameterSpec]
) -> Iterator[Finding]:
    parameters = signature.parameters
    if not parameters:
        yield (
            ("model",),
            f"{name}() takes no hyperparameters: write it as {name}(hp), or give it one keyword "
            "for each of the study's `parameters`",
        )
        return
    if _takes_hp(signature, specs) or any(
        p.kind is Parameter.VAR_POSITIONAL for p in parameters.values()
    ):
        return
    open_ended = any(p.kind is Parameter.VAR_KEYWORD for p in parameters.values())
    named = [n for n, p in parameters.items() if p.kind is not Parameter.VAR_KEYWORD]
    for key, spec in specs.items():
        if key not in named and key not in RESERVED and not open_ended:
            hint = did_you_mean(key, named) or f"; it takes {one_of(named)}"
            yield ("parameters", key), f"{name} takes no hyperparameter '{key}'{hint}"
        elif not spec.is_complete:
            yield (
                ("parameters", key),
                f"hyperparameter '{key}' needs min and max, values, or value: {name} takes "
                "keywords, so the study defines the whole space",
            )
    for key in named:
        if parameters[key].default is Parameter.empty and key not in specs:
            near = did_you_mean(key, [other for other in specs if other not in named])
            if not near:  # else the misspelt key says it
                yield (
                    ("parameters",) if specs else ("model",),
                    f"{name} needs '{key}', which `parameters` does not define: add it there, "
                    f"give it a default, or write {name}(hp)",
                )


def _takes_hp(signature: Signature, specs: Mapping[str, ParameterSpec]) -> bool:
    """Tell whether the one required parameter is keras-tuner's `hp`.

    It is where it is called so, or where nothing that the study defines is, or nearly is, a
    parameter of the function.
    """
    variadic = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
    required = [
        p
        for p in signature.parameters.values()
        if p.default is Parameter.empty and p.kind not in variadic
    ]
    if len(required) != 1 or required[0].kind is Parameter.KEYWORD_ONLY:
        return False
    if required[0].name in HP_NAMES:
        return True
    return not set(specs) & set(signature.parameters) and not did_you_mean(required[0].name, specs)
