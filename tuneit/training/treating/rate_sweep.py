"""The learning-rate range test: the loss while the rate grows from batch to batch.

After Smith, "Cyclical learning rates for training neural networks" (2017), with the suggestions of
the fastai library.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from tuneit.data.dataset import Dataset
from tuneit.data.nested import take
from tuneit.training.fitting.rows import with_texts
from tuneit.training.treating.edits.optimizer import learning_rate_of
from tuneit.training.treating.graph import CannotTreat

LOWEST, HIGHEST = 1e-6, 1.0
STEPS = 120
"""Batches of the test; the rate grows by the same factor from one to the next."""

_SMOOTHED = 0.9
"""Weight of the earlier losses in the exponential mean of the loss (bias-corrected)."""

_DIVERGED = 4.0
"""The test ends where the smoothed loss is this many times its lowest (fastai's rule)."""

_BELOW_LOWEST = 10.0
"""The suggested rate is the rate with the lowest loss, divided by this (Smith; fastai's rule)."""


_UNMOVED = 20
"""The first losses, at rates up to 1e-5: their mean is the loss at the start, their deviation its
noise."""

_BEYOND_NOISE = 4.0
"""The loss has fallen if it is this many standard deviations of the first losses below their
mean."""

_BEGUN = 0.1
"""The loss begins to fall where it has fallen by this share of its whole fall."""


@dataclass(frozen=True)
class RateSweep:
    """Learning rates in order, the smoothed training loss at each, and what they suggest.

    `low` is where the loss begins to fall, and `high` a tenth of the rate with the lowest loss, but
    not below `low`. `present` is the model's own rate.
    """

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    present: float
    low: float
    high: float

    @property
    def suggested(self) -> float:
        """The highest stable rate."""
        return self.high

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-ready form."""
        return {
            "rates": list(self.rates),
            "losses": list(self.losses),
            "present": self.present,
            "suggested": self.suggested,
            "range": [self.low, self.high],
        }


def sweep(model: Any, dataset: Dataset, batch_size: int, seed: int = 0) -> RateSweep:
    """Train a compiled, built model on growing learning rates; its weights are changed.

    Raises CannotTreat where a schedule gives the rate, or the loss falls at no rate.
    """
    present = learning_rate_of(model)
    rng, split = np.random.default_rng(seed), dataset.train
    rates = np.geomspace(LOWEST, HIGHEST, STEPS)
    size = min(batch_size, len(split))
    seen: list[float] = []
    mean, lowest = 0.0, np.inf
    for step, rate in enumerate(rates):
        model.optimizer.learning_rate = float(rate)
        rows = np.sort(rng.choice(len(split), size, replace=False))
        told = model.train_on_batch(
            with_texts(take(split.x, rows)), take(split.y, rows), return_dict=True
        )
        # Keras reports the mean of all batches since its metrics were reset.
        model.reset_metrics()
        mean = _SMOOTHED * mean + (1 - _SMOOTHED) * float(told["loss"])
        smoothed = mean / (1 - _SMOOTHED ** (step + 1))
        if not np.isfinite(smoothed) or (step > 10 and smoothed > _DIVERGED * lowest):
            break
        seen.append(smoothed)
        lowest = min(lowest, smoothed)
    return read_sweep(rates[: len(seen)], np.asarray(seen), present)


def read_sweep(
    rates: np.ndarray[Any, Any], losses: np.ndarray[Any, Any], present: float
) -> RateSweep:
    """What a sweep's losses suggest. Raises CannotTreat where they fall nowhere."""
    if len(losses) <= _UNMOVED:
        raise CannotTreat("the loss is not a finite number at the smallest learning rates")
    # At the smallest rates nothing is learned: these losses differ only because of their batches.
    start, noise = float(losses[:_UNMOVED].mean()), float(losses[:_UNMOVED].std())
    at_lowest = int(np.argmin(losses))
    fall = start - float(losses[at_lowest])
    # One low loss may be chance; if the model learns, the losses beside it are low too.
    around = start - float(losses[max(0, at_lowest - 2) : at_lowest + 3].mean())
    if at_lowest < _UNMOVED or around <= _BEYOND_NOISE * noise:
        raise CannotTreat(
            f"the loss falls at no learning rate from {LOWEST:g} to {HIGHEST:g}: look at labels, "
            "inputs and loss"
        )
    high = float(rates[at_lowest]) / _BELOW_LOWEST
    above = np.flatnonzero(losses[: at_lowest + 1] > start - _BEGUN * fall)
    low = float(rates[min(int(above[-1]) + 1, at_lowest)])
    return RateSweep(
        tuple(map(float, rates)), tuple(map(float, losses)), present, low, max(high, low)
    )
