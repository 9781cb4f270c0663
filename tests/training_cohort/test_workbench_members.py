"""How many trials a study trains together, and what it says of that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cohort_zoo import rows_of

from tuneit.study_file import study_from
from tuneit.training.builders import as_builder
from tuneit.training.quiet import load_keras
from tuneit.workbench import Workbench, lay_out

load_keras()
import keras  # noqa: E402
from keras import layers  # noqa: E402

DATA = rows_of(np.ones((30, 4), np.float32), np.arange(30) % 2)


def a_bench(
    tmp_path: Path, *, width: int = 3, splits: bool = False, own: bool = False, **study: Any
) -> Workbench:
    def build(hp: Any) -> Any:
        units = hp.Int("units", 2, 4) if splits else width
        hidden = layers.Lambda(lambda x: x) if own else layers.Dropout(hp.Float("drop", 0.1, 0.5))
        model = keras.Sequential(
            [layers.Input((4,)), layers.Dense(units), hidden, layers.Dense(2, "softmax")]
        )
        rate = hp.Float("rate", 1e-3, 1e-1, sampling="log")
        model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
        return model

    settings = {
        "model": "mine:build",
        "data": {"source": "python", "function": "mine:rows"},
        "objective": "val_loss",
        "strategy": "bayesian",
        "budget": {"trials": 4, "epochs": 2},
    }
    told = study_from({"name": "study", **settings, **study})
    return lay_out(told, tmp_path, tmp_path, builder=as_builder(build), dataset=DATA)


ALL = "up to {} trials train as one program; they may differ in drop and rate"
ONE = "one at a time: {}; `trainer: cohort` proposes {} trials at once"
LEARNS = "strategy bayesian learns from each result, and trials that differ in units cannot train "
LARGE = (
    "strategy bayesian learns from each result, and trials of models as large as these gain "
    "little by training together"
)
LOOKS = "`stopping` looks at each result"


@pytest.mark.usefixtures("on_cpu")
@pytest.mark.parametrize(
    ("study", "members", "said"),
    [
        ({}, 8, ALL.format(8)),
        ({"strategy": "random"}, 64, ALL.format(64)),
        ({"width": 1_000_000}, 1, ONE.format(LARGE, 8)),
        ({"splits": True}, 1, ONE.format(LEARNS + "together", 8)),
        ({"stopping": {"patience": 3}}, 1, ONE.format(LOOKS, 8)),
        ({"stopping": {"patience": 3}, "strategy": "random"}, 1, ONE.format(LOOKS, 64)),
        ({"stopping": {"patience": 3}, "trainer": "cohort"}, 8, ALL.format(8)),
        ({"own": True}, 1, "one at a time: layer 'lambda' is a Lambda, which cohorts do not know"),
    ],
)
def test_trials_that_train_together(
    tmp_path: Path, study: dict[str, Any], members: int, said: str
) -> None:
    bench = a_bench(tmp_path, **study)
    assert bench.fusion() == said
    assert bench.fuses == said.startswith("up to")
    assert bench.members == members


def test_repeats_go_together_whatever_the_strategy(tmp_path: Path) -> None:
    budget = {"trials": 4, "epochs": 2, "executions": 3}
    assert a_bench(tmp_path, splits=True, budget=budget).members == 3
    assert a_bench(tmp_path, budget=budget).members == 24
