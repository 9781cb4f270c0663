"""A journal's line: a record as Optuna writes it, with a checksum at its end."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Mapping
from typing import Any

FIRST = b'{"op_code":0,'
"""How a journal begins: with the record of its study."""

CREATE_STUDY, STUDY_USER_ATTR, STUDY_SYSTEM_ATTR = 0, 2, 3
CREATE_TRIAL, TRIAL_STATE, TRIAL_USER_ATTR = 4, 6, 8
"""Optuna's numbers (`JournalOperation`) for what a record says."""

OF_NO_TRIAL: dict[str, Any] = {"op_code": 7, "worker_id": "", "trial_id": -1}
"""A record that Optuna ignores: another process's, of a trial that does not exist."""

_INTERMEDIATE = b'{"op_code":7,'
_CHECK = re.compile(rb',"crc32":"([0-9a-f]{8})"\}\n')
_CHECK_BYTES = len(b',"crc32":"01234567"}\n')


def write_record(record: Mapping[str, Any]) -> bytes:
    """Return a record as a line. `crc32` is of everything before it; Optuna ignores the key."""
    text = json.dumps(record, separators=(",", ":")).encode()[:-1]
    return text + b',"crc32":"%08x"}\n' % zlib.crc32(text)


def read_record(line: bytes, *, intermediate: bool = True) -> dict[str, Any]:
    """Return a line's record; without `intermediate`, `OF_NO_TRIAL` for an intermediate value.

    Intermediate values are most of a journal's lines: so they need not be parsed. Raises ValueError
    for a damaged line. Lines of earlier versions and of Optuna's own tools have no checksum: they
    need only be JSON. A copy may have Windows's line ends, which git gives it.
    """
    if line.endswith(b"\r\n"):
        line = line[:-2] + b"\n"
    check = _CHECK.fullmatch(line[-_CHECK_BYTES:])
    if check is not None and zlib.crc32(line[:-_CHECK_BYTES]) != int(check[1], 16):
        raise ValueError("the record's checksum is another one")
    if not line.endswith(b"}\n"):
        raise ValueError("the record is not whole")
    if line.startswith(_INTERMEDIATE) and not intermediate:
        return OF_NO_TRIAL
    record = json.loads(line)
    if not isinstance(record, dict) or not isinstance(record.get("op_code"), int):
        raise ValueError("the line is no record of Optuna's")
    return record
