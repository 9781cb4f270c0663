"""`tuneit report`: write a searched study's report again."""

from __future__ import annotations

from tuneit.cli.options import OutputOption, SetOption, StudyArgument, load_searched, placed_errors
from tuneit.screen.terminal import say


def command(study: StudyArgument, output: OutputOption = None, overrides: SetOption = None) -> None:
    """Write a searched study's report again."""
    from tuneit.api import load_result
    from tuneit.study.paths import nearby

    loaded = load_searched(study, overrides)
    with placed_errors(study, overrides):
        result = load_result(loaded, study.parent, output)
    result.write()
    say(nearby(result.folder.report))
