"""The results of treatments, as values; treatments.json is written from them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

from tuneit.errors.wording import counted, figures
from tuneit.space import Params
from tuneit.treatments.arm import Arm, Run
from tuneit.treatments.statistics import (
    FEWEST_PAIRS,
    Status,
    holm,
    mean_interval,
    sign_flip_p,
    status_of,
)


@dataclass(frozen=True)
class TreatmentRow:
    """One treatment: what was changed, and what the pairs showed of it.

    `gains` has one number a pair, positive where the objective got better; `interval` is the 95 %
    interval of their mean, `p_value` is corrected for the number of treatments. `reason` says why a
    treatment could not be applied, or adds to its status. `seconds` is the time that training the
    treated side took. `arm` is what was trained; it is None in a row that was read back.
    """

    action: str
    change: str
    status: Status
    reason: str = ""
    gains: tuple[float, ...] = ()
    interval: tuple[float, float] | None = None
    p_value: float | None = None
    seconds: float = 0.0
    parameters: Params = field(default_factory=dict)
    verdict_before: str | None = None
    verdict_after: str | None = None
    arm: Arm | None = None

    @property
    def gain(self) -> float | None:
        """The mean gain."""
        return fmean(self.gains) if self.gains else None

    @property
    def pairs(self) -> int:
        """How many pairs were trained."""
        return len(self.gains)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-ready form, as treatments.json has it."""
        return {
            "action": self.action,
            "change": self.change,
            "status": self.status,
            "reason": self.reason,
            "gain": self.gain,
            "interval": None if self.interval is None else list(self.interval),
            "p_value": self.p_value,
            "pairs": self.pairs,
            "seconds": round(self.seconds, 3),
            "parameters": dict(self.parameters),
            "verdict_before": self.verdict_before,
            "verdict_after": self.verdict_after,
        }


