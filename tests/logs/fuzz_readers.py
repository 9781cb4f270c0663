"""Bytes that atheris makes up, read as logs and diagnosed: only LogError may come out.

    pip install atheris
    python tests/logs/fuzz_readers.py -max_total_time=60 -max_len=4096

Hypothesis does the same for structured logs, in test_readers.py.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["tuneit"]):
    from tuneit.diagnosis import diagnose_curve
    from tuneit.errors import LogError
    from tuneit.logs import read_runs

NAMES = (
    "log.csv",
    "log.json",
    "trainer_state.json",
    "metrics.csv",
    "log.txt",
    "events.out.tfevents.1",
)

folder = Path(tempfile.mkdtemp())


def read_one(data: bytes) -> None:
    if not data:
        return
    path = folder / NAMES[data[0] % len(NAMES)]
    path.write_bytes(data[1:])
    try:
        runs = read_runs(path)
    except LogError:
        return
    for run in runs:
        diagnose_curve(run.curve)


if __name__ == "__main__":
    atheris.Setup(sys.argv, read_one)
    atheris.Fuzz()
