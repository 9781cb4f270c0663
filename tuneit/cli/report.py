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
    possible_path,
)
from tuneit.cli.searched import Searched, find_searched
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
    studies: Annotated[
        list[Path],
        typer.Argument(
            metavar="STUDY...",
            help="A study.yaml, or the folder of its results; several of them are compared.",
            callback=possible_path,
        ),
    ],
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
    """Write a searched study's report again, or compare several. Ends with 1 if a check fails."""
    from tuneit.result.requirements import outcomes
    from tuneit.study.paths import nearby
    from tuneit.study.requirements import Requirement

    if len(studies) > 1:
        _refuse_for_several(form, [*(fail_if or ()), *(require or ()), *([junit] if junit else ())])
        say(nearby(_compare(studies, output, overrides, storage)))
        return
    [study] = studies
    searched = find_searched(study, output, storage=storage, overrides=overrides)
    loaded = searched.study
    given = [*_read(fail_if, Requirement.not_found, "--fail-if")]
    given += _read(require, Requirement.parse, "--require")
    with searched.placed_errors():
        result = searched.result()
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


def _refuse_for_several(form: Format, checks: Sequence[object]) -> None:
    if form is not Format.HTML or checks:
        raise typer.BadParameter(
            "several studies are compared on one HTML page; --fail-if, --require, --junit and "
            "other formats are for one study"
        )


def _compare(
    paths: Sequence[Path],
    output: Path | None,
    overrides: Sequence[str] | None,
    storage: str | None,
) -> Path:
    """Write the page that compares the studies, `reports/A_B.html` or `output`."""
    from tuneit.ledger.study_folder import write_text
    from tuneit.report.comparing import render_comparison
    from tuneit.result.comparing import compare
    from tuneit.study.part import study_name

    found = [find_searched(path, storage=storage, overrides=overrides) for path in paths]
    results: dict[str, SearchResult] = {}
    for label, searched in zip(_labels(found), found, strict=True):
        with searched.placed_errors():
            results[label] = searched.result()
    page = output or Path("reports") / f"{study_name('_'.join(results))}.html"
    if page.suffix != ".html":
        page = page / "index.html"
    write_text(page, render_comparison(compare(results)))
    return page.absolute()


def _labels(found: Sequence[Searched]) -> list[str]:
    """What each study is called where they are compared: its name or, if two share it, its path.

    Raises InputError where one is given twice.
    """
    from tuneit.ledger.study_folder import StudyFolder

    names = [searched.study.name for searched in found]
    places = [StudyFolder.of(one.study, one.folder).path.resolve() for one in found]
    if len({*zip(names, places, strict=True)}) < len(found):
        raise InputError(
            "one search is given twice, so there is nothing to compare: give each by the folder of "
            "its results (reports/<name>)"
        )
    if len({*names}) == len(names):
        return names
    return [str(searched.given) for searched in found]


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
