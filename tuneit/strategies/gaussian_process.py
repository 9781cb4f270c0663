"""A Gaussian process with a Matérn 5/2 kernel, for up to a few hundred trials."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve, cholesky, solve_triangular
from scipy.optimize import minimize

Matrix = NDArray[np.float64]

_STEPS = 40
_LOG_NOISE = -6.0
_JITTER = 1e-8


@dataclass(frozen=True)
class GaussianProcess:
    """The posterior over standardised scores, given points of shape (n, columns) in [0, 1].

    Columns that encode one hyperparameter (`groups[column]` counts hyperparameters from 0) share
    a length scale. `theta` holds the logarithms of the length scales, then of signal and noise
    variance.
    """

    x: Matrix
    y: Matrix
    groups: NDArray[np.int64]
    theta: Matrix
    _factor: Matrix
    _weights: Matrix

    @classmethod
    def fitted(cls, x: Matrix, y: Matrix, groups: Sequence[int]) -> GaussianProcess:
        """Fit by maximum a posteriori, from a smooth and from a rough start.

        Priors: length scales are log-normal with median ½ √(number of hyperparameters). The median
        grows because in many dimensions points are far apart, and all would seem unrelated (after
        Hvarfner, Hellsten, Nardi 2024; their much longer scales found worse points in
        `studies/benchmarks/search_functions.py`). The signal variance is around 1, the noise small:
        the data correct this if the noise is large, but could not if it is small.
        """
        index = np.asarray(groups, dtype=np.int64)
        n_groups = int(index.max()) + 1 if len(index) else 0
        squares = _squared_differences(x, index, n_groups)
        centre = np.concatenate(
            [np.full(n_groups, 0.5 * math.log(max(1, n_groups) / 4)), [0.0, _LOG_NOISE]]
        )
        width = np.concatenate([np.ones(n_groups), [1.0, 1.5]])
        rough = np.concatenate([np.full(n_groups, math.log(0.3)), [0.0, _LOG_NOISE]])
        low, high = math.log(0.02), math.log(50.0)
        bounds = [(low, high)] * n_groups + [(math.log(0.05), math.log(20.0)), (-13.0, 0.0)]

        def loss(theta: Matrix) -> tuple[float, Matrix]:
            value, gradient = _negative_likelihood(theta, squares, y)
            pull = (theta - centre) / width
            return value + 0.5 * float(pull @ pull), gradient + pull / width

        runs: list[Any] = [
            minimize(
                loss,
                np.clip(start, [b[0] for b in bounds], [b[1] for b in bounds]),
                jac=True,
                method="L-BFGS-B",
                bounds=bounds,
                options={"maxiter": _STEPS},
            )
            for start in (centre, rough)
        ]
        theta = min(runs, key=lambda run: float(run.fun)).x
        return cls.conditioned(x, y, index, theta)

    @classmethod
    def conditioned(
        cls, x: Matrix, y: Matrix, groups: NDArray[np.int64], theta: Matrix
    ) -> GaussianProcess:
        """Condition on data with known `theta`."""
        kernel = _matern(_distances(x, x, groups, theta)) * math.exp(theta[-2])
        kernel[np.diag_indices_from(kernel)] += math.exp(theta[-1]) + _JITTER
        factor = cholesky(kernel, lower=True)
        return cls(x, y, groups, theta, factor, cho_solve((factor, True), y))

    def of(self, x: Matrix, y: Matrix) -> GaussianProcess:
        """Condition on other data, keeping `theta`."""
        return self.conditioned(x, y, self.groups, self.theta)

    def with_points(self, x: Matrix, y: Matrix) -> GaussianProcess:
        """Condition on more data, keeping `theta`."""
        return self.of(np.vstack([self.x, x]), np.concatenate([self.y, y]))

    def predict(self, x: Matrix) -> tuple[Matrix, Matrix]:
        """Mean and standard deviation of the noise-free function at points (m, columns)."""
        variance = math.exp(self.theta[-2])
        cross = _matern(_distances(x, self.x, self.groups, self.theta)) * variance
        mean = cross @ self._weights
        half = solve_triangular(self._factor, cross.T, lower=True)
        left = variance - np.einsum("ij,ij->j", half, half)
        return mean, np.sqrt(np.maximum(left, 1e-12))


def log_expected_improvement(mean: Matrix, deviation: Matrix, best: float) -> Matrix:
    """Logarithm of the expected improvement over `best` (higher is better), exact far below it."""
    from scipy.special import log_ndtr

    z = (mean - best) / deviation
    log_density = -0.5 * z * z - 0.5 * math.log(2 * math.pi)
    ratio = np.exp(np.clip(log_ndtr(z) - log_density, -700, 700)) * z
    # Far below the best, 1 + z Φ/φ loses all digits by cancellation; its asymptote is 1/z².
    inner = np.where(z > -10, np.maximum(1 + ratio, 1e-300), 1 / np.maximum(z * z, 1e-300))
    result: Matrix = np.log(deviation) + log_density + np.log(inner)
    return result


def _squared_differences(x: Matrix, groups: NDArray[np.int64], n_groups: int) -> Matrix:
    squares = np.zeros((n_groups, len(x), len(x)))
    for column, group in enumerate(groups):
        squares[group] += np.subtract.outer(x[:, column], x[:, column]) ** 2
    return squares


def _distances(one: Matrix, other: Matrix, groups: NDArray[np.int64], theta: Matrix) -> Matrix:
    scale = np.exp(-theta[:-2])[groups]
    a, b = one * scale, other * scale
    squared = (a * a).sum(1)[:, None] + (b * b).sum(1)[None, :] - 2 * a @ b.T
    result: Matrix = np.sqrt(np.maximum(squared, 0.0))
    return result


def _matern(distance: Matrix) -> Matrix:
    scaled = math.sqrt(5) * distance
    result: Matrix = (1 + scaled + scaled * scaled / 3) * np.exp(-scaled)
    return result


def _negative_likelihood(theta: Matrix, squares: Matrix, y: Matrix) -> tuple[float, Matrix]:
    n_groups = len(squares)
    inverse = np.exp(-2 * theta[:n_groups])
    signal, noise = math.exp(theta[-2]), math.exp(theta[-1])
    scaled = np.sqrt(5 * np.tensordot(inverse, squares, axes=1))
    decay = np.exp(-scaled)
    kernel = signal * (1 + scaled + scaled * scaled / 3) * decay
    covariance = kernel.copy()
    covariance[np.diag_indices_from(covariance)] += noise + _JITTER
    try:
        factor = cholesky(covariance, lower=True)
    except np.linalg.LinAlgError:
        return 1e10, np.zeros_like(theta)
    weights = cho_solve((factor, True), y)
    value = 0.5 * float(y @ weights) + float(np.log(np.diag(factor)).sum())
    # d(-log p)/dt = ½ tr((K⁻¹ − w wᵀ) dK/dt)
    residual = cho_solve((factor, True), np.eye(len(y))) - np.outer(weights, weights)
    slope = residual * (signal * 5 / 3) * (1 + scaled) * decay
    by_scale = 0.5 * np.tensordot(squares, slope, axes=([1, 2], [0, 1])) * inverse
    by_signal = 0.5 * float((residual * kernel).sum())
    by_noise = 0.5 * noise * float(np.trace(residual))
    return value, np.concatenate([by_scale, [by_signal, by_noise]])
