"""What the losses of a learning-rate range test suggest."""

from __future__ import annotations

import numpy as np
import pytest

from tuneit.training.treating.graph import CannotTreat
from tuneit.training.treating.rate_sweep import read_sweep

RATES = np.geomspace(1e-6, 1.0, 120)


def losses(noise: float = 0.0, lowest: float = 1e-1) -> np.ndarray:  # type: ignore[type-arg]
    """Flat, then falling from 1e-3 to the lowest, then rising fast."""
    falling = np.clip((np.log10(RATES) + 3) / (np.log10(lowest) + 3), 0, 1)
    rising = np.clip(np.log10(RATES) - np.log10(lowest), 0, 1) * 3
    rng = np.random.default_rng(0)
    return 2.0 - falling + rising + noise * rng.normal(size=len(RATES))


@pytest.mark.parametrize("noise", [0.0, 0.02])
def test_a_tenth_of_the_rate_with_the_lowest_loss_is_suggested(noise: float) -> None:
    found = read_sweep(RATES, losses(noise), present=1e-5)
    assert found.suggested == pytest.approx(1e-2, rel=0.4)
    assert 1e-3 <= found.low <= found.suggested == found.high
    assert found.present == 1e-5


@pytest.mark.parametrize(
    "seen",
    [2.0 + 0.02 * np.random.default_rng(1).normal(size=120), 2.0 + RATES, np.full(4, 1e9)],
)
def test_a_loss_that_does_not_fall_suggests_nothing(seen: np.ndarray) -> None:  # type: ignore[type-arg]
    with pytest.raises(CannotTreat, match=r"falls at no learning rate|not a finite number"):
        read_sweep(RATES[: len(seen)], seen, present=1e-3)
