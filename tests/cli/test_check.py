from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import command
import numpy as np
import pytest
from builders import a_study

from tuneit.api import run_study
from tuneit.cli.check import CheckResult, check_study
from tuneit.errors import InputError, PruningError, SpaceError, StrategyError
from tuneit.space import Float, Int, SearchSpace
from tuneit.training.fitting.inspection import ModelInspection


def a_result(space: SearchSpace) -> CheckResult:
    model = ModelInspection(
        parameters=10, metrics=("loss",), seconds_to_build=1.0, seconds_per_epoch=2.0
    )
    study = a_study(budget={"trials": 3, "epochs": 20})
    data = {"task": "regression", "rows": {"train": 9}}
    return CheckResult(study, space, model, None, data, (), "", together=False)


def test_the_estimate_counts_the_epochs_that_a_trial_may_take() -> None:
    given = a_result(SearchSpace((Float(name="x", low=0, high=1),)))
    assert given.seconds == 3 * (1 + 20 * 2)
    assert "up to 20 epochs" in str(given)
    searched = a_result(SearchSpace((Int(name="epochs", low=5, high=8),)))
    assert searched.seconds == 3 * (1 + 8 * 2)
    assert "up to 8 epochs" in str(searched)


def test_the_estimate_counts_no_more_trials_than_there_are_configurations() -> None:
    assert a_result(SearchSpace(())).seconds == 1 + 20 * 2


def test_pruning_is_named_and_what_makes_a_search_shorter() -> None:
    given = a_result(SearchSpace(()))
    assert "pruning asha" in str(given)
    assert "stopped early" not in str(given)
    assert "at once" not in str(given)
    both = replace(given, together=True, share_of_epochs=0.25)
    assert both.seconds == 1 + 5 * 2
    said = "about 11 s for 3 trials of up to 20 epochs (2.00 s an epoch here), as poor trials are "
    assert f"{said}stopped early; at most 41 s; less, as many train at once" in str(both)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"pruning": {"name": "threshold", "options": {"upper": "abc"}}}, PruningError),
        ({"strategy": {"name": "bayesian", "options": {"initial": "few"}}}, StrategyError),
        ({"enqueue": [{"unit": 1}]}, SpaceError),
        ({"treat": {"actions": ["dropuot"]}}, InputError),
    ],
)
def test_wrong_options_are_told_before_anything_is_trained_or_erased(
    tmp_path: Path, fields: dict[str, Any], error: type[InputError]
) -> None:
    (tmp_path / "model.py").write_text("def build(units):\n    raise AssertionError")
    study = a_study(model="model.py:build", parameters={"units": {"values": [1, 2]}}, **fields)
    with pytest.raises(error):
        check_study(study, tmp_path)
    kept = tmp_path / "out" / "best.keras"
    kept.parent.mkdir()
    kept.touch()
    with pytest.raises(error):
        run_study(study, tmp_path, kept.parent, fresh=True)
    assert kept.exists()


WORDS = "inputs: word, target: price"
TABLE = "inputs: [size], target: price"
PICTURES = "source: npz, path: pictures.npz"


@pytest.mark.parametrize(
    ("model", "data", "said"),
    [
        ("cnn", TABLE, r"1:8: tuneit:cnn is for pictures, .* shape \(1,\): take tuneit:mlp"),
        ("transformer", PICTURES, r"1:8: .* sequences and texts, .* \(8, 8, 3\): take tuneit:cnn"),
        ("mlp", f"{TABLE}, augment: {{flip: both}}", "2:84: augment.flip is for pictures"),
        ("mlp", f"{WORDS}, augment: {{noise: 0.1}}", "2:83: augment.noise is for real numbers"),
        ("mlp", f"{WORDS}, augment: {{mixup: 0.1}}", "2:83: augment.mixup mixes real numbers"),
        ("cnn", f"{PICTURES}, augment: {{mixup: 0.1}}", "2:.*: augment.mixup mixes targets"),
        ("cnn", f"{PICTURES}, augment: {{rotation: 2}}", "2:.*rotation .* 1"),
        ("cnn", f"{PICTURES}, augment: {{flip: sideways}}", "unknown data.augment.flip"),
        ("cnn", f"{PICTURES}, augment: {{cutout: 0.1}}", "unknown key 'cutout'"),
        ("cnn", f"{PICTURES}, augment: {{zoom: {{min: 0.3, max: 0.1}}}}", "zoom"),
        ("cnn", f"{PICTURES}, scale_target: standard", "2:.*: `scale_target` scales numbers to"),
    ],
)
def test_what_does_not_suit_the_data_is_told_with_its_place(
    tmp_path: Path, model: str, data: str, said: str
) -> None:
    rows = "".join(f"{n},w{n % 3} x,{n * 1.5}\n" for n in range(30))
    (tmp_path / "rows.csv").write_text(f"size,word,price\n{rows}")
    np.savez(tmp_path / "pictures.npz", x=np.random.rand(30, 8, 8, 3), y=np.arange(30) % 2)
    source = "" if "npz" in data else "source: csv, path: rows.csv, "
    (tmp_path / "study.yaml").write_text(
        f"model: tuneit:{model}\ndata: {{{source}{data}}}\nobjective: val_loss\n"
        "budget: {trials: 1}\n"
    )
    done = command.tuneit(tmp_path, "check", "study.yaml")
    assert (done.returncode, done.stdout) == (2, "")
    assert re.search(f"^study.yaml:.*{said}", done.stderr), done.stderr
