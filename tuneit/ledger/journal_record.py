"""One line of a journal: a record in Optuna's format, with a checksum at its end."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Mapping
from typing import Any

FIRST = b'{"op_code":0,'
"""How each journal begins: its first record creates the study."""

CREATE_STUDY, STUDY_USER_ATTR, STUDY_SYSTEM_ATTR = 0, 2, 3
CREATE_TRIAL, TRIAL_STATE, TRIAL_USER_ATTR = 4, 6, 8
"""Optuna's numbers for the kinds of records (`JournalOperation`)."""

OF_NO_TRIAL: dict[str, Any] = {"op_code": 7, "worker_id": "", "trial_id": -1}
"""A record that Optuna ignores, because it is of a trial that does not exist."""

_INTERMEDIATE = b'{"op_code":7,'
_CHECK = re.compile(rb',"crc32":"([0-9a-f]{8})"\}\n')
_CHECK_BYTES = len(b',"crc32":"01234567"}\n')


def write_record(record: Mapping[str, Any]) -> bytes:
    """Return a record as a line. `crc32`, which Optuna ignores, covers everything before it."""
    text = json.dumps(record, separators=(",", ":")).encode()[:-1]
    return text + b',"crc32":"%08x"}\n' % zlib.crc32(text)


def read_record(line: bytes, *, intermediate: bool = True) -> dict[str, Any]:
    """Return a line's record.

    With `intermediate=False` lines of intermediate values, which are most of a journal, are not
    parsed: `OF_NO_TRIAL` stands for them. Raises ValueError for a damaged line. Lines written by
    earlier versions and by Optuna's tools have no checksum and need only be valid JSON. Windows
    line ends, as git may write them, are accepted.
    """
    if line.endswith(b"\r\n"):
        line = line[:-2] + b"\n"
    check = _CHECK.fullmatch(line[-_CHECK_BYTES:])
    if check is not None and zlib.crc32(line[:-_CHECK_BYTES]) != int(check[1], 16):
        raise ValueError("the record's checksum is wrong")
    if not line.endswith(b"}\n"):
        raise ValueError("the record is incomplete")
    if line.startswith(_INTERMEDIATE) and not intermediate:
        return OF_NO_TRIAL
    record = json.loads(line)
    if not isinstance(record, dict) or not isinstance(record.get("op_code"), int):
        raise ValueError("the line is not a record in Optuna's format")
    return record
