"""What a search found as tables and shares, for work that goes on in Python."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from tuneit.errors import NoTrialError
from tuneit.space import SearchSpace
from tuneit.study import Study
from tuneit.trials import Trial, pareto_front

if TYPE_CHECKING:
    import pandas as pd

    from tuneit.diagnosis.importance import Importances, Shares


class Tabular:
    """The part of a SearchResult that tells of all trials together."""

    study: Study
    trials: tuple[Trial, ...]
    space: SearchSpace

    @property
    def pareto_front(self) -> list[Trial]:
        """The complete trials that no other trial beats in all objectives.

        They are ordered by the first objective, best first; with one objective, these are the best
        trials. `Trial.values` has a number for each objective.
        """
        return pareto_front(self.trials, self.study.objectives)

    def trial(self, number: int) -> Trial:
        """The trial with a number. Raises NoTrialError if there is none."""
        found = next((t for t in self.trials if t.number == number), None)
        if found is None:
            raise NoTrialError(f"there is no trial {number}: they are 0 to {len(self.trials) - 1}")
        return found

    @property
    def listed(self) -> tuple[Trial, ...]:
        """The trials as tables list them."""
        return self.trials

    @property
    def importances(self) -> Shares:
        """Each hyperparameter's share (summing to 1) in how the score varies; empty if unknown.

        It is a dict; printed, it says why it is empty.
        """
        return self.importance_evidence.as_shares()

    @cached_property
    def importance_evidence(self) -> Importances:
        """The shares with confidence intervals, which exceed chance, and the trials used."""
        from tuneit.diagnosis.importance import importances

        return importances(self.trials, self.space, self.study.objectives[0])

    def trials_dataframe(self) -> pd.DataFrame:
        """The table of trials, with the columns of `trials.csv`."""
        from tuneit.result.writing import as_dataframe

        return as_dataframe(self.listed, self.space, self.study.objectives[1:])

    def curves_dataframe(self) -> pd.DataFrame:
        """All learning curves: a row for each epoch of each execution of each trial."""
        from tuneit.result.writing import curves_of

        return curves_of(self.trials)
