"""`tuneit report`: write a searched study's report again, and pass or fail on what it says."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tuneit.cli.json_output import print_json
from tuneit.cli.options import (
    OutputOption,
    SetOption,
    StorageOption,
    StudyArgument,
    load_stored,
    placed_errors,
    possible_path,
)
from tuneit.errors import InputError
from tuneit.screen.terminal import complain, say

if TYPE_CHECKING:
    from tuneit.result import SearchResult
    from tuneit.study.requirements import Outcome, Requirement


class Format(StrEnum):
    """What a report is written as."""

    HTML = "html"
    MD = "md"
    JSON = "json"
    PDF = "pdf"


def command(
    study: StudyArgument,
    output: OutputOption = None,
    overrides: SetOption = None,
    storage: StorageOption = None,
    fail_if: Annotated[
        list[str] | None,
        typer.Option(
            "--fail-if",
            metavar="NAME",
            help="Fail if this is the verdict, or was found. Repeatable.",
        ),
    ] = None,
    require: Annotated[
        list[str] | None,
        typer.Option(
            "--require",
            metavar="CHECK",
            help="Fail unless this holds, as in 'test.f1 >= 0.9'. Repeatable.",
        ),
    ] = None,
    junit: Annotated[
        Path | None,
        typer.Option(
            "--junit", metavar="FILE", help="Write the checks as JUnit XML.", callback=possible_path
        ),
    ] = None,
    form: Annotated[
        Format,
        typer.Option("--format", help="html; md, for a pull request; json, the summary; or pdf."),
    ] = Format.HTML,
) -> None:
    """Write a searched study's report again. Ends with 1 if one of its checks fails."""
    from tuneit.api import load_result
    from tuneit.result.requirements import outcomes
    from tuneit.study.requirements import Requirement

    loaded, root = load_stored(study, storage, overrides)
    given = [*_read(fail_if, Requirement.not_found, "--fail-if")]
    given += _read(require, Requirement.parse, "--require")
    with placed_errors(study, overrides):
        result = load_result(loaded, root, output)
        own = [Requirement.parse(text) for text in loaded.checks]
        found = outcomes(result, [*own, *given])
        _refuse_unknown(found, loaded.checks)
    result.write()
    _write(result, form, found)
    if junit is not None:
        from tuneit.cli.junit import junit_xml
        from tuneit.ledger.study_folder import write_text

        write_text(junit, junit_xml(loaded.name, found))
    for outcome in found:
        say(outcome, None if form in (Format.HTML, Format.PDF) else sys.stderr)
    failed = [outcome for outcome in found if not outcome.passed]
    for outcome in failed:
        complain(f"check failed: {outcome.requirement} ({outcome.found})")
    if failed:
        raise typer.Exit(1)


def _read(
    texts: list[str] | None, read: Callable[[str], Requirement], option: str
) -> list[Requirement]:
    """Read an option's texts. Raises typer.BadParameter for one that makes no sense."""
    try:
        return [read(text) for text in texts or ()]
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from None


def _refuse_unknown(found: Sequence[Outcome], own: Sequence[str]) -> None:
    """Raise InputError for the first check on a number that the result does not have."""
    for index, outcome in enumerate(found):
        if outcome.problem:
            at = ("checks", own[index]) if index < len(own) else ()
            raise InputError(outcome.problem, at=at)


def _write(result: SearchResult, form: Format, found: Sequence[Outcome]) -> None:
    """Write the report, and print its path, or the report itself if programs read it."""
    from tuneit.study.paths import nearby

    folder = result.folder
    if form is Format.JSON:
        print_json({**result.summary(), "checks": [outcome.to_dict() for outcome in found]})
    elif form is Format.MD:
        from tuneit.ledger.study_folder import write_text
        from tuneit.report.markdown import render_markdown
        from tuneit.result.writing import report_content

        text = render_markdown(replace(report_content(result), checks=found))
        write_text(folder.markdown, text)
        say(text.rstrip("\n"))
    elif form is Format.PDF:
        from tuneit.report.pdf import print_pdf

        say(nearby(print_pdf(folder.report, folder.pdf)))
    else:
        say(nearby(folder.report))
