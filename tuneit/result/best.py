"""The best trial, or an error that says why there is none."""

from __future__ import annotations

from collections.abc import Sequence

from tuneit.errors import NoTrialError
from tuneit.errors.wording import counted
from tuneit.trials import Objective, Trial, best_trial, commonest_ending


def best_of(trials: Sequence[Trial], objective: Objective) -> Trial:
    """The best complete trial. Raises NoTrialError, with the most frequent reason, if none is."""
    best = best_trial(trials, objective)
    if best is not None:
        return best
    ending = commonest_ending(trials)
    if ending is None:
        raise NoTrialError(
            "no trial has ended: the search was interrupted, or its budget was used up before; "
            "search again to go on"
        )
    reason, count = ending
    stopped = reason.startswith(("pruned: ", "refused: "))
    raise NoTrialError(
        f"no trial completed; {count} of {counted(len(trials), 'trial')} ended with: {reason}"
        + (
            ": `pruning` or `constraints` stopped them, so make these less strict"
            if stopped
            else ""
        )
    )
