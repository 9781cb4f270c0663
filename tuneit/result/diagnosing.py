"""The diagnosis of a study's trial, from all that the study knows of it."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import replace
from typing import TYPE_CHECKING

from tuneit.findings import Diagnosis
from tuneit.result.evaluating import findings_on_test_of
from tuneit.result.treatment.advice_context import advice_context
from tuneit.trials import Trial

if TYPE_CHECKING:
    from tuneit.result.search_result import SearchResult

Kept = MutableMapping[tuple[int, bool, bool, bool], Diagnosis]
"""Diagnoses by number of the trial, whether the search has ended, and whether its model is tested
and examined. The last three change when the search ends."""


def diagnosis_of(result: SearchResult, trial: Trial, kept: Kept) -> Diagnosis:
    """What limits the trial, and what to do about it; found once, and kept.

    Of the best trial the test split and the inside of its model count, too, once the search has
    ended.
    """
    from tuneit.diagnosis import advise

    is_best = trial == result.best_or_none
    examination = result.examination if is_best else None
    is_tested = is_best and result.evaluation is not None
    key = trial.number, result.is_of_ended_search, is_tested, examination is not None
    if key not in kept:
        context = replace(
            advice_context(result, trial),
            ended=result.is_of_ended_search,
            tested=findings_on_test_of(result) if is_best else (),
        )
        seen = (examination.findings, examination.paired) if examination is not None else ()
        kept[key] = advise(result.judge.diagnosis(trial, *seen), context)
    return kept[key]


def listed(result: SearchResult) -> tuple[Trial, ...]:
    """The trials as files list them: the best one with the verdict of its diagnosis.

    What was seen inside its model counts there; a trial's own verdict is that of its curves.
    """
    best = result.best_or_none
    if best is None or best.verdict is None:
        return result.trials
    judged = replace(best, verdict=str(result.diagnose().verdict))
    return tuple(judged if trial == best else trial for trial in result.trials)
