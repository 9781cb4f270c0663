"""What a search found as tables and shares, for work that goes on in Python."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from tuneit.space import SearchSpace
from tuneit.study import Study
from tuneit.trials import Trial

if TYPE_CHECKING:
    import pandas as pd

    from tuneit.diagnosis.importance import Importances, Shares


class Tabular:
    """The part of a SearchResult that tells of all trials together."""

    study: Study
    trials: tuple[Trial, ...]
    space: SearchSpace

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

        return as_dataframe(self.trials, self.space, self.study.objectives[1:])

    def curves_dataframe(self) -> pd.DataFrame:
        """All learning curves: a row for each epoch of each execution of each trial."""
        from tuneit.result.writing import curves_of

        return curves_of(self.trials)
