"""What this process may use of the machine, or of the container it runs in: memory and cores."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_UNKNOWN = 4 * 2**30
"""Free bytes that are assumed where the system does not tell."""


class _Controller(NamedTuple):
    """One of Linux's control groups; `droppable` is the name of its disk cache in `memory.stat`."""

    name: str
    folder: str
    limit: str
    used: str
    droppable: str


_CONTROLLERS = (
    _Controller("", "sys/fs/cgroup", "memory.max", "memory.current", "inactive_file"),
    _Controller(
        name="memory",
        folder="sys/fs/cgroup/memory",
        limit="memory.limit_in_bytes",
        used="memory.usage_in_bytes",
        droppable="total_inactive_file",
    ),
)
"""The memory controllers of control groups version 2 and version 1."""


def free_host_memory(root: Path = Path("/")) -> int:
    """Bytes that can be used without swapping, within the limit of a container, if there is one.

    `root` is the folder that `/proc` and `/sys` are in.
    """
    limits = [*_in_groups(root), *_available(root)]
    return max(0, min(limits)) if limits else _half_of_all()


def available_cores() -> int:
    """Number of cores that the process's affinity and its container's limits leave it."""
    from joblib import cpu_count

    return int(cpu_count())


def _available(root: Path) -> Iterator[int]:
    for line in _lines(root / "proc/meminfo"):
        if line.startswith("MemAvailable:"):
            yield int(line.split()[1]) * 1024


def _in_groups(root: Path) -> Iterator[int]:
    """What the limits of the process's control groups, and of their parents, leave free."""
    for line in _lines(root / "proc/self/cgroup"):
        _, names, place = line.split(":", 2)
        for controller in _CONTROLLERS:
            if controller.name not in names.split(","):
                continue
            top = root / controller.folder
            group = top / place.lstrip("/")
            # A container may see its own group at the top, not at the path that the host uses.
            for folder in (place for place in (group, *group.parents) if place.is_relative_to(top)):
                most, taken = _number(folder / controller.limit), _number(folder / controller.used)
                if most is not None and taken is not None:
                    yield most - taken + _stat(folder / "memory.stat", controller.droppable)


def _stat(path: Path, name: str) -> int:
    return next((int(v) for k, v in map(str.split, _lines(path)) if k == name), 0)


def _number(path: Path) -> int | None:
    said = "".join(_lines(path)).strip()
    return int(said) if said.isdigit() else None  # "max" is no limit


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:  # another system, or nothing that a process may read
        return []


def _half_of_all() -> int:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, OSError, ValueError):
        return _UNKNOWN