@dataclass(frozen=True)
class Confirmation:
    """The chosen treatment and the baseline on the test rows, which no training or choice has used.

    `baseline` and `treated` hold the metric of each pair's model; `gain` is the mean difference,
    positive where the treated models are better.
    """

    action: str
    metric: str
    rows: int
    baseline: tuple[float, ...]
    treated: tuple[float, ...]
    gain: float

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-ready form."""
        return {
            "action": self.action,
            "metric": self.metric,
            "rows": self.rows,
            "baseline": list(self.baseline),
            "treated": list(self.treated),
            "gain": self.gain,
        }


@dataclass(frozen=True)
class Treatments:
    """All treatments of a study's best trial, beside the baseline.

    `score` is the baseline's mean over the pairs, `seeds` the pairs' seeds, `parameters` the best
    trial's. `data_probe` says what more data would bring, `rate_sweep` what the learning-rate range
    test showed. `notes` say what a reader must know of the comparison. `runs` is the fingerprint
    of the trainings in treatments.jsonl; `series` holds their learning curves by action: for each
    column of the objective a list for each pair.
    """

    metric: str
    score: float | None
    seeds: tuple[int, ...]
    parameters: Params
    rows: tuple[TreatmentRow, ...] = ()
    data_probe: Mapping[str, Any] | None = None
    combination: TreatmentRow | None = None
    confirmation: Confirmation | None = None
    rate_sweep: Mapping[str, Any] | None = None
    applied: str | None = None
    notes: tuple[str, ...] = ()
    runs: str = ""
    series: Mapping[str, Mapping[str, list[list[float]]]] = field(default_factory=dict)

    @property
    def all_rows(self) -> tuple[TreatmentRow, ...]:
        """The rows, and the combination last."""
        return self.rows if self.combination is None else (*self.rows, self.combination)

    @property
    def chosen(self) -> TreatmentRow | None:
        """The treatment, or combination, to apply; see `chosen_of`."""
        return chosen_of(self.rows, self.combination)

    @property
    def headline(self) -> str:
        """The result in a sentence."""
        chosen = self.chosen
        if chosen is not None:
            return (
                f"{chosen.action} helps: {self.metric} is better by {figures(chosen.gain or 0.0)} "
                f"({chosen.change})"
            )
        most = max((row.pairs for row in self.rows), default=0)
        if not most:
            return "No treatment was compared."
        if most < FEWEST_PAIRS:
            return f"{counted(most, 'pair')} can verify nothing: train at least {FEWEST_PAIRS}."
        return "No treatment helped: none is better than the best model by more than chance."

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-ready form, as treatments.json has it."""
        return {
            "baseline": {
                "score": self.score,
                "seeds": list(self.seeds),
                "parameters": dict(self.parameters),
            },
            "treatments": [row.to_dict() for row in self.rows],
            "data_probe": None if self.data_probe is None else dict(self.data_probe),
            "combination": None if self.combination is None else self.combination.to_dict(),
            "applied": self.applied,
            "metric": self.metric,
            "confirmation": None if self.confirmation is None else self.confirmation.to_dict(),
            "learning_rate_range": None if self.rate_sweep is None else dict(self.rate_sweep),
            "notes": list(self.notes),
            "runs": self.runs,
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Treatments:
        """Read back what `to_dict` returned; each pair's gain is then the row's mean gain."""
        baseline, confirmed = record["baseline"], record.get("confirmation")
        both = record.get("combination")
        return cls(
            metric=record.get("metric", ""),
            score=baseline["score"],
            seeds=tuple(baseline["seeds"]),
            parameters=baseline["parameters"],
            rows=tuple(_row(row) for row in record["treatments"]),
            data_probe=record.get("data_probe"),
            combination=None if both is None else _row(both),
            confirmation=None
            if confirmed is None
            else Confirmation(
                **{
                    **confirmed,
                    "baseline": tuple(confirmed["baseline"]),
                    "treated": tuple(confirmed["treated"]),
                }
            ),
            rate_sweep=record.get("learning_rate_range"),
            applied=record.get("applied"),
            notes=tuple(record.get("notes", ())),
            runs=record.get("runs", ""),
        )


def _row(record: Mapping[str, Any]) -> TreatmentRow:
    interval = record["interval"]
    known = {k: v for k, v in record.items() if k not in ("gain", "pairs", "interval")}
    gains = () if record["gain"] is None else (record["gain"],) * record["pairs"]
    return TreatmentRow(
        **known, gains=gains, interval=None if interval is None else (interval[0], interval[1])
    )


def verified_of(rows: Sequence[TreatmentRow]) -> list[TreatmentRow]:
    """The verified treatments that can be applied, the greatest gain first."""
    found = [r for r in rows if r.status == "verified" and r.p_value is not None]
    return sorted(found, key=lambda row: -(row.gain or 0.0))


def chosen_of(
    rows: Sequence[TreatmentRow], combination: TreatmentRow | None
) -> TreatmentRow | None:
    """The best verified treatment, or the verified combination where that gained more."""
    best = next(iter(verified_of(rows)), None)
    if best is not None and combination is not None and combination.status == "verified":
        return combination if (combination.gain or 0.0) > (best.gain or 0.0) else best
    return best


def rows_of(
    arms: Sequence[Arm],
    baseline: Sequence[Run],
    runs: Mapping[str, Sequence[Run]],
    *,
    sign: float,
    worth: float,
) -> list[TreatmentRow]:
    """Compare each arm's runs (by key) with the baseline's of the same pairs.

    `sign` is +1 where a higher score is better, else -1; `worth` is the least relevant gain.
    P-values are corrected for the number of arms.
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
    p_values = [sign_flip_p(gains[index]) for index in compared]
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
    status = status_of(gains, p_value, interval, worth)
    reason = ""
    if status == "not_shown" and p_value <= 0.05:
        reason = f"its gain is below the least relevant one ({worth:.2g})"
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
        arm,
    )


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
