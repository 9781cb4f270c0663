"""Inputs of any form → columns of numbers, as models of scikit-learn take them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tuneit.data.dataset import Array, Nested
from tuneit.data.nested import arrays_of, is_text

MOST_COLUMNS = 256
"""Columns that stay as they are; more become principal components. A tree looks at all columns,
so that its time grows with them."""

COMPONENTS = 64
"""Principal components of what has more columns: the 784 pixels of handwritten digits keep 92 % of
their variance in these, and nearest neighbours find as many digits as among the pixels."""

MOST_WORDS = 20_000
"""Words that are counted, the most frequent first: what text classifiers usually keep."""

FEWEST_PLACES = 8
"""Places of a row of whole numbers from which these may be tokens rather than columns."""

LARGEST_PIXEL = 255
"""Whole numbers up to this may be pixels."""


def is_tokens(array: Array) -> bool:
    """Whether rows of whole numbers are tokens, which index a vocabulary.

    They are where there are at least eight places a row, and half of these hold numbers above 255.
    """
    if array.dtype.kind not in "iu" or array.ndim != 2 or array.shape[1] < FEWEST_PLACES:
        return False
    return bool(array.min() >= 0 and np.median(array.max(axis=0)) > LARGEST_PIXEL)


class Columns:
    """Turns inputs into columns, as the training rows decide.

    Numbers are laid side by side and standardised; of more than `MOST_COLUMNS` columns the
    principal components are taken. Texts and tokens are counted, weighed by how rare a word is
    (tf-idf), and reduced to components. `notes` say so in sentences.
    """

    def __init__(self, x: Nested) -> None:
        """Learn from the training rows."""
        parts = arrays_of(x)
        self._words = [_Words() if is_text(a) or is_tokens(a) else None for a in parts]
        self._centre: Array | None = None
        self._pca: Any = None
        for words, array in zip(self._words, parts, strict=True):
            if words is not None:
                words.fit(array)
        table = self._side_by_side(parts)
        self._centre = table.mean(axis=0)
        spread = (table - self._centre).std(axis=0)
        seen = spread > np.finfo(np.float32).eps * np.abs(table).max(axis=0, initial=0.0)
        if table.shape[1] > MOST_COLUMNS and not self._is_flat(parts):
            # Pixels share a unit: each by its own deviation would amplify a dark border's noise.
            spread = np.full_like(spread, max(float(spread.max()), np.finfo(np.float64).tiny))
        self._spread = np.where(seen, spread, np.inf)
        self.count = int(seen.sum())
        if table.shape[1] > MOST_COLUMNS and self.count:
            from sklearn.decomposition import PCA

            self._pca = PCA(
                min(COMPONENTS, len(table) - 1, self.count),
                svd_solver="randomized",
                iterated_power=2,
                random_state=0,
            ).fit(self._standardised(table))
        self.notes = tuple(self._said(parts, table.shape[1]))

    def of(self, x: Nested) -> Array:
        """The columns of rows, float32 of shape (rows, columns)."""
        columns = self._standardised(self._side_by_side(arrays_of(x)))
        reduced: Array = columns if self._pca is None else self._pca.transform(columns)
        return reduced

    def _side_by_side(self, parts: Sequence[Array]) -> Array:
        blocks = [
            array.reshape(len(array), -1).astype(np.float64) if words is None else words.of(array)
            for words, array in zip(self._words, parts, strict=True)
        ]
        return blocks[0] if len(blocks) == 1 else np.concatenate(blocks, axis=1)

    def _standardised(self, table: Array) -> Array:
        return np.asarray((table - self._centre) / self._spread, dtype=np.float32)

    def _is_flat(self, parts: Sequence[Array]) -> bool:
        return all(array.ndim == 2 for array in parts)

    def _said(self, parts: Sequence[Array], width: int) -> list[str]:
        notes = []
        if any(w is None and a.ndim > 2 for w, a in zip(self._words, parts, strict=True)):
            notes.append("the axes of a row were laid out in one: neighbourhood and order are lost")
        if any(self._words):
            notes.append("words were counted (tf-idf): their order is lost")
        if self._pca is not None:
            kept = self._pca.n_components_
            notes.append(f"{width} columns were reduced to {kept} principal components")
        return notes


class _Words:
    """Counts of words or tokens, weighed by their rarity, in a few components."""

    def fit(self, array: Array) -> None:
        from sklearn.decomposition import TruncatedSVD
        from sklearn.feature_extraction.text import TfidfVectorizer

        # Any run of characters between spaces is a word, so that no language is left out.
        self._counts = TfidfVectorizer(
            max_features=MOST_WORDS, token_pattern=r"\S+", sublinear_tf=True
        )
        self._svd = None
        try:
            counts = self._counts.fit_transform(_texts(array))
        except ValueError:  # no words at all
            return
        if counts.shape[1] > 1:
            most = min(COMPONENTS, counts.shape[1] - 1)
            self._svd = TruncatedSVD(most, random_state=0).fit(counts)

    def of(self, array: Array) -> Array:
        if self._svd is None:
            return np.zeros((len(array), 1))
        found: Array = self._svd.transform(self._counts.transform(_texts(array)))
        return found


def _texts(array: Array) -> list[str]:
    return [" ".join(map(str, row.tolist())) for row in array.reshape(len(array), -1)]
