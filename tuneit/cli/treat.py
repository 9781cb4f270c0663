"""`tuneit treat`: prove by paired trainings which recommendation helps the best model."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from tuneit.cli.exits import INTERRUPTED
from tuneit.cli.json_output import print_json, stdout_kept
from tuneit.cli.options import JsonOption, OutputOption, SearchedArgument
from tuneit.cli.searched import find_searched
from tuneit.screen.terminal import complain, say


def command(
    study: SearchedArgument,
    actions: Annotated[
        str | None,
        typer.Option(
            metavar="A,B,...", help="Treatments to compare. [default: what is recommended]"
        ),
    ] = None,
    top: Annotated[int, typer.Option(help="Recommendations at most.", min=1)] = 3,
    seeds: Annotated[
        int | None,
        typer.Option(help="Pairs of trainings. [default: as many as the test needs]", min=1),
    ] = None,
    min_gain: Annotated[
        float | None,
        typer.Option(
            help="Least relevant gain of the objective, and loss of a smaller model. "
            "[default: 1 % of the distance from the trivial score]",
            min=0,
        ),
    ] = None,
    time: Annotated[str | None, typer.Option(help="Time in all, such as 90s or 10m.")] = None,
    apply: Annotated[
        bool, typer.Option("--apply", help="Write STUDY.treated.yaml with what helped most.")
    ] = False,
    output: OutputOption = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Train the recommended changes beside the best model, and say which of them helps."""
    searched = find_searched(study, output)

    from tuneit.cli.live_treatment import LiveTreatmentView
    from tuneit.result.treatment.treat import treat
    from tuneit.screen.treatment_view import TreatmentView

    silent = quiet or as_json
    live = not silent and sys.stderr.isatty()
    try:
        with searched.placed_errors(), stdout_kept(as_json):
            result = searched.result()
            found = treat(
                result,
                actions,
                top=top,
                seeds=seeds,
                time=time,
                min_gain=min_gain,
                apply=(searched.file or True) if apply else False,
                view=LiveTreatmentView() if live else TreatmentView(quiet=silent),
            )
    except KeyboardInterrupt:
        complain("interrupted; the finished pairs are kept, and the same command goes on")
        raise typer.Exit(INTERRUPTED) from None
    if as_json:
        print_json(found.to_dict())
    else:
        from tuneit.cli.treatment_table import treatment_table
        from tuneit.study.paths import nearby

        say(treatment_table(found.treatments))
        say(f"report {nearby(result.folder.report)}")
