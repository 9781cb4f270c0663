from __future__ import annotations

import numpy as np
import pytest
from data_builders import blobs

from tuneit.data.load import dataset_from_arrays
from tuneit.data.scale import fit_scaler

RNG = np.random.default_rng(0)


def test_standard_is_fitted_on_training_rows_alone():
    x, y = blobs(90)
    x[:, 1] = 7.0
    data = dataset_from_arrays(x, y, test=(x + 100, y), scale="standard")
    np.testing.assert_allclose(data.train.x[:, [0, 2]].mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(data.train.x[:, [0, 2]].std(axis=0), 1, rtol=1e-4)
    assert (data.train.x[:, 1] == 0).all()
    assert data.test.x.mean() > 10
    assert data.scaler is not None
    assert data.scaler.to_dict()["kind"] == "standard"


def test_minmax_maps_training_rows_to_zero_and_one():
    scaler = fit_scaler(np.array([[2.0], [4.0], [3.0]], dtype=np.float32), "minmax")
    assert scaler is not None
    np.testing.assert_array_equal(scaler.apply(np.array([[2.0], [4.0]])), [[0], [1]])


@pytest.mark.parametrize(
    ("shape", "fitted"),
    [((9, 5), (5,)), ((9, 4, 3), (3,)), ((9, 4, 4), ()), ((9, 4, 4, 3), (3,))],
)
@pytest.mark.parametrize("kind", ["standard", "minmax"])
def test_what_shares_a_scale(kind, shape, fitted):
    scaler = fit_scaler(RNG.normal(size=shape).astype(np.float32), kind)
    assert scaler is not None
    assert scaler.inputs[""].factor.shape == fitted


@pytest.mark.parametrize("kind", ["standard", "minmax"])
def test_rounding_is_not_variation(kind):
    x = np.full((50, 1), 1e6, dtype=np.float32)
    x[::2] = np.nextafter(np.float32(1e6), np.float32(2e6))
    scaler = fit_scaler(x, kind)
    assert scaler is not None
    assert np.abs(scaler.apply(x)).max() < 1


def test_none_is_none():
    assert fit_scaler(np.zeros((2, 2), dtype=np.float32), "none") is None


def test_faulty_entries_are_noted_before_scaling_hides_them():
    x, y = blobs(90)
    x[0, 2] = 1e14
    data = dataset_from_arrays(x, y, test=(x[1:], y[1:]), validation=(x, y), scale="standard")
    assert any("feature '2' has 1 values" in note for note in data.notes)
