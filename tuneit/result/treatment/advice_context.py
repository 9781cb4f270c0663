"""What recommendations and treatments of a trial depend on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuneit.diagnosis import AdviceContext
from tuneit.trials import Trial

if TYPE_CHECKING:
    from tuneit.result import SearchResult


def advice_context(result: SearchResult, trial: Trial) -> AdviceContext:
    """The study as the diagnosis sees it, without what the test split showed."""
    return AdviceContext(
        space=result.space,
        params=trial.params,
        trials=result.trials,
        objective=result.objective,
        epochs=result.study.budget.epochs,
        early_stopping=result.study.early_stopping is not None,
        row_axes=result.data.row_axes,
        training_rows=result.data.training_rows,
        scored_rows=result.data.scored_rows,
        wiring=result.wiring,
    )
