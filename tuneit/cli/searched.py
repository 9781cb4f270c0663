"""Which study the STUDY argument names: by its study.yaml, its result folder, or in a database."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from tuneit.cli.options import placed_errors

if TYPE_CHECKING:
    from tuneit.result import SearchResult
    from tuneit.study import Study


@dataclass(frozen=True)
class Searched:
    """A study that was searched, and where it was found.

    `root` is the folder of the study's paths, None where that is not known; `folder` that of its
    results, None for `reports/<name>`. `given` is the argument and `overrides` are those of
    `--set`, for messages. `as_recorded` says that it is as its search recorded it, so that no file
    can differ from it.
    """

    study: Study
    root: Path | None
    folder: Path | None
    given: Path
    overrides: Sequence[str] = ()
    as_recorded: bool = False

    def result(self) -> SearchResult:
        """Read its trials. Raises as `load_result` does."""
        from tuneit.api import load_result

        return load_result(self.study, self.root, self.folder, as_recorded=self.as_recorded)

    @property
    def file(self) -> Path | None:
        """Its study.yaml; None where another place told the study."""
        return self.given if self.given.is_file() else None

    def placed_errors(self) -> AbstractContextManager[None]:
        """Add line and column of its study.yaml to errors that are raised meanwhile."""
        return placed_errors(self.given, self.overrides)


def find_searched(
    given: Path,
    output: Path | None = None,
    *,
    storage: str | None = None,
    overrides: Sequence[str] | None = None,
) -> Searched:
    """Find the study that a command's argument names; `--set` replaces values of it.

    It is a study.yaml, whose files may be gone; the folder of a search's results, which tells the
    study as it was searched; or with `storage` the study's name in a database. Raises
    StudyFileError, with line and column, if it is not a valid study, InputError where the place
    holds none, typer.BadParameter for a folder with another folder as `output`.
    """
    overrides = overrides or ()
    if storage is not None:
        return _in_database(given, output, storage, overrides)
    if given.is_dir():
        from tuneit.workbench.stored import study_of_folder

        if output is not None and output.absolute() != given.absolute():
            raise typer.BadParameter(
                f"{given} is itself the folder of the results: leave out {output}"
            )
        study, root = study_of_folder(given, overrides)
        return Searched(study, root, given, given, overrides, as_recorded=not overrides)
    from tuneit.study_file import load_searched_study

    study = load_searched_study(given, overrides)
    return Searched(study, given.parent, output, given, overrides)


def _in_database(
    given: Path, output: Path | None, storage: str, overrides: Sequence[str]
) -> Searched:
    from tuneit.workbench.stored import refuse_password, stored_study

    refuse_password(storage)
    if given.suffix not in (".yaml", ".yml"):
        study = stored_study(storage, str(given), overrides)
        return Searched(study, None, output, given, overrides, as_recorded=not overrides)
    from tuneit.study_file import load_searched_study

    study = load_searched_study(given, overrides).model_copy(update={"storage": storage})
    return Searched(study, given.parent, output, given, overrides)
