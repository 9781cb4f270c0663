"""One real Keras run of a recipe: its log, and the measures that the log does not show."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from lab_data import Problem, Split, split
from lab_faults import Recipe, cosine
from lab_networks import Bench, Network, build, compile_network
from lab_truth import ENOUGH, Measured

Rows = list[dict[str, float]]

SAMPLED = 16
"""Validation rows an epoch where each epoch has others."""


@dataclass(frozen=True, eq=False)
class Run:
    """`sessions` are the log's rows: one list of epochs a session, the last one is judged."""

    sessions: list[Rows]
    measured: Measured
    n_validation: int


@dataclass(frozen=True, eq=False)
class Trained:
    """A control: its held-out rows' losses at their best epoch, and its metric after each epoch."""

    rows: Any
    metric: Any


class _Hidden:
    """Measures training, held-out and validation rows in inference mode."""

    def __init__(self, bench: Bench, train: Split, held: Split, validation: Split) -> None:
        self.look = bench.look
        self.sets = [train, held, validation]
        self.losses: list[list[float]] = []
        self.metrics: list[list[float]] = []
        self.rows: list[Any] = []
        self.last: tuple[Any, float, float] = (np.zeros(0), 0.0, 0.0)

    def measure(self) -> None:
        seen = [self.look(part.x, part.y) for part in self.sets]
        rows = [np.asarray(loss, dtype=np.float64).reshape(len(loss)) for loss, _, _ in seen]
        self.losses.append([float(r.mean()) for r in rows])
        self.metrics.append([float(metric) for _, metric, _ in seen])
        self.rows.append(rows[1])
        self.last = rows[2], float(seen[2][1]), float(seen[2][2])

    @property
    def spread(self) -> float:
        """The standard error of the validation loss."""
        return float(self.last[0].std() / np.sqrt(len(self.last[0])))

    def validation_logs(self, metric: str) -> dict[str, float]:
        rows, value, penalty = self.last
        return {"val_loss": float(rows.mean()) + penalty, f"val_{metric}": value}


def _changed(problem: Problem, recipe: Recipe, validation: Split, rng: Any) -> Split:
    """The validation set, unlike the training set where the recipe says so."""
    x, y = validation.x, validation.y
    if recipe.validation == "shifted":
        x = x + rng.normal(0, 1.2, size=(1, *x.shape[1:])).astype(np.float32)
    elif recipe.validation == "mislabelled":
        wrong = rng.random(len(y)) < 0.35
        y = np.where(wrong, rng.permutation(y), y).astype(np.float32)
    return Split(x, y)


