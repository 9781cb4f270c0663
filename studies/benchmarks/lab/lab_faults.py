"""How to plant a fault: each scenario changes one thing about a training that would be healthy."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from lab_data import Problem
from lab_networks import Network

Schedule = Callable[[int, float], float]
Validation = Literal["fair", "sampled", "shifted", "mislabelled", "easy"]


@dataclass(frozen=True)
class Recipe:
    """One training. `network`, `learning_rate` and `epochs` as in Keras; rows wanted for both sets.

    `schedule` maps epoch (from 0) and the base rate to the rate; `shuffled` is the share of
    training labels put out of order; `before` epochs were trained, and logged, in an earlier
    session; `patience` stops early; `again` is how often the epochs are repeated as a control.
    """

    planted: str
    network: Network
    learning_rate: float
    epochs: int
    train_rows: int = 1000
    validation_rows: int = 400
    batch_size: int = 64
    schedule: Schedule | None = None
    shuffled: float = 0.0
    validation: Validation = "fair"
    before: int = 0
    patience: int | None = None
    again: int = 1


Scenario = Callable[[Problem, np.random.Generator], Recipe]


def cosine(epochs: int) -> Schedule:
    return lambda epoch, rate: (
        rate * (0.02 + 0.98 * (1 + math.cos(math.pi * min(1.0, epoch / epochs))) / 2)
    )


def _epochs(rng: np.random.Generator, low: int, high: int) -> int:
    return int(np.exp(rng.uniform(np.log(low), np.log(high + 1))))


def _network(problem: Problem, rng: np.random.Generator) -> Network:
    return Network(kind=str(rng.choice(problem.networks)), l2=1e-4)


def _healthy(problem: Problem, rng: np.random.Generator) -> Recipe:
    """Plenty of rows for a modest network, and a rate that decays to almost nothing."""
    epochs = _epochs(rng, 10, 40)
    return Recipe(
        "healthy",
        _network(problem, rng),
        float(rng.choice([0.003, 0.006])) * (2 if epochs < 15 else 1),
        epochs,
        train_rows=1800,
        schedule=cosine(epochs),
    )


def _healthy_constant_rate(problem: Problem, rng: np.random.Generator) -> Recipe:
    return replace(
        _healthy(problem, rng), schedule=None, learning_rate=0.003, epochs=_epochs(rng, 12, 25)
    )


def _healthy_short(problem: Problem, rng: np.random.Generator) -> Recipe:
    """Done within a few epochs, as many logs are."""
    epochs = _epochs(rng, 5, 10)
    return replace(
        _healthy(problem, rng),
        planted="healthy: short",
        learning_rate=0.012,
        epochs=epochs,
        batch_size=16,
        schedule=cosine(epochs),
    )


def _odd_dropout(problem: Problem, rng: np.random.Generator) -> Recipe:
    """Dropout makes validation look easier than training."""
    recipe = _healthy(problem, rng)
    network = replace(recipe.network, width=64, dropout=0.3)
    return replace(recipe, planted="odd: dropout", network=network, epochs=_epochs(rng, 20, 40))


def _odd_noise(problem: Problem, rng: np.random.Generator) -> Recipe:
    recipe = _healthy(problem, rng)
    return replace(recipe, planted="odd: input noise", network=replace(recipe.network, noise=0.2))


def _odd_restarts(problem: Problem, rng: np.random.Generator) -> Recipe:
    """Warm restarts: the rate, and with it the loss, jumps up now and then."""
    period = int(rng.integers(6, 11))
    recipe = _healthy(problem, rng)

    def schedule(epoch: int, rate: float) -> float:
        return rate * (0.02 + 0.98 * (1 + math.cos(math.pi * (epoch % period) / period)) / 2)

    return replace(
        recipe, planted="odd: warm restarts", schedule=schedule, epochs=period * 4,
        learning_rate=0.01,
    )  # fmt: skip


def _odd_step_decay(problem: Problem, rng: np.random.Generator) -> Recipe:
    recipe = _healthy(problem, rng)
    at = recipe.epochs // 2
    return replace(
        recipe,
        planted="odd: step decay",
        schedule=lambda epoch, rate: rate if epoch < at else rate / 10,
        learning_rate=0.01,
    )


def _odd_tiny_validation(problem: Problem, rng: np.random.Generator) -> Recipe:
    return replace(
        _healthy(problem, rng),
        planted="odd: tiny validation set",
        validation_rows=int(rng.integers(12, 30)),
    )


def _odd_resumed(problem: Problem, rng: np.random.Generator) -> Recipe:
    """A second session whose epoch counter starts again, appended to the first one's log."""
    recipe = _healthy(problem, rng)
    before = _epochs(rng, 15, 25)
    return replace(
        recipe, planted="odd: resumed", before=before, epochs=_epochs(rng, 8, 16),
        schedule=None, learning_rate=0.002,
    )  # fmt: skip


