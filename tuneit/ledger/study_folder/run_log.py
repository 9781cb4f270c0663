"""The file `treatments.jsonl`: the finished trainings of treatments, a line each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tuneit.errors.writing import writing


class RunLog:
    """Keeps records of trainings, a line each, under a fingerprint of what they depend on.

    Records under another fingerprint (other code, data or settings) are not read.
    """

    def __init__(self, path: Path, fingerprint: str) -> None:
        self._path, self._fingerprint = path, fingerprint

    def records(self) -> list[dict[str, Any]]:
        """The records in order. A line that a crash cut off, or another program's, is left out."""
        found = []
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines()
        except OSError:
            return []
        for line in lines:
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, dict) and record.pop("of", None) == self._fingerprint:
                found.append(record)
        return found

    def add(self, record: Mapping[str, Any]) -> None:
        """Append a record. Raises as `writing` does."""
        with writing(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                # A crash may have left half a line: the record begins a new one.
                prefix = "" if file.tell() == 0 else "\n"
                file.write(prefix + json.dumps({"of": self._fingerprint, **record}))
