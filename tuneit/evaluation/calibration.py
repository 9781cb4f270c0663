"""Whether probabilities mean what they say, and the temperature that mends them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuneit.evaluation.class_rows import ClassRows

Numbers = NDArray[np.float64]

BINS = 10
"""Bins of equal width."""

_DRAWS = 200


@dataclass(frozen=True)
class Bin:
    """Rows whose probability lies in one of ten equal parts of [0, 1].

    `said` is their mean probability, `happened` the share that are of the class, `rows` how many
    (or their weight). `low` and `high` are where 95 % of shares lie if the probabilities are exact.
    """

    said: float
    happened: float
    rows: float
    low: float
    high: float


@dataclass(frozen=True)
class Calibration:
    """How far probabilities are from what happens.

    Of two classes the probability is that of the positive one, of more that of the class that is
    answered. `ece` is the expected calibration error: the mean distance of `said` and `happened`,
    weighted by the rows (M. P. Naeini et al., AAAI 2015; C. Guo et al., ICML 2017). `ece_by_chance`
    is the value that 95 % of samples of as many rows stay below if the probabilities are exact.
    `of` is whose probability it is.
    """

    of: str
    bins: tuple[Bin, ...]
    ece: float
    ece_by_chance: float
    log_loss: float

    @property
    def is_off(self) -> bool:
        """Whether the error is larger than chance makes it."""
        return self.ece > self.ece_by_chance


@dataclass(frozen=True)
class TemperatureScaling:
    """Logits divided by `temperature`, which was fitted on `rows` validation rows (Guo et al.).

    Above 1 the model is too sure of itself. The answers stay the same. `before` and `after` are the
    calibration on test rows.
    """

    temperature: float
    rows: int
    after: Calibration


def calibration(rows: ClassRows, probabilities: Numbers | None = None) -> Calibration | None:
    """Compare probabilities (rows, classes), by default the rows' own, with what happened.

    None where there are none.
    """
    shares = rows.probabilities if probabilities is None else probabilities
    if shares is None or rows.true.max() >= shares.shape[1] or shares.shape[1] < 2:
        return None
    from sklearn.metrics import log_loss

    if shares.shape[1] == 2:
        said, happened, of = shares[:, 1], rows.true == 1, rows.names[1]
    else:
        said, happened, of = shares.max(axis=1), shares.argmax(axis=1) == rows.true, ""
    weight = np.ones(len(rows)) if rows.weight is None else rows.weight
    place = np.minimum((said * BINS).astype(np.int64), BINS - 1)
    _, place = np.unique(place, return_inverse=True)
    mass = np.bincount(place, weights=weight)

    def by_bin(values: NDArray[Any]) -> Numbers:
        return np.asarray(np.bincount(place, weights=weight * values) / mass)

    mean, share = by_bin(said), by_bin(happened)
    rng = np.random.default_rng(0)
    drawn = np.stack([by_bin(rng.random(len(rows)) < said) for _ in range(_DRAWS)])
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    parts = mass / mass.sum()
    return Calibration(
        of,
        tuple(Bin(*map(float, one)) for one in zip(mean, share, mass, low, high, strict=True)),
        ece=float(parts @ np.abs(share - mean)),
        ece_by_chance=float(np.percentile(np.abs(drawn - mean) @ parts, 95)),
        log_loss=float(
            log_loss(
                rows.true, shares, labels=np.arange(shares.shape[1]), sample_weight=rows.weight
            )
        ),
    )


def temperature_scaling(fitted_on: ClassRows, shown_on: ClassRows) -> TemperatureScaling | None:
    """Fit a temperature on validation rows; show the calibration that it gives on test rows.

    None where there are no probabilities, where all answers for the validation rows are right, so
    that lower temperatures are always better, or where the best is not within a factor of 100.
    """
    shares = fitted_on.probabilities
    if shares is None or shown_on.probabilities is None or fitted_on.true.max() >= shares.shape[1]:
        return None
    if (fitted_on.predicted == fitted_on.true).all():
        return None
    from scipy.optimize import minimize_scalar

    places = np.arange(len(fitted_on)), fitted_on.true
    logits = _logits(shares)

    def loss(log_temperature: float) -> float:
        scaled = logits / np.exp(log_temperature)
        losses = np.logaddexp.reduce(scaled, axis=1) - scaled[places]
        return float(np.average(losses, weights=fitted_on.weight))

    end = np.log(100.0)
    found = minimize_scalar(loss, bounds=(-end, end), method="bounded")
    if abs(found.x) > 0.95 * end:
        return None
    temperature = float(np.exp(found.x))
    after = calibration(shown_on, scaled_by(temperature, shown_on.probabilities))
    return None if after is None else TemperatureScaling(temperature, len(fitted_on), after)


def scaled_by(temperature: float, probabilities: Any) -> Numbers:
    """Probabilities (rows, classes) with their logits divided by a temperature > 0."""
    scaled = _logits(np.asarray(probabilities, dtype=np.float64)) / temperature
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    shares: Numbers = powers / powers.sum(axis=1, keepdims=True)
    return shares


def _logits(shares: Numbers) -> Numbers:
    return np.asarray(np.log(np.clip(shares, np.finfo(np.float64).tiny, 1.0)))
