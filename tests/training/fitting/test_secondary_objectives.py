from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from builders import a_curve

from tuneit.data.load import dataset_from_arrays
from tuneit.errors import ObjectiveError
from tuneit.training.fitting.outcome import Execution
from tuneit.training.fitting.secondary_objectives import LEAST_CALLS, WARM_UP, measure
from tuneit.trials import Objective


class Weights:
    """A model of 6 float32 and 3 int8 weights that counts what it predicts."""

    def __init__(self) -> None:
        self.rows: list[Any] = []

    def get_weights(self) -> list[Any]:
        return [np.zeros((2, 3), np.float32), np.zeros(3, np.int8)]

    def predict_on_batch(self, x: Any) -> None:
        self.rows.append(x)


def objectives(*metrics: str) -> list[Objective]:
    return [Objective(metric, "minimize") for metric in metrics]


def an_execution(told=None, **series) -> Execution:
    nothing: Any = SimpleNamespace()
    return Execution(0.8, a_curve(**series), 2, nothing, None, None, told or {})


x = np.arange(80, dtype=np.float32).reshape(40, 2)
DATA = dataset_from_arrays(x, np.arange(40) % 2, name="rows", seed=0)


def test_sizes_and_times_of_a_model():
    model = Weights()
    wanted = objectives("parameters", "model_bytes", "latency_ms", "seconds")
    found = measure(wanted, [an_execution()], model, DATA)
    assert found["parameters"] == 9
    assert found["model_bytes"] == 27
    assert 0 <= found["latency_ms"] < 10
    assert "seconds" not in found  # the whole trial's, which is known later
    assert len(model.rows) >= WARM_UP + LEAST_CALLS
    assert {row.shape for row in model.rows} == {(1, 2)}


def test_metrics_are_those_of_the_best_epoch_averaged_over_executions():
    executions = [an_execution(val_loss=[3, 2, 1]), an_execution(val_loss=[3, 4, 1])]
    assert measure(objectives("val_loss"), executions, None, DATA) == {"val_loss": 3}
    told = an_execution({"speed": 7.0}, val_loss=[3, 2])
    assert measure(objectives("speed"), [told], None, DATA) == {"speed": 7}


def test_what_is_no_number_is_left_out():
    assert measure(objectives("loss"), [an_execution(loss=[1, np.nan])], None, DATA) == {}


def test_a_metric_that_nobody_reports():
    with pytest.raises(ObjectiveError, match=r"'val_los' is not reported.*did you mean 'val_loss'"):
        measure(objectives("val_los"), [an_execution()], None, DATA)
