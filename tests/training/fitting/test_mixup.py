"""Mixup: rows and targets are mixed alike, by shares that a seed decides."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from tuneit.data.dataset import Split
from tuneit.training.fitting.mixup import mixed
from tuneit.training.fitting.rows import Shuffling

X = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
ONE_HOT = np.eye(40, dtype=np.float32)


def test_inputs_and_targets_have_the_same_shares() -> None:
    codes = np.arange(40)
    x, y, same = mixed((tf.constant(X), tf.constant(ONE_HOT), tf.constant(codes)), 1.0, [1, 2])
    shares = y.numpy()
    np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(shares @ X, x.numpy(), rtol=1e-4, atol=1e-5)
    assert ((shares > 0).sum(axis=1) <= 2).all()
    assert 0.1 < np.diag(shares).mean() < 0.9
    assert np.array_equal(same, codes)


def test_a_small_alpha_leaves_most_rows_nearly_as_they_are() -> None:
    [shares] = mixed((tf.constant(ONE_HOT),), 0.02, [3, 4])
    assert (shares.numpy().max(axis=1) > 0.99).mean() > 0.7


def test_epochs_and_seeds_have_mixtures_of_their_own_which_come_again() -> None:
    def epoch(seed: int, number: int) -> np.ndarray:
        shuffling = Shuffling(Split(X, ONE_HOT), 16, seed, mixup=0.5)
        shuffling.on_epoch_begin(number)
        return np.concatenate([y.numpy() for _, y in shuffling.batches()])

    first = epoch(1, 0)
    assert first.shape == (40, 40)
    assert not np.array_equal(first, np.round(first))
    assert np.array_equal(first, epoch(1, 0))
    assert not np.array_equal(first, epoch(1, 1))
    assert not np.array_equal(first, epoch(2, 0))
