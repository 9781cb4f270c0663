"""Every benchmark runs: as little of each as shows that."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from scripts import BENCHMARKS, run

pytestmark = [pytest.mark.usefixtures("undrawn"), pytest.mark.eager]


def test_a_script_finds_its_parts_by_itself() -> None:
    # The others run in this process, where TensorFlow is loaded already.
    command = [sys.executable, str(BENCHMARKS / "overhead.py"), "ledger", "--smoke"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "| 20 |" in done.stdout


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("trial", "| wall time |"),
        ("workers", "2 workers are"),  # also the one whole search with worker processes
        ("proposals", "| 20 |"),
    ],
)
def test_overhead(part: str, said: str) -> None:
    assert said in run("overhead.py", part, "--smoke")


def test_the_bare_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("intra", "inter"):  # too late here, where TensorFlow runs already
        name = f"tensorflow.config.threading.set_{kind}_op_parallelism_threads"
        monkeypatch.setattr(name, lambda threads: None)
    monkeypatch.setattr(sys, "stdin", io.StringIO("1\n"))
    assert run("overhead.py", "--bare", "--epochs", "1").split() == ["warm", "done"]


def test_throughput(tmp_path: Path) -> None:
    out = tmp_path / "rows.json"
    assert "| tuneit cohort |" in run("throughput", "--smoke", "--json", str(out))
    assert out.exists()


def test_arithmetic() -> None:
    said = run("throughput/arithmetic.py", "cancer", "cnn_widths", "lstm_widths", "--trials", "1")
    assert [line.split(" | ")[1] for line in said.splitlines()[2:]] == ["1", "1", "1"]


@pytest.mark.parametrize(("by", "said"), [("members", "| 1 |"), ("rows", "| 1,000 |")])
def test_growth(tmp_path: Path, by: str, said: str) -> None:
    plot = tmp_path / "growth.png"
    few = ("--growth", by, "--most", "1", "--trials", "1", "--epochs", "1", "--plot", str(plot))
    assert said in run("throughput", *few)
    assert plot.read_bytes().startswith(b"\x89PNG")


@pytest.mark.usefixtures("ray_cluster")
def test_scale() -> None:
    said = run("scale", "--smoke")
    assert "| random | 20 |" in said
    assert "| 2 | 6 | 0.05 |" in said


@pytest.mark.parametrize("campaign", ["faults", "fuzz"])
def test_campaigns_find_no_fault(campaign: str) -> None:
    with pytest.raises(SystemExit) as ended:
        run(campaign, "--smoke")
    assert ended.value.code == 0


@pytest.mark.usefixtures("untraced")
def test_endurance(tmp_path: Path) -> None:
    plot = tmp_path / "endurance.png"
    run("endurance", "--smoke", "--trainer", "single", "--plot", str(plot))
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_report_page() -> None:
    trials, seconds, megabytes = run("report_page.py", "--smoke").splitlines()[-1].split(" | ")[:3]
    assert (trials, float(seconds) > 0, float(megabytes) < 2) == ("| 3", True, True)


def test_stack_layout() -> None:
    few = ("--members", "2", "--epochs", "2", "--turns", "1")
    assert "| 2 | 2 |" in run("throughput/stack_layout.py", *few)


@pytest.mark.eager(False)  # a hundred steps
def test_memory() -> None:
    assert "| tuneit |" in run("memory.py", "tuneit", "--trials", "1")


def test_streaming() -> None:
    few = ("--gigabytes", "0.004", "--features", "50", "--most", "100")
    assert "streamed 0.0" in run("streaming.py", *few)


@pytest.mark.eager(False)
@pytest.mark.parametrize("tool", ["optuna", "keras-tuner"])
def test_memory_of_others(tool: str) -> None:
    # What the script starts a process for, here in this one.
    assert run("memory.py", "--tool", tool, "--trials", "1").count('{"who": "main"') == 1


def test_search_functions() -> None:
    few = ("bayesian", "random", "--seeds", "2", "--trials", "8", "--problems", "branin")
    said = run("search_functions.py", *few, "--batch", "2")
    assert re.search(r"branin +bayesian +median regret", said), said


@pytest.fixture
def two_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trainings of search_quality/ that soon end."""
    monkeypatch.setenv("QUALITY_EPOCHS", "2")


@pytest.mark.usefixtures("two_epochs")
def test_batches() -> None:
    few = ("wine", "--batches", "2", "--seeds", "1", "--most-trials", "2", "--known", "1")
    assert "| wine | 2 |" in run("search_quality/batches.py", *few)


@pytest.mark.usefixtures("two_epochs")
def test_clock() -> None:
    few = ("--seeds", "1", "--most-seconds", "0.01", "--known", "1")
    tools = ("default", "optuna/hyperband", "kt:Hyperband")  # random is Optuna without its pruner
    said = run("search_quality/clock.py", "wine", *few, "--tools", *tools)
    assert re.search(r"\| wine \| kt:Hyperband \| \d of 1 \|", said), said


def test_compatibility(tmp_path: Path) -> None:
    out = tmp_path / "rows.json"
    said = run("compatibility", "--smoke", "--json", str(out))
    assert "| spaces | int_with_a_step |" in said
    assert "tuneit: 3 of 3 builders right" in said, said
    assert "keras-tuner: 1 of 1 builders right" in said, said
    rows = json.loads(out.read_text())
    assert {(row["case"], row["tool"]) for row in rows} == {
        ("int_with_a_step", "tuneit"),
        ("int_with_a_step", "keras-tuner"),
        ("lengths_differ", "tuneit"),
        ("not_compiled", "tuneit"),
    }


def test_rounding() -> None:
    few = ("--trials", "2", "--epochs", "1", "--units", "8", "--batch", "100")
    assert "| 1 |" in run("rounding.py", *few)


def test_treatments(tmp_path: Path) -> None:
    few = ("--smoke", "--only", "iris-mlp-rate_too_low", "--results", str(tmp_path / "r.jsonl"))
    said = run("treatments", *few)
    assert said.startswith("iris-mlp-rate_too_low: ")
    assert "| first recommendation helps | " in said
    assert run("treatments", *few, "--report") == said.partition("\n")[2]


def test_tables() -> None:
    row = run("tables", "--smoke").splitlines()[-1].split(" | ")
    assert row[0] == "| iris"
    assert all(0 <= float(score) <= 1 for score in row[3:6])
    assert float(row[5]) > 0  # classes by name are compared with classes by name
