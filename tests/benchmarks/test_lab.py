"""The lab of known truths: what is true is read from its measures, and its scores add up."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scripts

from tuneit.curves import LearningCurve
from tuneit.findings import Diagnosis, Verdict

LAB = Path(__file__).parents[2] / "studies" / "benchmarks" / "lab"
sys.path.insert(0, str(LAB))

import lab_rules  # noqa: E402
import lab_truth  # noqa: E402

EPOCHS = 20


def measured(**changes: Any) -> lab_truth.Measured:
    """A healthy run of 20 epochs, and 20 more as a control."""
    t = np.arange(2 * EPOCHS + 1)
    train = 0.2 + 0.8 * np.exp(-t / 3)
    held = changes.pop("held", train + 0.02)
    rng = np.random.default_rng(0)
    # Some rows are hard at every epoch: that is what makes epochs comparable row by row.
    rows = held[:, None] + 0.1 * rng.standard_normal(500)[None, :]
    metric = 1 - 0.5 * changes.get("train", train)
    fields: dict[str, Any] = {
        "begin": 0,
        "epochs": EPOCHS,
        "train": train,
        "held": held,
        "validation": held,
        "rows": rows,
        "validation_se": 0.02,
        "log_loss": train[1 : EPOCHS + 1],
        "logged": held[1 : EPOCHS + 1],
        "train_metric": metric,
        "held_metric": metric,
        "guess": 1.0,
        "trivial": 0.5,
        "target": 0.9,
    }
    return lab_truth.Measured(**{**fields, **changes})


def swinging(values: np.ndarray, size: float) -> np.ndarray:
    return values * (1 + size * (-1.0) ** np.arange(len(values)))


T = np.arange(2 * EPOCHS + 1)
FALLING = 0.2 + 0.8 * np.exp(-T / 3)
SLOW = 1.0 - 0.018 * T


@pytest.mark.parametrize(
    ("true", "changes"),
    [
        ("healthy", {}),
        ("too_short", {"epochs": 3}),
        ("overfitting", {"held": FALLING + 0.01 * np.maximum(0, T - 8)}),
        ("not_converged", {"train": SLOW, "held": SLOW + 0.02}),
        ("no_learning", {"train": np.full(41, 1.0), "held": np.full(41, 1.0)}),
        ("diverged", {"log_loss": np.append(FALLING[1:EPOCHS], np.nan)}),
        ("diverged", {"train": np.where(T > 12, 3.0, FALLING)}),
        ("unstable", {"train": swinging(FALLING, 0.4)}),
        ("underfitting", {"train": FALLING + 0.35, "held": FALLING + 0.37}),
        ("noisy_validation", {"logged": swinging(FALLING[1:21], 0.4)}),
        ("unrepresentative_validation", {"validation": FALLING + 0.3}),
        (None, {"held": FALLING + 0.0025 * np.maximum(0, T - 8)}),
        (None, {"held": FALLING + 0.01 * np.maximum(0, T - 8), "validation": FALLING - 0.2}),
    ],
)
def test_truth_is_read_from_the_measures(true: str | None, changes: dict[str, Any]) -> None:
    assert lab_truth.truth(measured(**changes))[0] == true


def test_a_gap_is_overfitting_where_regularisation_or_a_good_model_gets_further() -> None:
    ahead = {"train_way": 0.99, "held_way": 0.85}
    assert lab_truth.variance(ahead, {}) is lab_truth.Seen.PRESENT
    assert lab_truth.variance({"train_way": 0.99, "held_way": 0.97}, {}) is lab_truth.Seen.ABSENT
    reached = {"train_way": 1.12, "held_way": 0.97}
    helped = {"dropout_way": 0.2, "l2_way": 0.01, "seed_way": 0.02}
    assert lab_truth.variance(reached, helped) is lab_truth.Seen.PRESENT
    assert lab_truth.variance(reached, {**helped, "seed_way": -0.2}) is lab_truth.Seen.ABSENT
    assert lab_truth.judge({**lab_truth.numbers(measured()), **ahead}) == "overfitting"


def test_controls_are_measured_on_the_runs_own_held_out_rows() -> None:
    run = measured(train=FALLING / 2)
    assert lab_truth.wide_gap(run)
    assert not lab_truth.wide_gap(measured())
    better = run.rows[EPOCHS] - 0.05 + 0.01 * np.random.default_rng(1).standard_normal(500)
    brought = lab_truth.gains(run, {"dropout": (better, np.array([0.5, 0.85]))})
    assert brought["dropout_gain"] == pytest.approx(0.05 / run.held[EPOCHS], rel=0.05)
    assert brought["dropout_z"] > 30
    assert brought["dropout_way"] == pytest.approx(
        run.way(0.85) - run.way(run.held_metric[1 : EPOCHS + 1].max())
    )


def test_a_fault_of_almost_nothing_is_none() -> None:
    hugging_zero = 1e-4 + np.exp(-T / 2)
    held = hugging_zero + 1e-5 * np.maximum(0, T - 15)
    assert lab_truth.truth(measured(train=hugging_zero, held=held))[0] == "healthy"


def test_rules_of_others() -> None:
    t = np.arange(30)
    falling = 0.2 + np.exp(-t / 3)
    healthy = LearningCurve.from_history({"loss": falling, "val_loss": falling + 0.01})
    rising = falling + 0.05 * np.maximum(0, t - 8)
    sick = LearningCurve.from_history({"loss": falling, "val_loss": rising})
    for name in ("1.04 rule", "last > 1.1 × best", "debugger's rules", "epoch heuristics"):
        assert lab_rules.RULES[name](sick) == "overfitting", name
        assert lab_rules.RULES[name](healthy) == "healthy", name
    dead = LearningCurve.from_history({"loss": [1.0] * 12, "accuracy": [0.5] * 12})
    assert lab_rules.RULES["repairer's symptoms"](dead) == "no_learning"
    assert lab_rules.RULES["debugger's rules"](dead) == "no_learning"


def test_scores() -> None:
    import evaluate

    truths = ["healthy", "healthy", "overfitting", "diverged"]
    said = ["healthy", "overfitting", "overfitting", "diverged"]
    scores = evaluate.score(truths, said)
    assert scores.f1["diverged"] == 1.0
    assert scores.f1["overfitting"] == pytest.approx(2 / 3)
    assert scores.warned == 0.5
    assert scores.exact == 0.75
    assert len(evaluate.confusion(truths, said)) == 4
    sure = [Diagnosis(Verdict(name), 0.97) for name in said]
    assert evaluate.calibration(truths, sure)[-1] == "| 0.95 to 1.00 | 0.97 | 0.75 | 4 |"


class Here(ThreadPoolExecutor):
    """In place of a pool of processes: this process, which has loaded TensorFlow."""

    def __init__(self, jobs: int, **how: Any) -> None:
        super().__init__(jobs)


def listed(folder: Path) -> list[dict[str, Any]]:
    lines = [
        json.loads(line)
        for name in ("manifest.jsonl", "dropped.jsonl")
        for line in (folder / name).read_text().splitlines()
    ]
    return [{k: v for k, v in line.items() if k != "seconds"} for line in lines]


def test_smoke(tmp_path: Path) -> None:
    given = str(tmp_path), "--smoke"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("concurrent.futures.ProcessPoolExecutor", Here)
        patch.setenv("CUDA_VISIBLE_DEVICES", "-1")  # which the script sets for its processes
        for kind in ("intra", "inter"):  # too late here, where TensorFlow runs already
            name = f"tensorflow.config.threading.set_{kind}_op_parallelism_threads"
            patch.setattr(name, lambda threads: None)
        assert "moons" in scripts.run("lab/generate.py", *given)
        first = listed(tmp_path)
        assert first
        last = tmp_path / max(line["file"] for line in first)
        log = last.read_text()
        assert "macro-F1" in scripts.run("lab/evaluate.py", str(tmp_path), "--failures")

        # Taken up again, only what is missing is made, and comes out as before, alone as in a row.
        last.unlink()
        for name in ("manifest.jsonl", "dropped.jsonl"):
            kept = [t for t in (tmp_path / name).read_text().splitlines() if last.name not in t]
            (tmp_path / name).write_text("".join(f"{line}\n" for line in kept))
        scripts.run("lab/generate.py", *given)
        assert listed(tmp_path) == first
        assert last.read_text() == log

    # In processes of its own, with nothing left to train.
    command = [sys.executable, "-W", "ignore", str(LAB / "generate.py"), *given]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.startswith("moons: ")
    assert listed(tmp_path) == first
