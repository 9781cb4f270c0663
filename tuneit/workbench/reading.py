"""Read back a study that was searched before, from its ledger if possible."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tuneit.errors import InputError
from tuneit.ledger import Ledger
from tuneit.space import SearchSpace
from tuneit.study import Study
from tuneit.workbench.data_facts import DataFacts
from tuneit.workbench.identity import Change, changes, changes_to_report
from tuneit.workbench.prepared import PreparedStudy
from tuneit.workbench.preparing import prepare
from tuneit.workbench.record import StudyRecord


@dataclass(frozen=True)
class SearchedStudy:
    """What a study's result is made of, beside its trials.

    `prepare` loads data and builder; only the best model and its evaluation need them.
    """

    data: DataFacts
    space: SearchSpace
    changes: Sequence[Change]
    prepare: Callable[[], PreparedStudy]


def read_study(
    ledger: Ledger,
    study: Study,
    root: Path | None,
    output: Path | None,
    *,
    as_recorded: bool = False,
) -> SearchedStudy:
    """Read a study from its ledger; load its data and builder only where they may have changed.

    They are loaded if one of their files or settings has changed since the last search, or if the
    ledger was written by a version that did not record them. They are not loaded if one of the
    files is gone, since nothing can be compared then, or if the study is `as_recorded` in this
    ledger. A study without a `root`, which a database alone names, never has its builder or data
    loaded, since loading them runs code. Raises ResumeError if the search space, the objective or
    the data are not those of the trials.
    """

    @cache
    def load() -> PreparedStudy:
        if root is None:
            raise InputError(
                f"it is not known where the code and the data of '{study.name}' are: they were "
                "given in Python, or their folder is gone (code that only a database names is not "
                "loaded). Give its study.yaml"
            )
        return prepare(study, root, output)

    header = ledger.header
    record = StudyRecord.from_header(header)
    compared = None if as_recorded else root
    if record is None or (compared is not None and record.origin.has_changed(study, compared)):
        now = load()
        return SearchedStudy(now.data, now.space, changes_to_report(ledger, now), load)
    space = SearchSpace.from_list(header["space"])
    return SearchedStudy(record.data, space, changes(header), load)
