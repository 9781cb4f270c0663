"""`tuneit explain`: explain a word of a diagnosis, or a key of study.yaml.

Loads no TensorFlow, and matplotlib only for `--plot`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Annotated

import typer

from tuneit.cli.json_output import print_json
from tuneit.cli.options import JsonOption, possible_path
from tuneit.errors import InputError
from tuneit.errors.writing import writing
from tuneit.screen.terminal import say

if TYPE_CHECKING:
    from tuneit.diagnosis.explanations import Explanation


def command(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]",
            help="A verdict, finding, action, or key of study.yaml (budget.trials). "
            "Without it: all names.",
        ),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.png",
            help="Write the example's learning curve there.",
            callback=possible_path,
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Explain a verdict, finding, action or study key: its rule, an example, what to do."""
    from tuneit.diagnosis.explanations import explain

    if name is None:
        if plot is not None:
            raise InputError("--plot needs the NAME of a verdict or finding whose example to draw")
        _list(as_json)
        return
    explanation = explain(name)
    if plot is not None:
        _draw(explanation, plot)
    if as_json:
        print_json(explanation.to_dict())
    else:
        say(explanation)


def _list(as_json: bool) -> None:
    from tuneit.diagnosis.explanations import Kind, explanations

    names = {
        str(kind): [e.name for e in explanations().values() if e.kind == kind] for kind in Kind
    }
    if as_json:
        print_json(names)
    else:
        say("\n".join(_lines(names)))


def _lines(names: dict[str, list[str]]) -> Iterator[str]:
    for kind, of_kind in names.items():
        yield f"{kind[:1].upper()}{kind[1:]}s"
        yield fill(
            ", ".join(of_kind), 80, initial_indent="  ", subsequent_indent="  ",
            break_long_words=False,
        )  # fmt: skip
    yield "\n`tuneit explain NAME` explains one of them."


def _draw(explanation: Explanation, path: Path) -> None:
    """Draw the example's learning curve into a PNG file."""
    curve, example = explanation.curve, explanation.example
    if curve is None or example is None:
        raise InputError(
            f"'{explanation.name}' has no example curve to plot: verdicts have one, and most "
            "findings on learning curves"
        )
    if path.suffix.lower() != ".png":
        raise InputError(f"--plot writes a PNG: name a file that ends in .png, not '{path.name}'")
    from tuneit.report.charts.canvas import chart_style, new_figure
    from tuneit.report.charts.learning_curves import CurveDisplay

    with chart_style():
        figure = new_figure(640, 400)
        ax = figure.add_subplot()
        train, validation = curve.get(example.metric), curve.get(f"val_{example.metric}")
        CurveDisplay(example.metric, curve.epochs, train, validation).plot(ax)
        if example.target is not None:
            ax.axhline(example.target, color="0.5", lw=1, ls=":", label="target")
        ax.set_title((explanation.example_of or explanation.name).replace("_", " "))
        ax.set_ylabel(example.metric)
        ax.legend()
        with writing(path):
            figure.savefig(path, dpi=150, facecolor="white")
