"""Whether a builder fits its study, as far as its source tells.

The source is parsed, not imported: so `tuneit check` and a search name a file, line and column at
once, without the seconds that TensorFlow takes and without running the user's code. What fits is
decided by the same rules that the imported builder meets (`tuneit.study.builder_arguments`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from inspect import Parameter, Signature

from tuneit.errors import did_you_mean, one_of
from tuneit.study import ParameterSpec
from tuneit.study.builder_arguments import mismatches, takes_hp
from tuneit.study.part import Path
from tuneit.study_file.source_code import Source, signature_of

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
    arguments = signature.parameters
    if not arguments:
        yield (
            ("model",),
            f"{name}() takes no hyperparameters: write it as {name}(hp), or give it one keyword "
            "for each of the study's `parameters`",
        )
        return
    takes_any = any(p.kind is Parameter.VAR_POSITIONAL for p in arguments.values())
    if not takes_any and not takes_hp(arguments, specs):
        for found in mismatches(name, arguments, specs):
            yield found.path, found.message