def _odd_early_stopped(problem: Problem, rng: np.random.Generator) -> Recipe:
    return replace(
        _healthy(problem, rng),
        planted="odd: early stopping",
        schedule=None,
        learning_rate=0.004,
        epochs=60,
        patience=int(rng.integers(3, 7)),
    )


def _odd_norm(problem: Problem, rng: np.random.Generator) -> Recipe:
    recipe = _healthy(problem, rng)
    return replace(recipe, planted="odd: batch norm", network=replace(recipe.network, norm=True))


def _overfitting(problem: Problem, rng: np.random.Generator) -> Recipe:
    """A wide network, few rows, many epochs."""
    network = replace(_network(problem, rng), width=160, l2=0.0)
    rows = int(rng.choice([60, 120, 300]))
    return Recipe("overfitting", network, float(rng.choice([0.003, 0.006])),
                  _epochs(rng, 15, 70), train_rows=rows, batch_size=32, again=0)  # fmt: skip


def _overfitting_mislabelled(problem: Problem, rng: np.random.Generator) -> Recipe:
    """Some wrong labels among the training rows, learned by heart in the end."""
    recipe = _overfitting(problem, rng)
    return replace(recipe, planted="overfitting: wrong labels", shuffled=0.25, train_rows=200)


def _overfitting_short(problem: Problem, rng: np.random.Generator) -> Recipe:
    """Overfitted within a few epochs, as large networks are."""
    return replace(
        _overfitting(problem, rng),
        planted="overfitting: short",
        learning_rate=0.012,
        epochs=_epochs(rng, 6, 16),
        batch_size=16,
    )


def _overfitting_small_validation(problem: Problem, rng: np.random.Generator) -> Recipe:
    return replace(
        _overfitting(problem, rng),
        planted="overfitting: small validation set",
        validation_rows=int(rng.integers(30, 80)),
    )


def _underfitting_small(problem: Problem, rng: np.random.Generator) -> Recipe:
    epochs = _epochs(rng, 20, 40)
    network = Network(kind=str(rng.choice(problem.networks)), width=2)
    return Recipe("underfitting: small", network, 0.02, epochs, schedule=cosine(epochs))


def _underfitting_regularised(problem: Problem, rng: np.random.Generator) -> Recipe:
    epochs = _epochs(rng, 15, 30)
    network = replace(_network(problem, rng), l2=0.3)
    return Recipe("underfitting: L2", network, 0.005, epochs, schedule=cosine(epochs))


def _underfitting_dropout(problem: Problem, rng: np.random.Generator) -> Recipe:
    epochs = _epochs(rng, 15, 30)
    network = replace(_network(problem, rng), width=16, dropout=0.7)
    return Recipe("underfitting: dropout", network, 0.005, epochs, schedule=cosine(epochs))


def _not_converged(problem: Problem, rng: np.random.Generator) -> Recipe:
    return Recipe("not_converged", _network(problem, rng), float(rng.choice([0.0006, 0.0015])),
                  _epochs(rng, 6, 14), again=3)  # fmt: skip


def _low_rate(problem: Problem, rng: np.random.Generator) -> Recipe:
    network = replace(_network(problem, rng), optimizer="sgd")
    return Recipe("not_converged: low rate", network, float(rng.choice([0.001, 0.003, 0.006])),
                  _epochs(rng, 12, 25), again=3)  # fmt: skip


def _shuffled(problem: Problem, rng: np.random.Generator) -> Recipe:
    return Recipe("no_learning: shuffled labels", _network(problem, rng),
                  0.001, _epochs(rng, 8, 25), train_rows=1800, shuffled=1.0)  # fmt: skip


def _zero_rate(problem: Problem, rng: np.random.Generator) -> Recipe:
    network = replace(_network(problem, rng), optimizer="sgd")
    return Recipe("no_learning: rate near 0", network, 1e-7, _epochs(rng, 8, 30))


def _dead(problem: Problem, rng: np.random.Generator) -> Recipe:
    network = replace(_network(problem, rng), bias=-20.0, l2=0.0)
    return Recipe("no_learning: dead ReLU", network, 0.002, _epochs(rng, 8, 30))


def _wrong_head(problem: Problem, rng: np.random.Generator) -> Recipe:
    network = replace(_network(problem, rng), head="relu far below", l2=0.0)
    return Recipe("no_learning: wrong head", network, 0.002, _epochs(rng, 8, 30))


def _diverged_at_once(problem: Problem, rng: np.random.Generator) -> Recipe:
    network = replace(_network(problem, rng), optimizer="sgd")
    return Recipe("diverged", network, float(rng.choice([3.0, 30.0])), _epochs(rng, 8, 30), again=0)


