"""Every benchmark runs: as little of each as shows that."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "studies" / "benchmarks"


def run(script: str, *arguments: str) -> str:
    command = [sys.executable, "-W", "ignore", str(BENCHMARKS / script), *arguments]
    ran = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    return ran.stdout


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("trial", "| wall time |"),
        ("workers", "2 workers are"),
        ("ledger", "| 20 |"),
        ("proposals", "| 20 |"),
    ],
)
def test_overhead(part: str, said: str) -> None:
    assert said in run("overhead.py", part, "--smoke")


def test_throughput(tmp_path: Path) -> None:
    out = tmp_path / "rows.json"
    assert "| tuneit cohort |" in run("throughput", "--smoke", "--json", str(out))
    assert out.exists()


def test_growth(tmp_path: Path) -> None:
    plot = tmp_path / "growth.png"
    few = ("--growth", "--most", "2", "--epochs", "1", "--plot", str(plot))
    assert "| 2 |" in run("throughput", *few)
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_seating() -> None:
    few = ("--members", "2", "--epochs", "2", "--turns", "1")
    assert "| 2 | 2 |" in run("throughput/seating.py", *few)


def test_memory() -> None:
    said = run("memory.py", "--smoke")
    assert "| tuneit |" in said
    assert "| optuna |" in said


def test_search_functions() -> None:
    few = ("bayesian", "random", "--seeds", "2", "--trials", "8", "--problems", "branin")
    said = run("search_functions.py", *few, "--batch", "2")
    assert re.search(r"branin +bayesian +median regret", said), said


def test_batches() -> None:
    few = ("wine", "--batches", "4", "--seeds", "1", "--most-trials", "4", "--known", "4")
    assert "| wine | 4 |" in run("search_quality/batches.py", *few)


def test_rounding() -> None:
    few = ("--trials", "2", "--epochs", "1", "--units", "8", "--batch", "100")
    assert "| 1 |" in run("rounding.py", *few)
