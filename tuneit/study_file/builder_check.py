"""Check from its source code whether a builder fits its study.

The source is parsed, not imported. So `tuneit check` and a search can name a file, line and column
at once, without waiting seconds for TensorFlow and without running the user's code. The rules are
those that the imported builder is checked by later (`tuneit.study.builder_arguments`).
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
"""The path of a key in the study, and a sentence that says what is wrong with it."""


def missing_name(reference: str, source: Source) -> str | None:
    """Return a message if the file does not define the name of a `file.py:name` reference."""
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
    """Yield problems of a builder's source, and conflicts with the study's `parameters`.

    Imported, assigned and decorated builders are only checked when they are loaded, since their
    source does not show what they take.
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
