"""Small values for tests: each takes what the test is about, and fills in the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tuneit.curves import LearningCurve
from tuneit.ledger import Ledger
from tuneit.space import Boolean, Choice, Condition, Fixed, Float, Int, Scalar, SearchSpace
from tuneit.study import Study
from tuneit.trials import Proposal, Trial, TrialState


def a_curve(**series: Sequence[float]) -> LearningCurve:
    """A learning curve of the given series; by default five epochs of a healthy run."""
    healthy = {
        "loss": [1.0, 0.6, 0.4, 0.3, 0.25],
        "accuracy": [0.5, 0.7, 0.8, 0.85, 0.87],
        "val_loss": [1.0, 0.7, 0.5, 0.4, 0.35],
        "val_accuracy": [0.5, 0.65, 0.75, 0.8, 0.82],
    }
    return LearningCurve.from_history(series or healthy)


def a_trial(
    number: int = 0,
    params: Mapping[str, Scalar] | None = None,
    score: float | None = 0.8,
    state: TrialState = TrialState.COMPLETE,
    **fields: Any,
) -> Trial:
    """A finished trial."""
    return Trial(number=number, params=params or {"units": 32}, score=score, state=state, **fields)


def a_space() -> SearchSpace:
    """One hyperparameter of each kind, one of them conditional."""
    return SearchSpace(
        (
            Float(name="learning_rate", low=1e-4, high=1e-1, sampling="log"),
            Int(name="units", low=16, high=64, step=16),
            Boolean(name="norm"),
            Choice(name="optimizer", values=("adam", "sgd")),
            Float(
                name="momentum",
                low=0.0,
                high=0.9,
                step=0.3,
                when=(Condition("optimizer", ("sgd",)),),
            ),
            Fixed(name="batch_size", value=32),
        )
    )


def study_values(**fields: Any) -> dict[str, Any]:
    """The plain values of a small, valid study, as YAML would give them."""
    return {
        "name": "digits",
        "model": "digits.py:build_model",
        "data": {"source": "sklearn", "name": "digits"},
        "objective": "val_accuracy",
        "budget": {"trials": 3, "epochs": 2},
        **fields,
    }


def a_study(**fields: Any) -> Study:
    """A small, valid study."""
    return Study.model_validate(study_values(**fields))


def unfinished(ledger: Ledger) -> tuple[Proposal, ...]:
    """What a ledger gives to be trained again: trials that were started and never recorded."""
    return tuple(trial.proposal for trial in ledger.trials() if not trial.finished)
