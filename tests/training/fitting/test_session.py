"""Starting each training from nothing."""

from __future__ import annotations

import numpy as np
from training_models import a_network

from tuneit.training.fitting.session import fresh_session


def test_a_model_is_drawn_by_the_sessions_seed_and_named_from_the_start() -> None:
    drawn = []
    for seed in (1, 2, 1):
        fresh_session(seed)
        model = a_network()
        assert [layer.name for layer in model.layers] == ["dense", "dense_1"]
        drawn.append(model.get_weights()[0])
    first, other, again = drawn
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
