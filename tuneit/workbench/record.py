"""What a ledger stores of a prepared study, so that a report needs neither builder nor data."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from tuneit.findings import Finding, Severity
from tuneit.ledger.study_folder import to_json
from tuneit.study_file import dump_study
from tuneit.workbench.data_facts import DataFacts
from tuneit.workbench.origin import Origin

if TYPE_CHECKING:
    from tuneit.workbench.prepared import PreparedStudy

_LONGEST_CODE = 50_000
"""The most characters of a builder's file that are kept; of a longer one its function alone."""

KEY = "prepared"
"""The entry of a ledger's header that holds the record."""


@dataclass(frozen=True)
class StudyRecord:
    """What is known of a study's data, and what the study was prepared from.

    Its search space is stored in the same header. `study` is the study as YAML, `code` the source
    of its builder; each is "" where an earlier version recorded none. `root` is the absolute folder
    of the study's paths; "" too where builder or data were given in Python.
    """

    data: DataFacts
    origin: Origin
    study: str = ""
    code: str = ""
    root: str = ""

    @classmethod
    def of(cls, prepared: PreparedStudy) -> StudyRecord:
        """Record a study that has been prepared."""
        return cls(
            prepared.data,
            Origin.of(prepared),
            dump_study(prepared.study),
            source_of(prepared.builder.target),
            str(prepared.root) if prepared.is_in_files else "",
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values; NaN and infinity become None."""
        plain: dict[str, Any] = json.loads(to_json(asdict(self)))
        return plain

    @classmethod
    def from_header(cls, header: Mapping[str, Any]) -> StudyRecord | None:
        """Read back what a search recorded; None if there is nothing that can be read."""
        try:
            data, origin = header[KEY]["data"], header[KEY]["origin"]
            findings = tuple(
                Finding(**{**given, "severity": Severity(given["severity"])})
                for given in data["findings"]
            )
            texts = {name: str(header[KEY].get(name, "")) for name in ("study", "code", "root")}
            return cls(DataFacts(**{**data, "findings": findings}), Origin(**origin), **texts)
        except (KeyError, TypeError, ValueError):
            return None


def source_of(target: Any) -> str:
    """The source of the file that a builder is from, or else of the builder; "" if unknown."""
    definition = target if inspect.isroutine(target) or inspect.isclass(target) else type(target)
    for piece in (inspect.getmodule(definition), definition):
        try:
            source = inspect.getsource(piece) if piece is not None else ""
        except (OSError, TypeError):  # typed at a prompt, or made by other code
            continue
        if 0 < len(source) <= _LONGEST_CODE and piece is not sys.modules.get("__main__"):
            return source
    return ""


def recorded_code(header: Mapping[str, Any]) -> str:
    """The source of the builder that a search recorded; "" if it recorded none."""
    record = StudyRecord.from_header(header)
    return record.code if record is not None else ""