def _easiest(bench: Bench, validation: Split) -> Split:
    """The third of the validation rows on which a trained model errs least."""
    losses = np.asarray(bench.look(validation.x, validation.y)[0]).reshape(-1)
    kept = np.argsort(losses)[: max(20, len(losses) // 3)]
    return Split(validation.x[kept], validation.y[kept])


def _first_weights(network: Network, problem: Problem, seed: int) -> list[Any]:
    """New weights by the seed alone, whatever was compiled or trained before."""
    keras.utils.set_random_seed(seed)
    weights: list[Any] = build(network, problem)[0].get_weights()
    return weights


class Workshop:
    """Trains recipes on one problem, each network compiled once."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.bench: Callable[[Network], Bench] = cache(
            lambda network: compile_network(network, problem)
        )
        self.reference = self._reference()

    def _reference(self) -> tuple[float, float, float, Bench]:
        """Loss and metric of the best constant, the metric of a good model, and that model."""
        problem = self.problem
        train, validation, held = split(problem, 2400, 400, seed=99)
        if problem.classes:
            shares = np.bincount(held.y.astype(int), minlength=problem.classes) / len(held)
            guess = float(-np.sum(shares * np.log(np.maximum(shares, 1e-9))))
            trivial = float(shares.max())
        else:
            guess = float(np.var(held.y))
            trivial = float(np.mean(np.abs(held.y - np.median(held.y))))
        # A network of its own: its bench must stay as trained.
        network = Network(problem.networks[0], width=65, l2=1e-4)
        bench = compile_network(network, problem)
        hidden = _Hidden(bench, train, held, validation)
        recipe = Recipe("reference", network, 0.005, 25, schedule=cosine(25))
        bench.reset(_first_weights(network, problem, 99), 0.005, 99)
        self._session(recipe, bench, train, hidden, 0, 25, np.random.default_rng(99))
        metrics = np.array(hidden.metrics)[:, 1]
        target = float(metrics.max() if problem.classes else metrics.min())
        return guess, trivial, target, bench

    def train(self, recipe: Recipe, seed: int) -> Run:
        rng = np.random.default_rng([seed, 1])
        train, validation, held = split(
            self.problem, recipe.train_rows, recipe.validation_rows, seed
        )
        guess, trivial, target, trained = self.reference
        validation = _changed(self.problem, recipe, validation, rng)
        if recipe.validation == "easy":
            validation = _easiest(trained, validation)
        if recipe.shuffled:
            moved = rng.random(len(train)) < recipe.shuffled
            y = train.y.copy()
            y[moved] = rng.permutation(y[moved])
            train = replace(train, y=y)
        bench = self.bench(recipe.network)
        bench.reset(_first_weights(recipe.network, self.problem, seed), recipe.learning_rate, seed)
        hidden = _Hidden(bench, train, held, validation)
        hidden.measure()
        sessions = [
            self._session(recipe, bench, train, hidden, 0, epochs, rng)
            for epochs in filter(None, (recipe.before, recipe.epochs))
        ]
        spread, done = hidden.spread, len(sessions[-1])
        if recipe.again and done >= ENOUGH and np.isfinite(sessions[-1][-1]["loss"]):
            control = replace(recipe, patience=None)
            more = done * recipe.again
            self._session(control, bench, train, hidden, done, done + more, rng)
        losses, metrics = np.array(hidden.losses), np.array(hidden.metrics)
        last = sessions[-1]
        measured = Measured(
            begin=sum(len(rows) for rows in sessions[:-1]),
            epochs=len(last),
            train=losses[:, 0],
            held=losses[:, 1],
            validation=losses[:, 2],
            rows=np.array(hidden.rows),
            validation_se=spread,
            log_loss=np.array([row["loss"] for row in last]),
            logged=np.array([row["val_loss"] for row in last]),
            train_metric=metrics[:, 0],
            held_metric=metrics[:, 1],
            guess=guess,
            trivial=trivial,
            target=target,
        )
        n = SAMPLED if recipe.validation == "sampled" else len(validation)
        return Run(sessions, measured, n)

    def controls(self, recipe: Recipe, seed: int) -> dict[str, Trained]:
        """The same training with more regularisation, half of its rows, and another seed.

        Each on the same held-out rows as the run itself: what they bring says what its gap costs.
        """
        rng = np.random.default_rng([seed, 3])
        train, validation, held = split(
            self.problem, recipe.train_rows, recipe.validation_rows, seed
        )
        if recipe.shuffled:
            moved = rng.random(len(train)) < recipe.shuffled
            y = train.y.copy()
            y[moved] = rng.permutation(y[moved])
            train = replace(train, y=y)
        network, half = recipe.network, len(train) // 2
        variants = {
            "dropout": (replace(network, dropout=min(0.7, network.dropout + 0.3)), train, seed),
            "l2": (replace(network, l2=max(1e-3, 10 * network.l2)), train, seed),
            "half": (network, Split(train.x[:half], train.y[:half]), seed),
            "seed": (network, train, seed + 500),
        }
        plain = replace(recipe, patience=None, validation="fair")
        found = {}
        for name, (other, rows, start) in variants.items():
            bench = self.bench(other)
            bench.reset(_first_weights(other, self.problem, start), recipe.learning_rate, start)
            hidden = _Hidden(bench, rows, held, validation)
            self._session(plain, bench, rows, hidden, 0, recipe.epochs, rng)
            best = int(np.nanargmin(np.array(hidden.losses)[:, 1]))
            found[name] = Trained(hidden.rows[best], np.array(hidden.metrics)[:, 1])
        return found

    def _session(
        self,
        recipe: Recipe,
        bench: Bench,
        train: Split,
        hidden: _Hidden,
        begin: int,
        end: int,
        rng: np.random.Generator,
    ) -> Rows:
        """Train from epoch `begin` to `end` (from 0) as `fit` does; return the epochs' logs."""
        x, y = tf.constant(train.x), tf.constant(train.y)
        steps = max(1, len(train) // recipe.batch_size)
        rows: Rows = []
        for epoch in range(begin, end):
            rate = recipe.learning_rate
            if recipe.schedule is not None:
                rate = recipe.schedule(epoch, recipe.learning_rate)
                bench.model.optimizer.learning_rate.assign(rate)
            order = rng.permutation(len(train))[: steps * recipe.batch_size]
            logs = bench.train(x, y, order.reshape(steps, -1).astype(np.int32))
            hidden.measure()
            logs |= hidden.validation_logs(self.problem.metric)
            if recipe.validation == "sampled":
                logs |= self._sampled(bench, hidden.sets[2], rng)
            if recipe.schedule is not None:
                logs["learning_rate"] = rate
            rows.append(logs)
            best = int(np.argmin([row["val_loss"] for row in rows]))
            if recipe.patience is not None and len(rows) - 1 - best >= recipe.patience:
                break
        return rows

    def _sampled(
        self, bench: Bench, validation: Split, rng: np.random.Generator
    ) -> dict[str, float]:
        taken = rng.choice(len(validation), SAMPLED)
        losses, metric, penalty = bench.look(validation.x[taken], validation.y[taken])
        mean = float(np.mean(losses)) + float(penalty)
        return {"val_loss": mean, f"val_{self.problem.metric}": float(metric)}


def write_log(run: Run, path: Path) -> None:
    """Write the log as Keras's CSVLogger does: epochs from 0, sessions appended."""
    names = sorted(run.sessions[0][0])
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["epoch", *names])
        for session in run.sessions:
            for epoch, row in enumerate(session):
                writer.writerow([epoch, *(f"{row[name]:.7g}" for name in names)])
