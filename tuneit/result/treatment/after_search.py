"""`treat: auto`: treating the best trial when its search has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuneit.errors import TuneitError
from tuneit.search.protocols import View
from tuneit.treatments.menu import names_of

if TYPE_CHECKING:
    from tuneit.result.search_result import SearchResult


def treat_after_search(result: SearchResult, view: View) -> None:
    """Treat the best trial in the time that the budget has left; say why where that fails.

    Nothing is done where the study does not ask for it, or the best trial was treated before.
    """
    spec = result.study.treat
    if spec is None or result.best_or_none is None:
        return
    from tuneit.result.treatment.choice import Wishes
    from tuneit.result.treatment.experiment import compare, treated_before
    from tuneit.screen.treatment_view import TreatmentView

    left = [spec.time, _time_left(result)]
    time = min((seconds for seconds in left if seconds is not None), default=None)
    if time is not None and time <= 0:
        view.note("no time is left to treat the best model: raise budget.time")
        return
    try:
        if treated_before(result):
            return
        actions = None if spec.actions is None else tuple(names_of(spec.actions))
        wishes = Wishes(actions, spec.top, spec.seeds, time, spec.min_gain)
        view.preparing("treating the best model")
        found = compare(result, wishes, TreatmentView(quiet=True))
        view.note(found.headline.rstrip("."))
    except KeyboardInterrupt:
        view.note("treating was interrupted; `tuneit treat` goes on with it")
    except TuneitError as error:
        view.note(f"the best model was not treated: {error}")


def _time_left(result: SearchResult) -> float | None:
    budget = result.study.budget.time
    if budget is None:
        return None
    clocks = [t.facts.clock for t in result.trials if t.facts.clock is not None]
    return budget - max(clocks, default=0.0)
