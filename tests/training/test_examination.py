"""`tuneit.diagnose` with the model and its rows: a healthy curve does not hide a faulty model."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tuneit
from tuneit.errors import InputError
from tuneit.findings import Severity, Verdict
from tuneit.training.keras_loader import load_keras

load_keras()
import keras  # noqa: E402

X = np.random.default_rng(0).normal(size=(90, 4)).astype("float32")
LABELS = (X[:, 0] > 0).astype("float32")
HEALTHY = {
    "loss": [0.1 + 2 * 0.7**i for i in range(20)],
    "val_loss": [0.12 + 2 * 0.7**i for i in range(20)],
}


def a_model(activation: str, bias: float = 0.0) -> Any:
    keras.utils.set_random_seed(0)
    start = keras.initializers.Constant(bias)
    hidden = keras.layers.Dense(8, "relu", bias_initializer=start, name="hidden")
    made = keras.Sequential([keras.Input((4,)), hidden, keras.layers.Dense(1, activation)])
    made.compile("adam", "binary_crossentropy", jit_compile=False)
    return made


@pytest.mark.parametrize(
    ("model", "verdict", "names", "advice"),
    [
        (("sigmoid",), Verdict.HEALTHY, set(), None),
        (("tanh",), Verdict.UNDERFITTING, {"binary_cross_entropy_without_sigmoid"}, "'sigmoid'"),
        (("sigmoid", -50.0), Verdict.NO_LEARNING, {"constant_predictions", "dead_relus"},
         "'hidden'"),
    ],
)  # fmt: skip
def test_the_model_outweighs_its_curve(
    model: Any, verdict: Verdict, names: set[str], advice: str | None
) -> None:
    rows: Any = {"x": X, "y": LABELS, "reference_models": False}
    diagnosis = tuneit.diagnose(HEALTHY, model=a_model(*model), **rows)
    assert diagnosis.verdict == verdict
    assert {f.name for f in diagnosis.findings if f.severity is not Severity.INFO} == names
    if advice is not None:
        assert advice in diagnosis.recommendations[0].reason
    assert diagnosis.notes == ()


def test_a_model_that_learned_nothing_is_asked_to_learn_rows_by_heart() -> None:
    flat = {"loss": [0.7, 0.699, 0.701, 0.7, 0.7, 0.699], "val_loss": [0.7] * 6}
    diagnosis = tuneit.diagnose(flat, model=a_model("sigmoid"), x=X, y=LABELS)
    assert diagnosis.verdict == Verdict.NO_LEARNING
    assert diagnosis.finding("can_overfit") is not None
    assert "check_labels" not in {r.key for r in diagnosis.recommendations}


def test_a_model_needs_its_rows() -> None:
    with pytest.raises(InputError, match="give x and y"):
        tuneit.diagnose(HEALTHY, model=a_model("sigmoid"))
