"""What a ledger stores of a prepared study, so that a report needs neither builder nor data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from tuneit.findings import Finding, Severity
from tuneit.ledger.study_folder import to_json
from tuneit.workbench.data_facts import DataFacts
from tuneit.workbench.origin import Origin

if TYPE_CHECKING:
    from tuneit.workbench.prepared import PreparedStudy

KEY = "prepared"
"""The entry of a ledger's header that holds the record."""


@dataclass(frozen=True)
class StudyRecord:
    """What is known of a study's data, and what the study was prepared from.

    Its search space is stored in the same header.
    """

    data: DataFacts
    origin: Origin

    @classmethod
    def of(cls, prepared: PreparedStudy) -> StudyRecord:
        """Record a study that has been prepared."""
        return cls(prepared.data, Origin.of(prepared))

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
            return cls(DataFacts(**{**data, "findings": findings}), Origin(**origin))
        except (KeyError, TypeError, ValueError):
            return None
