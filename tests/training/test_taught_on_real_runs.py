"""What courses teach of learning curves, on real small trainings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import tuneit
from tuneit.findings import Diagnosis
from tuneit.training.keras_loader import load_keras

load_keras()
import keras  # noqa: E402

CLASSES = 6
CENTRES = np.random.default_rng(0).normal(size=(CLASSES, 8))


def rows(n: int, spread: float, seed: int) -> tuple[Any, Any]:
    """Points around a centre for each class."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % CLASSES
    return (CENTRES[y] + rng.normal(0, spread, (n, 8))).astype("float32"), y


def trained(
    units: int, rate: float, *, n: int, spread: float, epochs: int, slow: bool = False, **known: Any
) -> Diagnosis:
    """The diagnosis of a training with Adam, or with plain descent where it is to be `slow`."""
    keras.utils.set_random_seed(1)
    x, y = rows(n, spread, 1)
    hidden = [keras.layers.Dense(units, "relu") for _ in range(1 if units < 3 else 2)]
    model = keras.Sequential(
        [keras.Input((8,)), *hidden, keras.layers.Dense(CLASSES, activation="softmax")]
    )
    optimizer = keras.optimizers.SGD(rate) if slow else keras.optimizers.Adam(rate)
    loss = "sparse_categorical_crossentropy"
    model.compile(optimizer, loss, metrics=["accuracy"], jit_compile=False)
    held = rows(600, spread, 2)
    log = model.fit(
        x, y, batch_size=32, epochs=epochs, validation_data=held, validation_batch_size=600,
        verbose=0,
    )  # fmt: skip
    return tuneit.diagnose(log.history, n_validation=600, n_classes=CLASSES, **known)


@pytest.mark.parametrize(
    ("verdicts", "actions", "run"),
    [
        # D1, D8: few rows for a wide network; validation rises.
        ({"overfitting"}, {"early_stopping"},
         {"units": 96, "rate": 0.005, "n": 150, "spread": 1.2, "epochs": 20}),
        # D2: one unit cannot tell six classes apart, where people err in 2 %.
        ({"underfitting"}, {"more_capacity"},
         {"units": 1, "rate": 0.1, "n": 600, "spread": 0.4, "epochs": 40, "human_error": 0.02}),
        # D4 C: both good.
        ({"healthy"}, set(),
         {"units": 24, "rate": 0.01, "n": 600, "spread": 0.35, "epochs": 12}),
        # D6: far too small and far too large steps.
        ({"not_converged"}, {"raise_learning_rate"},
         {"units": 24, "rate": 0.0003, "slow": True, "n": 600, "spread": 0.4, "epochs": 8}),
        ({"diverged", "unstable", "no_learning"}, {"lower_learning_rate", "check_labels"},
         {"units": 24, "rate": 20.0, "slow": True, "n": 600, "spread": 0.4, "epochs": 8}),
        # D7: stopped in the middle of its fall.
        ({"not_converged"}, {"more_epochs", "raise_learning_rate"},
         {"units": 24, "rate": 0.001, "n": 600, "spread": 0.4, "epochs": 7}),
    ],
    ids=["D1", "D2", "D4", "D6 low", "D6 high", "D7"],
)  # fmt: skip
def test_it_comes_out_as_taught(verdicts: set[str], actions: set[str], run: dict[str, Any]) -> None:
    diagnosis = trained(**run)
    assert diagnosis.verdict in verdicts, str(diagnosis)
    assert {advice.key for advice in diagnosis.recommendations[:1]} <= actions
    assert bool(diagnosis.recommendations) == bool(actions)


def test_stacked_linear_layers_are_seen_before_training() -> None:
    """D11."""
    model = keras.Sequential(
        [keras.Input((8,)), keras.layers.Dense(16), keras.layers.Dense(16),
         keras.layers.Dense(CLASSES, activation="softmax")]
    )  # fmt: skip
    model.compile("adam", "sparse_categorical_crossentropy", jit_compile=False)
    found = tuneit.check_model(model, *rows(120, 0.4, 1))
    assert {"no_nonlinearity", "linear_layers_in_a_row"} & {finding.name for finding in found}
