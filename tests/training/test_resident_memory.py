from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tuneit.errors import InputError
from tuneit.training.resident_memory import MemoryLimit, _as_ps_tells, resident_bytes


def test_the_memory_of_a_process_is_measured_while_it_lives() -> None:
    here = resident_bytes(os.getpid())
    assert here is not None
    assert _as_ps_tells(os.getpid()) == pytest.approx(here, rel=0.2)
    process = subprocess.Popen([sys.executable, "-S", "-c", ""])
    process.wait()
    assert resident_bytes(process.pid) is None


def test_a_limit_is_told_with_what_was_taken() -> None:
    me = os.getpid()
    assert MemoryLimit(None).excess(me) is None
    assert MemoryLimit(10**12).excess(me) is None
    assert MemoryLimit(None).wait is None
    told = MemoryLimit(10**6).excess(me)
    assert told is not None
    assert told.endswith("B of memory, more than the 1 MB of `max_memory`")


def test_a_limit_that_leaves_no_room_to_train_is_bad_input() -> None:
    MemoryLimit(10**9).check_start(10**8)
    MemoryLimit(None).check_start(10**12)
    MemoryLimit(1).check_start(None)
    with pytest.raises(InputError, match=r"max_memory is 500 MB, but a process takes 1.20 GB with"):
        MemoryLimit(5 * 10**8).check_start(12 * 10**8)
