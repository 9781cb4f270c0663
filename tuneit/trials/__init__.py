"""Trials: what is proposed, what training made of it, and which of them is the best."""

from tuneit.trials.ended_execution import EndedExecution
from tuneit.trials.facts import Facts
from tuneit.trials.memory import Memory, Place
from tuneit.trials.objective import BUILT_IN, Goal, Objective, infer_goal
from tuneit.trials.proposal import Proposal
from tuneit.trials.seeds import execution_seeds, trial_rng
from tuneit.trials.selection import (
    best_trial,
    commonest_ending,
    has_values,
    objective_values,
    pareto_front,
    ranked,
)
from tuneit.trials.trial import TIME_IS_UP, Trial, TrialState
from tuneit.trials.trivial import Trivial

__all__ = [
    "BUILT_IN",
    "TIME_IS_UP",
    "EndedExecution",
    "Facts",
    "Goal",
    "Memory",
    "Objective",
    "Place",
    "Proposal",
    "Trial",
    "TrialState",
    "Trivial",
    "best_trial",
    "commonest_ending",
    "execution_seeds",
    "has_values",
    "infer_goal",
    "objective_values",
    "pareto_front",
    "ranked",
    "trial_rng",
]
