"""scikit-learn's Gaussian process as keras-tuner uses it, with the same numbers in less time.

keras-tuner asks for some ten thousand predictions of one point each a proposal, and nearly all of
their time goes to scikit-learn's checks of its arguments: seconds a proposal. What is searched
does not change; the seconds that are reported for keras-tuner are smaller than they really are.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.linalg import lapack
from sklearn.gaussian_process import GaussianProcessRegressor


class QuickProcess(GaussianProcessRegressor):  # type: ignore[misc]
    """For one Matérn 5/2 kernel with one length scale, and nothing else."""

    _solved: tuple[Any, Any] = (None, None)
    _apart: tuple[Any, Any] = (None, None)

    def predict(self, X: Any, return_std: bool = False, return_cov: bool = False) -> Any:  # noqa: N803
        """Mean and standard deviation at each row."""
        if not hasattr(self, "X_train_") or return_cov or not return_std:
            return super().predict(X, return_std=return_std, return_cov=return_cov)
        if self._solved[0] is not self.L_:
            self._solved = self.L_, np.linalg.inv(self.L_).T
        across = _matern(_distances(X, self.X_train_) / self.kernel_.length_scale)
        half = across @ self._solved[1]
        variance = np.maximum(1.0 - (half * half).sum(1), 0.0)
        mean = self._y_train_std * (across @ self.alpha_) + self._y_train_mean
        return mean, np.sqrt(variance) * self._y_train_std

    def log_marginal_likelihood(
        self, theta: Any = None, eval_gradient: bool = False, clone_kernel: bool = True
    ) -> Any:
        """The likelihood, and its slope with respect to the scale's logarithm."""
        if theta is None or not eval_gradient:
            return super().log_marginal_likelihood(theta, eval_gradient, clone_kernel)
        scale = float(np.exp(theta[0]))
        if not clone_kernel:
            self.kernel_.theta = theta
        if self._apart[0] is not self.X_train_:
            self._apart = self.X_train_, _distances(self.X_train_, self.X_train_)
        root = np.sqrt(5.0) / scale * self._apart[1]
        decay = np.exp(-root)
        kernel = (1 + root + root * root / 3) * decay
        kernel[np.diag_indices_from(kernel)] += self.alpha
        factor, failed = lapack.dpotrf(kernel, lower=1)
        if failed:
            return -np.inf, np.zeros(1)
        inverse = lapack.dpotri(factor, lower=1)[0]
        inverse = np.tril(inverse) + np.tril(inverse, -1).T
        weights = inverse @ self.y_train_
        value = -0.5 * float(self.y_train_ @ weights) - float(np.log(np.diag(factor)).sum())
        value -= 0.5 * len(kernel) * float(np.log(2 * np.pi))
        slope = root * root / 3 * (1 + root) * decay
        gradient = 0.5 * float(weights @ slope @ weights - (inverse * slope).sum())
        return value, np.array([gradient])


def _distances(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.sqrt(((x[:, None, :] - y[None, :, :]) ** 2).sum(-1))


def _matern(distances: np.ndarray) -> np.ndarray:
    root = np.sqrt(5.0) * distances
    return (1 + root + root**2 / 3) * np.exp(-root)
