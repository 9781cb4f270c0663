"""How many of its epochs a search is expected to train, if its pruner stops poor trials."""

from __future__ import annotations

import numpy as np

from tuneit.curves import LearningCurve
from tuneit.strategies.pruners.pruner import Pruner
from tuneit.strategies.pruners.threshold import Threshold
from tuneit.strategies.pruners.wilcoxon import Wilcoxon
from tuneit.trials import Trial, TrialState

_TRIALS, _EPOCHS = 60, 200
"""The most trials and epochs that are tried out; the share hardly changes beyond them."""


def expected_share(pruner: Pruner | Wilcoxon, trials: int, epochs: int) -> float:
    """The share of all epochs, in (0, 1], that trials take where the pruner may stop them.

    The pruner is asked about trials with random scores that rise with each epoch; no model is
    trained. Real trials differ: what counts is how many the rule stops, and when. A threshold
    compares with a score that nobody knows yet, so that 1 is returned for it.
    """
    if isinstance(pruner, Wilcoxon) or isinstance(pruner.rule, Threshold):
        return 1.0
    trials, epochs = min(trials, _TRIALS), min(epochs, _EPOCHS)
    metric, sign = pruner.objective.metric, pruner.objective.sign
    quality = np.random.default_rng(0).normal(size=trials)
    ended: list[Trial] = []
    for number in range(trials):
        values = sign * (quality[number] - 1 / np.arange(1, epochs + 1))
        state, used = TrialState.COMPLETE, epochs
        for epoch, value in enumerate(values, start=1):
            if pruner.reason(number, epoch, float(value), ended) is not None:
                state, used = TrialState.PRUNED, epoch
                break
        curve = LearningCurve.from_history({metric: list(values[:used])})
        ended.append(Trial(number, {}, state, score=float(values[used - 1]), curve=curve))
    return sum(trial.epochs for trial in ended) / (trials * epochs)
