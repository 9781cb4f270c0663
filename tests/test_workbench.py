"""What a study is held against."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tuneit.study_file import study_from
from tuneit.training.builders import as_builder
from tuneit.training.quiet import load_keras
from tuneit.workbench import lay_out

load_keras()
import keras  # noqa: E402


def build(hp: Any) -> Any:
    model = keras.Sequential([keras.layers.Input((10,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(hp.Float("rate", 0.1, 0.2)), "mse")
    return model


def test_the_trivial_score_stands_beside_means_over_folds(tmp_path: Path) -> None:
    builder = as_builder(build)
    fields = {"source": "sklearn", "name": "diabetes", "folds": 3}
    study = study_from(
        {
            "name": "one",
            "model": builder.reference,
            "data": fields,
            "objective": "val_loss",
            "budget": {"trials": 1},
        }
    )
    bench = lay_out(study, tmp_path, tmp_path / "out", builder=builder)
    assert bench.dataset.development is not None
    y = bench.dataset.development.y
    errors = [np.mean((y[v] - y[t].mean()) ** 2) for t, v in bench.dataset.folds]
    assert bench.trivial_score == pytest.approx(np.mean(errors))
    assert bench.reference.baseline == pytest.approx(errors[0])
