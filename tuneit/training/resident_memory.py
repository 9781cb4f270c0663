"""The memory that a process takes, and a limit to it."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tuneit.errors import InputError

LOOK_EVERY = 0.2
"""Seconds between two looks at a process. Memory is filled by a few gigabytes a second at most."""


@dataclass(frozen=True)
class MemoryLimit:
    """The most memory of a process that trains, in bytes; None has no limit."""

    most: int | None

    @property
    def wait(self) -> float | None:
        """Seconds until the next look at the processes; None where there is no limit."""
        return None if self.most is None else LOOK_EVERY

    def excess(self, pid: int) -> str | None:
        """Say that a process takes too much, as what it did; None where it does not."""
        if self.most is None:
            return None
        taken = resident_bytes(pid)
        if taken is None or taken <= self.most:
            return None
        return f"took {_size(taken)} of memory, more than the {_size(self.most)} of `max_memory`"

    def check_start(self, taken: int | None) -> None:
        """Raise InputError where a process takes more before it has trained anything."""
        if self.most is not None and taken is not None and taken > self.most:
            raise InputError(
                f"max_memory is {_size(self.most)}, but a process takes {_size(taken)} with "
                "TensorFlow alone, before it trains: give each at least twice of that",
                at=("max_memory",),
            )


def resident_bytes(pid: int) -> int | None:
    """Memory of a process in bytes, without what was swapped out; None where it has ended."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError):
        return None if Path("/proc/self").exists() else _as_ps_tells(pid)
    return pages * os.sysconf("SC_PAGE_SIZE")


def _as_ps_tells(pid: int) -> int | None:
    """The same on systems without /proc, such as macOS."""
    try:
        told = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True)
    except OSError:
        return None
    return int(told.stdout) * 1024 if told.stdout.strip().isdigit() else None


def _size(count: int) -> str:
    return f"{count / 1e9:.2f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
