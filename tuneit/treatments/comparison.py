"""Comparing the runs of arms with the baseline's of the same pairs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import fmean

from tuneit.errors.wording import figures
from tuneit.treatments.arm import FOR_SIZE, Arm, Run
from tuneit.treatments.outcome import TreatmentRow
from tuneit.treatments.statistics import (
    Status,
    holm,
    mean_interval,
    sign_flip_p,
    status_of,
    status_of_smaller,
)


def rows_of(
    arms: Sequence[Arm],
    baseline: Sequence[Run],
    runs: Mapping[str, Sequence[Run]],
    *,
    sign: float,
    worth: float,
) -> list[TreatmentRow]:
    """Compare each arm's runs (by key) with the baseline's of the same pairs.

    `sign` is +1 where a higher score is better, else -1; `worth` is the least relevant gain, and
    the loss that a smaller model must not have. P-values are corrected for the number of arms.
    """
    before = {run.pair: run.score for run in baseline if run.score is not None}
    gains = [
        tuple(
            sign * (run.score - before[run.pair])
            for run in runs[arm.key]
            if run.score is not None and run.pair in before
        )
        for arm in arms
    ]
    compared = [index for index, values in enumerate(gains) if values]
    p_values = [
        sign_flip_p([gain + worth * (arms[index].action in FOR_SIZE) for gain in gains[index]])
        for index in compared
    ]
    corrected = dict(zip(compared, holm(p_values), strict=True))
    return [
        _compared(arm, baseline, runs[arm.key], gains[index], corrected.get(index), worth)
        for index, arm in enumerate(arms)
    ]


def _compared(
    arm: Arm,
    baseline: Sequence[Run],
    runs: Sequence[Run],
    gains: tuple[float, ...],
    p_value: float | None,
    worth: float,
) -> TreatmentRow:
    failed = next((run.error for run in runs if run.error is not None), None)
    seconds = sum(run.seconds for run in runs)
    if p_value is None:
        reason = f"its training failed: {failed}" if failed else "it was not trained"
        status: Status = "not_applicable" if failed else "not_shown"
        return TreatmentRow(
            arm.action, arm.change, status, reason, seconds=seconds, parameters=arm.params
        )
    interval = mean_interval(gains)
    judge = status_of_smaller if arm.action in FOR_SIZE else status_of
    status = judge(gains, p_value, interval, worth)
    reason = ""
    if arm.action in FOR_SIZE:
        reason = _of_size(status, worth)
    elif status == "not_shown" and p_value <= 0.05:
        reason = f"its gain is below the least relevant one ({figures(worth, 2)})"
    if arm.action == "early_stopping":
        reason = (
            "every training is scored at its best epoch, whether it stops early or not; it trained "
            f"{_epochs(runs)} epochs instead of {_epochs(baseline)}"
        )
    return TreatmentRow(
        arm.action,
        arm.change,
        status,
        reason,
        gains,
        interval,
        p_value,
        seconds,
        arm.params,
        commonest_verdict(baseline),
        commonest_verdict(runs),
        _weights(baseline, runs),
        arm,
    )


def _of_size(status: Status, margin: float) -> str:
    """What the status of a treatment says whose purpose is a smaller model."""
    if margin <= 0:
        return "what loss would be worth naming is not known: give min_gain (--min-gain)"
    return {
        "verified": f"the score falls by less than {figures(margin, 2)}",
        "harmful": f"the score falls, and by {figures(margin, 2)} or more cannot be ruled out",
    }.get(status, f"that the score falls by {figures(margin, 2)} or more cannot be ruled out")


def _weights(baseline: Sequence[Run], runs: Sequence[Run]) -> tuple[int, int] | None:
    """The mean number of weights of both sides."""
    before, after = ([run.weights for run in side if run.weights] for side in (baseline, runs))
    return (round(fmean(before)), round(fmean(after))) if before and after else None


def _epochs(runs: Sequence[Run]) -> str:
    return f"{fmean(run.epochs for run in runs):.0f}"


def series_of(runs: Sequence[Run]) -> dict[str, dict[str, list[list[float]]]]:
    """Learning curves by action and column, a list for each pair."""
    found: dict[str, dict[str, list[list[float]]]] = {}
    for run in runs:
        for column, values in run.series.items():
            found.setdefault(run.action, {}).setdefault(column, []).append(list(values))
    return found


def commonest_verdict(runs: Sequence[Run]) -> str | None:
    """The verdict that most runs have; of equally common ones the first."""
    counted = Counter(run.verdict for run in runs if run.verdict)
    return counted.most_common(1)[0][0] if counted else None
