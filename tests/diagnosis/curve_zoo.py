"""Learning curves of known truth: healthy ones, odd but healthy ones, and one for each fault."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from tuneit.curves import LearningCurve, Series

Sick = Callable[[int, int], LearningCurve]


def falling(n: int, start: float, floor: float, tau: float) -> Series:
    """An exponential approach from `start` to `floor`."""
    return floor + (start - floor) * np.exp(-np.arange(n) / tau)


def shaken(values: Series, spread: float, seed: int) -> Series:
    rng = np.random.default_rng(seed)
    return values * (1 + spread * rng.standard_normal(len(values)))


def curve(loss: Series, val_loss: Series | None = None, **series: Series) -> LearningCurve:
    both = {"loss": loss} if val_loss is None else {"loss": loss, "val_loss": val_loss}
    return LearningCurve.from_history({k: list(v) for k, v in {**both, **series}.items()})


EPOCHS = 50


def history(
    seed: int,
    errors: tuple[float, float],
    losses: tuple[float, float],
    *,
    epochs: int = EPOCHS,
    tau: float = 6.0,
    start: float = 1.8,
    noise: float = 0.01,
) -> dict[str, Series]:
    """Errors and losses of both splits that settle at the given ends."""
    train, validation = (falling(epochs, 0.8, end, tau) for end in errors)
    loss, val_loss = (falling(epochs, start, end, tau) for end in losses)
    return {
        "accuracy": 1 - shaken(train, noise, seed),
        "val_accuracy": 1 - shaken(validation, 2 * noise, seed + 1),
        "loss": shaken(loss, noise, seed + 2),
        "val_loss": shaken(val_loss, 2 * noise, seed + 3),
    }


def after(epoch: int, epochs: int, step: float) -> Series:
    """A ramp that begins after an epoch."""
    return step * np.maximum(0.0, np.arange(epochs) - epoch)


def healthy(n: int = 30, seed: int = 0) -> LearningCurve:
    tau = n / 7
    loss = shaken(falling(n, 2.3, 0.25, tau), 0.01, seed)
    val = shaken(falling(n, 2.2, 0.32, tau), 0.015, seed + 1)
    return curve(loss, val, accuracy=np.exp(-loss), val_accuracy=np.exp(-val))


def easier_validation(n: int = 30, seed: int = 0) -> LearningCurve:
    """Dropout: training looks worse than validation throughout."""
    tau = n / 7
    return curve(
        shaken(falling(n, 2.4, 0.6, tau), 0.02, seed),
        shaken(falling(n, 2.0, 0.4, tau), 0.015, seed + 1),
    )


def stopped_early(n: int = 30, seed: int = 0) -> LearningCurve:
    """Early stopping with patience: the last epochs are a little worse, within noise."""
    loss = shaken(falling(n, 2.3, 0.25, n / 7), 0.01, seed)
    val = shaken(falling(n, 2.2, 0.45, n / 7), 0.02, seed + 1)
    val[-min(4, n // 4) :] *= 1.008
    return curve(loss, val)


def settled(n: int = 30, seed: int = 0) -> LearningCurve:
    """Resumed after convergence: flat from the first epoch on, at a good metric."""
    return curve(
        shaken(np.full(n, 0.2), 0.01, seed),
        shaken(np.full(n, 0.25), 0.01, seed + 1),
        accuracy=shaken(np.full(n, 0.94), 0.003, seed),
        val_accuracy=shaken(np.full(n, 0.92), 0.003, seed + 1),
    )


def near_zero(n: int = 30, seed: int = 0) -> LearningCurve:
    """Losses that hug zero, where validation doubles without meaning."""
    loss = falling(n, 2.3, 1e-4, n / 20)
    val = falling(n, 2.2, 1e-3, n / 20)
    val[n // 2 :] += np.linspace(0, 1e-3, n - n // 2)
    return curve(shaken(loss, 0.02, seed), shaken(val, 0.02, seed + 1))


def overfitting(n: int = 30, seed: int = 0) -> LearningCurve:
    t = np.arange(n)
    loss = shaken(falling(n, 2.3, 0.02, n / 5), 0.01, seed)
    val = falling(n, 2.2, 0.7, n / 10) + 0.5 * np.maximum(0, t - n / 3) / n
    return curve(loss, shaken(val, 0.015, seed + 1))


def not_converged(n: int = 30, seed: int = 0) -> LearningCurve:
    return curve(
        shaken(falling(n, 2.3, 0.2, n), 0.005, seed),
        shaken(falling(n, 2.3, 0.25, n), 0.005, seed + 1),
    )


def no_learning(n: int = 30, seed: int = 0) -> LearningCurve:
    loss = shaken(np.full(n, math.log(10)), 0.002, seed)
    val = shaken(np.full(n, math.log(10)), 0.002, seed + 1)
    flat = shaken(np.full(n, 0.1), 0.02, seed)
    return curve(loss, val, accuracy=flat, val_accuracy=flat[::-1])


def diverged(n: int = 30, seed: int = 0) -> LearningCurve:
    loss = shaken(falling(n, 2.3, 0.5, n / 6), 0.02, seed)
    loss[n // 2 :] *= np.exp(np.linspace(0, 3, n - n // 2))
    return curve(loss, loss * 1.1)


def nan_at_the_end(n: int = 30, seed: int = 0) -> LearningCurve:
    loss = shaken(falling(n, 2.3, 0.5, n / 6), 0.02, seed)
    loss[-2:] = math.nan
    return curve(loss, loss * 1.1)


def unstable(n: int = 30, seed: int = 0) -> LearningCurve:
    loss = shaken(falling(n, 2.3, 0.9, n / 6), 0.3, seed)
    return curve(np.abs(loss), np.abs(shaken(falling(n, 2.3, 1.0, n / 6), 0.3, seed + 1)))


def noisy_validation(n: int = 30, seed: int = 0) -> LearningCurve:
    loss = shaken(falling(n, 1.0, 0.3, n / 7), 0.005, seed)
    return curve(loss, np.abs(shaken(falling(n, 1.0, 0.5, n / 7), 0.35, seed + 1)))


def unlike_validation(n: int = 30, seed: int = 0) -> LearningCurve:
    loss = shaken(falling(n, 2.3, 0.3, n / 7), 0.01, seed)
    return curve(loss, shaken(falling(n, 4.3, 2.4, n / 7), 0.01, seed + 1))


HEALTHY: dict[str, Sick] = {
    f.__name__: f for f in (healthy, easier_validation, stopped_early, settled, near_zero)
}
SICK: dict[str, Sick] = {
    "overfitting": overfitting,
    "not_converged": not_converged,
    "no_learning": no_learning,
    "diverged": diverged,
    "unstable": unstable,
    "noisy_validation": noisy_validation,
    "unrepresentative_validation": unlike_validation,
}
