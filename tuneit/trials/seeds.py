"""Where randomness comes from: everything follows from the study's seed and a trial's number."""

from __future__ import annotations

import numpy as np


def trial_rng(seed: int, number: int, attempt: int = 0) -> np.random.Generator:
    """The generator behind one proposal: a function of the study's seed and the trial's number."""
    entropy = [seed, number] if attempt == 0 else [seed, number, attempt]
    return np.random.default_rng(entropy)


def training_seed(seed: int, number: int, execution: int = 0) -> int:
    """The seed (in [0, 2³¹)) with which a trial's training starts, from the same two numbers."""
    state = np.random.SeedSequence([seed, number, execution]).generate_state(1)[0]
    return int(state) & 0x7FFF_FFFF
