"""The lab's scenarios with other networks, optimizers, rates and batch sizes, and some new ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from lab_data import Problem
from lab_faults import (
    GAP,
    RARE,
    SCENARIOS,
    Recipe,
    Scenario,
    _epochs,
    _healthy,
    _network,
    _overfitting,
    cosine,
)


def varied(
    scenario: Scenario,
    activations: Sequence[str] = ("relu", "tanh", "gelu", "elu"),
    optimizers: Sequence[str] = ("adam", "rmsprop", "nadam"),
) -> Scenario:
    """The scenario with an activation, width, optimizer, rate, batch and set sizes of its own."""

    def other(problem: Problem, rng: np.random.Generator) -> Recipe:
        recipe = scenario(problem, rng)
        network = replace(
            recipe.network,
            activation=str(rng.choice(activations)),
            width=max(2, int(recipe.network.width * rng.choice([0.75, 1.0, 1.5]))),
            depth=int(rng.choice([1, 2, 3])),
        )
        # A rate is chosen for its optimizer: plain descent keeps the one that was chosen for it.
        if network.optimizer == "adam":
            network = replace(network, optimizer=str(rng.choice(optimizers)))
        return replace(
            recipe,
            network=network,
            learning_rate=recipe.learning_rate * float(rng.choice([0.6, 1.0, 1.4])),
            batch_size=max(8, int(recipe.batch_size * rng.choice([0.5, 1.0, 2.0]))),
            train_rows=int(recipe.train_rows * rng.choice([0.8, 1.0, 1.3])),
            validation_rows=int(recipe.validation_rows * rng.choice([0.7, 1.0, 1.6])),
        )

    return other


def _wrong_labels(problem: Problem, rng: np.random.Generator) -> Recipe:
    """A tenth to two fifths of the training labels are out of order; the network is modest."""
    return replace(
        _healthy(problem, rng),
        planted="wrong labels",
        shuffled=float(rng.choice([0.1, 0.2, 0.4])),
    )


def _large_batches(problem: Problem, rng: np.random.Generator) -> Recipe:
    return replace(
        _healthy(problem, rng),
        planted="large batches",
        learning_rate=0.02,
        batch_size=int(rng.choice([300, 600])),
        epochs=_epochs(rng, 25, 60),
        schedule=None,
    )


def _warm_up(problem: Problem, rng: np.random.Generator) -> Recipe:
    """The rate rises for a fifth of the epochs, then it falls to nothing."""
    epochs = _epochs(rng, 12, 40)
    first = max(2, epochs // 5)
    falling = cosine(epochs - first)
    return replace(
        _healthy(problem, rng),
        planted="warm-up",
        learning_rate=0.01,
        epochs=epochs,
        schedule=lambda epoch, rate: (
            rate * (epoch + 1) / first if epoch < first else falling(epoch - first, rate)
        ),
    )


def _long_overfitting(problem: Problem, rng: np.random.Generator) -> Recipe:
    return replace(
        _overfitting(problem, rng),
        planted="overfitting: long",
        epochs=_epochs(rng, 60, 120),
        train_rows=int(rng.choice([150, 400, 800])),
        batch_size=64,
    )


def _few_rows(problem: Problem, rng: np.random.Generator) -> Recipe:
    """A small network on a few hundred rows, stopped early."""
    return Recipe(
        "few rows", replace(_network(problem, rng), width=16), 0.004, 80,
        train_rows=int(rng.choice([100, 250, 500])), batch_size=16,
        patience=int(rng.integers(3, 9)),
    )  # fmt: skip


VARIED: tuple[Scenario, ...] = (
    *(varied(scenario) for scenario in (*SCENARIOS, *RARE, *GAP)),
    *(_wrong_labels, _large_batches, _warm_up, _long_overfitting, _few_rows),
)
"""For the first problems made after all rules."""


def _exponential(problem: Problem, rng: np.random.Generator) -> Recipe:
    """The rate falls by the same share each epoch, from a high start."""
    epochs = _epochs(rng, 15, 50)
    end = float(rng.choice([0.003, 0.03]))
    return replace(
        _healthy(problem, rng),
        planted="exponential decay",
        learning_rate=0.012,
        epochs=epochs,
        schedule=lambda epoch, rate: rate * end ** (epoch / epochs),
    )


def _middling(problem: Problem, rng: np.random.Generator) -> Recipe:
    """Rows, width and regularisation anywhere between starved and plenty."""
    network = replace(
        _network(problem, rng),
        width=int(np.exp(rng.uniform(np.log(8), np.log(128)))),
        l2=float(10 ** rng.uniform(-5, -2)),
        dropout=float(rng.choice([0.0, 0.0, 0.1, 0.3, 0.5])),
        norm=bool(rng.random() < 0.2),
    )
    epochs = _epochs(rng, 10, 60)
    return Recipe(
        "middling", network, float(10 ** rng.uniform(-3, -2)), epochs,
        train_rows=int(np.exp(rng.uniform(np.log(150), np.log(2400)))),
        validation_rows=int(np.exp(rng.uniform(np.log(60), np.log(1000)))),
        batch_size=int(rng.choice([16, 32, 64, 128])),
        schedule=cosine(epochs) if rng.random() < 0.5 else None,
        patience=int(rng.integers(4, 12)) if rng.random() < 0.25 else None,
    )  # fmt: skip


def _other(scenario: Scenario) -> Scenario:
    return varied(scenario, ("relu", "silu", "leaky_relu", "selu"), ("adam", "adamw", "adamax"))


FRESH: tuple[Scenario, ...] = (
    *(_other(scenario) for scenario in (*SCENARIOS, *RARE, *GAP)),
    *(_other(_exponential) for _ in range(4)),
    *(_other(_middling) for _ in range(20)),
    *(_other(s) for s in (_wrong_labels, _warm_up, _long_overfitting, _few_rows)),
)
"""For the problems that nobody has looked at."""
