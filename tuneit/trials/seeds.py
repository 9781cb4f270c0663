"""Where randomness comes from: everything follows from the study's seed and a trial's number."""

from __future__ import annotations

import numpy as np


def trial_rng(seed: int, number: int, attempt: int = 0) -> np.random.Generator:
    """The generator behind one proposal: a function of the study's seed and the trial's number."""
    entropy = [seed, number] if attempt == 0 else [seed, number, attempt]
    return np.random.default_rng(entropy)


def execution_seeds(seed: int, number: int, executions: int = 1) -> tuple[int, ...]:
    """The seed, in [0, 2³¹), with which each execution of a trial starts.

    Each follows from the study's seed, the trial's number and the execution's index alone: who asks
    for fewer executions gets the first of the same seeds.
    """
    states = (
        np.random.SeedSequence([seed, number, index]).generate_state(1)[0]
        for index in range(executions)
    )
    return tuple(int(state) & 0x7FFF_FFFF for state in states)
