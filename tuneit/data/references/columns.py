"""Turn inputs of any form into columns of numbers for models of scikit-learn."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from tuneit.data.checks.sample import sample_rows
from tuneit.data.dataset import Array, Nested
from tuneit.data.nested import arrays_of, is_text, map_arrays

MOST_COLUMNS = 256
"""Up to this many columns are used as they are; more become principal components, because the time
of a tree grows with its columns."""

COMPONENTS = 64
"""Principal components of what has more columns: the 784 pixels of handwritten digits keep 92 % of
their variance in these, and nearest neighbours find as many digits as among the pixels."""

COMPONENT_ROWS = 2000
"""Rows that the components are computed from: more rows would hardly change them."""

MOST_VALUES = 4096
"""The most values of a picture or sequence that are used: 64 × 64 pixels."""

MOST_WORDS = 20_000
"""The number of most frequent words that are counted, as usual for text classifiers."""

FEWEST_PLACES = 8
"""A row of whole numbers may be tokens if it has at least this many places."""

LARGEST_PIXEL = 255
"""Whole numbers up to this may be pixels."""

WORD = 32
"""Counting one word takes as long as standardising this many numbers (measured, roughly)."""


@dataclass(frozen=True, eq=False)
class Columns:
    """Columns of training rows and of the rows to predict, float32 of shape (rows, columns).

    `varying` counts the inputs that are not constant. `notes` say in sentences how the inputs were
    turned into columns.
    """

    train: Array
    asked: Array
    varying: int
    notes: tuple[str, ...]


def thinned(x: Nested) -> Nested:
    """Views of pictures and sequences with every 2nd, 4th, … value along their longest axes."""
    thin: Nested = map_arrays(_thinned, x)
    return thin


def _thinned(array: Array) -> Array:
    if array.ndim < 3 or is_text(array):
        return array
    while math.prod(array.shape[1:]) > MOST_VALUES:
        longest = 1 + int(np.argmax(array.shape[1:]))
        array = array[(slice(None),) * longest + (slice(None, None, 2),)]
    return array


def is_tokens(array: Array) -> bool:
    """Whether rows of whole numbers are tokens, which index a vocabulary.

    They are if a row has at least eight places, and half of the places hold numbers above 255.
    """
    if array.dtype.kind not in "iu" or array.ndim != 2 or array.shape[1] < FEWEST_PLACES:
        return False
    return bool(array.min() >= 0 and np.median(array.max(axis=0)) > LARGEST_PIXEL)


def width_of(x: Nested) -> int:
    """What a row costs, counted in numbers: one for each value, and `WORD` for each word."""
    return sum(map(_width, arrays_of(x)))


def _width(array: Array) -> int:
    values = math.prod(array.shape[1:])
    if is_text(array):
        first = _texts(array[:COMPONENTS])
        return WORD * math.ceil(sum(len(text.split()) for text in first) / max(1, len(first)))
    return WORD * values if is_tokens(array) else values


def columns_of(train: Nested, asked: Nested) -> Columns:
    """Turn inputs into columns, as the training rows decide.

    Numbers are laid side by side and standardised; of more than `MOST_COLUMNS` columns the
    principal components are taken. Texts and tokens are counted, weighted by how rare a word is
    (tf-idf), and reduced to components.
    """
    parts = arrays_of(train)
    pairs = [_block(*pair) for pair in zip(parts, arrays_of(asked), strict=True)]
    table, other = (np.concatenate(blocks, axis=1) for blocks in zip(*pairs, strict=True))
    width = table.shape[1]
    centre = table.mean(axis=0, dtype=np.float64).astype(np.float32)
    table, other = table - centre, other - centre
    spread = table.std(axis=0, dtype=np.float64)
    varying = spread > np.finfo(np.float32).eps * np.abs(centre)
    if width > MOST_COLUMNS and any(array.ndim > 2 for array in parts):
        # Pixels share a unit. Dividing each by its own deviation would amplify the noise of a dark
        # border.
        spread = np.full_like(spread, spread.max())
    scale = np.where(varying, spread, np.inf).astype(np.float32)
    table, other = table / scale, other / scale
    count, kept = int(varying.sum()), 0
    if width > MOST_COLUMNS and count:
        from sklearn.decomposition import PCA

        some = table[sample_rows(len(table), COMPONENT_ROWS, seed=6)]
        kept = min(COMPONENTS, len(some) - 1, count)
        pca = PCA(kept, svd_solver="randomized", iterated_power=2, random_state=0).fit(some)
        table, other = pca.transform(table), pca.transform(other)
    return Columns(table, other, count, tuple(_notes(parts, width, kept)))


def _notes(parts: Sequence[Array], width: int, kept: int) -> Iterator[str]:
    if any(array.ndim > 2 and not is_text(array) for array in parts):
        yield "rows were flattened: which values are neighbours, and their order, are lost"
    if any(is_text(array) or is_tokens(array) for array in parts):
        yield "words were counted (tf-idf): their order is lost"
    if kept:
        yield f"{width} columns were reduced to {kept} principal components"


def _block(train: Array, asked: Array) -> tuple[Array, Array]:
    """The columns of one input, float32, of training rows and of others."""
    if is_text(train) or is_tokens(train):
        return _counted(_texts(train), _texts(asked))
    flat = [array.reshape(len(array), -1).astype(np.float32) for array in (train, asked)]
    return flat[0], flat[1]


def _texts(array: Array) -> list[str]:
    return [" ".join(map(str, row)) for row in array.reshape(len(array), -1).tolist()]


def _counted(train: list[str], asked: list[str]) -> tuple[Array, Array]:
    """Counts of words, weighted by their rarity, in a few components."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    # Any run of characters between spaces is a word, so that no language is left out.
    words = TfidfVectorizer(max_features=MOST_WORDS, token_pattern=r"\S+", sublinear_tf=True)
    try:
        counts = words.fit_transform(train)
    except ValueError:  # no words at all
        return np.zeros((len(train), 1), np.float32), np.zeros((len(asked), 1), np.float32)
    if counts.shape[1] < 2:
        found = counts.toarray(), words.transform(asked).toarray()
    else:
        svd = TruncatedSVD(min(COMPONENTS, counts.shape[1] - 1), random_state=0)
        found = svd.fit_transform(counts), svd.transform(words.transform(asked))
    return found[0].astype(np.float32), found[1].astype(np.float32)