def _diverged_late(problem: Problem, rng: np.random.Generator) -> Recipe:
    """All goes well until the rate is raised a hundredfold."""
    epochs = _epochs(rng, 12, 30)
    at = int(epochs * rng.uniform(0.4, 0.8))
    return Recipe(
        "diverged: late", _network(problem, rng), 0.004, epochs, again=0,
        schedule=lambda epoch, rate: rate if epoch < at else 300 * rate,
    )  # fmt: skip


def _unstable(problem: Problem, rng: np.random.Generator) -> Recipe:
    return Recipe("unstable", _network(problem, rng), float(rng.choice([0.03, 0.06, 0.1])),
                  _epochs(rng, 12, 25), train_rows=1200, batch_size=8)  # fmt: skip


def _unstable_descent(problem: Problem, rng: np.random.Generator) -> Recipe:
    network = replace(_network(problem, rng), optimizer="sgd")
    return Recipe("unstable: SGD", network, float(rng.choice([0.2, 0.35, 0.5])),
                  _epochs(rng, 12, 25), train_rows=1200, batch_size=8)  # fmt: skip


def _unstable_restless(problem: Problem, rng: np.random.Generator) -> Recipe:
    return replace(
        _unstable(problem, rng),
        planted="unstable: restless",
        learning_rate=float(rng.choice([0.1, 0.2, 0.3])),
        epochs=_epochs(rng, 8, 40),
    )


def _noisy(problem: Problem, rng: np.random.Generator) -> Recipe:
    """Each epoch is validated on another handful of rows."""
    return replace(
        _healthy(problem, rng),
        planted="noisy_validation",
        validation="sampled",
        batch_size=int(rng.choice([32, 64])),
    )


def _unlike(how: Validation) -> Scenario:
    def scenario(problem: Problem, rng: np.random.Generator) -> Recipe:
        planted = f"unrepresentative_validation: {how}"
        return replace(_healthy(problem, rng), planted=planted, validation=how)

    return scenario


def _too_short(problem: Problem, rng: np.random.Generator) -> Recipe:
    return replace(
        _healthy(problem, rng), planted="too_short", epochs=int(rng.integers(1, 5)), schedule=None
    )


def _gap(problem: Problem, rng: np.random.Generator) -> Recipe:
    """A wide network on few to many rows, whose rate comes down before validation rises much."""
    epochs = _epochs(rng, 12, 60)
    network = replace(
        _network(problem, rng),
        width=int(rng.choice([48, 96, 160])),
        l2=float(rng.choice([0.0, 1e-4, 1e-3, 5e-3])),
        dropout=float(rng.choice([0.0, 0.0, 0.2, 0.4])),
    )
    return Recipe("gap", network, float(rng.choice([0.001, 0.002, 0.004])), epochs,
                  train_rows=int(rng.choice([200, 500, 1000, 2000])), batch_size=32,
                  validation_rows=int(rng.choice([200, 600, 1000])),
                  schedule=cosine(epochs))  # fmt: skip


SCENARIOS: tuple[Scenario, ...] = (
    _healthy,
    _overfitting,
    _not_converged,
    _shuffled,
    _unstable,
    _odd_dropout,
    _underfitting_small,
    _diverged_at_once,
    _noisy,
    _unlike("shifted"),
    _too_short,
    _odd_restarts,
    _healthy_constant_rate,
    _overfitting_mislabelled,
    _low_rate,
    _dead,
    _diverged_late,
    _odd_early_stopped,
    _underfitting_regularised,
    _unlike("mislabelled"),
    _odd_resumed,
    _unstable_descent,
    _zero_rate,
    _odd_tiny_validation,
    _healthy,
    _underfitting_dropout,
    _wrong_head,
    _overfitting,
    _unlike("easy"),
    _odd_norm,
    _odd_noise,
    _odd_step_decay,
    _not_converged,
    _healthy_constant_rate,
)
"""In the order in which a problem's runs are made, again from the start until there are enough."""

RARE: tuple[Scenario, ...] = (
    _overfitting_short,
    _healthy_short,
    _unstable_restless,
    _overfitting,
    _not_converged,
    _underfitting_small,
    _overfitting_small_validation,
    _unstable_descent,
    _healthy_constant_rate,
    _overfitting_short,
    _underfitting_regularised,
    _low_rate,
    _healthy_short,
    _overfitting_mislabelled,
    _unstable_restless,
    _odd_early_stopped,
    _underfitting_dropout,
    _overfitting_small_validation,
    _odd_restarts,
    _noisy,
    _not_converged,
    _overfitting,
)
"""For the problems that are `rare`."""

GAP: tuple[Scenario, ...] = (_gap, _gap, _gap, _gap, _overfitting, _gap, _gap, _healthy)
"""For the problems that are of `gap`."""
