"""Helpers of several checks: flat arrays, samples of rows, intervals of shares."""

from __future__ import annotations

import math

import numpy as np

from tuneit.data.dataset import Array, Dataset, Nested, take
from tuneit.data.nested import arrays_of

MOST_FEATURES = 50
"""Above this many features, checks of neighbourhood and drift work on principal components."""


def flat(x: Nested) -> Array:
    """All inputs side by side, float32 of shape (rows, features). Raises ValueError for texts."""
    parts = [array.reshape(len(array), -1).astype(np.float32, copy=False) for array in arrays_of(x)]
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)


def sample_rows(n_rows: int, most: int, seed: int) -> Array:
    """At most that many row indices, drawn without replacement, in order."""
    if n_rows <= most:
        return np.arange(n_rows)
    return np.sort(np.random.default_rng(seed).choice(n_rows, most, replace=False))


def sampled(x: Nested, rows: Array) -> Array:
    """The given rows, flat."""
    return flat(take(x, rows))


def feature_name(dataset: Dataset, index: int) -> str:
    """The name of a flat feature, or its index."""
    names = dataset.feature_names
    width = flat(take(dataset.train.x, np.arange(1))).shape[1]
    return names[index] if len(names) == width else f"feature {index}"


def is_tabular(dataset: Dataset) -> bool:
    """Whether each feature is a quantity of its own, unlike the pixels of a picture.

    Columns that are named as pixels (`pixel_0_1`) are a picture too.
    """
    arrays = arrays_of(dataset.train.x)
    is_picture = all(name.startswith("pixel") for name in dataset.feature_names or ("",))
    return all(array.ndim == 2 for array in arrays) and not is_picture


def standardised(x: Array) -> Array:
    """Columns with mean 0 and standard deviation 1, without the constant ones; float64."""
    x = x.astype(np.float64)
    deviation = x.std(axis=0)
    varying = deviation > np.finfo(np.float32).eps * np.abs(x).max(axis=0)
    standard: Array = (x[:, varying] - x[:, varying].mean(axis=0)) / deviation[varying]
    return standard


def compressed(dataset: Dataset, x: Array, most: int = MOST_FEATURES) -> Array:
    """At most `most` columns: the features standardised, or their principal components.

    Pixels are not standardised, since they share a unit: that would amplify the noise of a dark
    border.
    """
    if x.shape[1] <= most or is_tabular(dataset):
        x = standardised(x)
    if x.shape[1] <= most:
        return x
    if not np.ptp(x, axis=0).any():  # pictures of one colour, which have no components
        return x[:, :0]
    from sklearn.decomposition import PCA

    pca = PCA(min(most, len(x) - 1), svd_solver="randomized", iterated_power=2, random_state=0)
    # float32 halves the time; directions and neighbours need no more digits.
    reduced: Array = pca.fit_transform(x.astype(np.float32))
    return reduced


def wilson(successes: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's score interval of a share, 95 % by default (Wilson 1927, JASA 22:209)."""
    if n == 0:
        return 0.0, 1.0
    share = successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)
