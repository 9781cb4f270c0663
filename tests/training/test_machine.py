from __future__ import annotations

from pathlib import Path

import pytest

from tuneit.training.machine import free_host_memory

MIB = 2**20


def a_machine(root: Path, groups: str, files: dict[str, object]) -> Path:
    """A root folder with 1,000 MiB available, and what else there is."""
    written = {
        "proc/meminfo": f"MemTotal: 9 kB\nMemAvailable:   {1000 * 1024} kB\n",
        "proc/self/cgroup": groups,
        **{f"sys/fs/cgroup/{name}": f"{content}\n" for name, content in files.items()},
    }
    for name, content in written.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    return root


@pytest.mark.parametrize(
    ("groups", "files", "free"),
    [
        ("", {}, 1000),
        ("0::/\n", {"memory.max": 600 * MIB, "memory.current": 500 * MIB}, 100),
        ("0::/\n", {"memory.max": "max", "memory.current": 500 * MIB}, 1000),
        (
            "0::/\n",
            {
                "memory.max": 600 * MIB,
                "memory.current": 500 * MIB,
                "memory.stat": f"anon 7\ninactive_file {300 * MIB}",
            },
            400,
        ),
        # Of nested groups the tightest counts.
        (
            "0::/a/b\n",
            {
                **{"a/b/memory.max": 900 * MIB, "a/b/memory.current": 100 * MIB},
                **{"a/memory.max": 400 * MIB, "a/memory.current": 200 * MIB},
            },
            200,
        ),
        (
            "9:cpuset:/\n4:memory:/named/by/the/host\n",
            {
                "memory/memory.limit_in_bytes": 300 * MIB,
                "memory/memory.usage_in_bytes": 290 * MIB,
                "memory/memory.stat": f"total_inactive_file {20 * MIB}",
            },
            30,
        ),
        ("0::/\n", {"memory.max": 600 * MIB, "memory.current": 700 * MIB}, 0),
    ],
)
def test_the_tightest_limit_counts(
    tmp_path: Path, groups: str, files: dict[str, object], free: int
) -> None:
    assert free_host_memory(a_machine(tmp_path, groups, files)) == free * MIB


def test_this_machine_and_one_that_says_nothing(tmp_path: Path) -> None:
    assert free_host_memory() > 0
    assert free_host_memory(tmp_path) > 0
