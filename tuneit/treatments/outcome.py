"""The results of treatments, as values; treatments.json is written from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

from tuneit.errors.wording import counted, score_text
from tuneit.space import Params
from tuneit.treatments.arm import FOR_SIZE, Arm
from tuneit.treatments.statistics import FEWEST_PAIRS, Status


@dataclass(frozen=True)
class TreatmentRow:
    """One treatment: what was changed, and what the pairs showed of it.

    `gains` has one number a pair, positive where the objective got better; `interval` is the 95 %
    interval of their mean, `p_value` is corrected for the number of treatments. `reason` says why a
    treatment could not be applied, or adds to its status. `seconds` is the time that training the
    treated side took. `weights` counts the weights of the baseline's model and of the treated one,
    after pruning those that are not zero; None where they were not counted. `arm` is what was
    trained; it is None in a row that was read back.
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
    weights: tuple[int, int] | None = None
    arm: Arm | None = None

    @property
    def gain(self) -> float | None:
        """The mean gain."""
        return fmean(self.gains) if self.gains else None

    @property
    def pairs(self) -> int:
        """How many pairs were trained."""
        return len(self.gains)

    @property
    def for_size(self) -> bool:
        """Whether the purpose is a smaller model; verified then means that the score holds."""
        return self.action in FOR_SIZE

    @property
    def size(self) -> str:
        """The weights before and after in words; "" where they are as many, or not known."""
        if self.weights is None or self.weights[0] == self.weights[1]:
            return ""
        return "{:,} → {:,} weights".format(*self.weights)

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
            "weights": None
            if self.weights is None
            else dict(zip(("before", "after"), self.weights, strict=True)),
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
            name = chosen.action.replace("+", " + ").replace("_", " ")
            name = name[:1].upper() + name[1:]
            if chosen.for_size:
                return (
                    f"{name} makes the model smaller, with no loss of {self.metric} worth "
                    f"naming: {chosen.size} ({chosen.change})."
                )
            return (
                f"{name} verified: {self.metric} is better by {score_text(chosen.gain or 0.0)} "
                f"({chosen.change})."
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
    interval, weights = record["interval"], record.get("weights")
    known = {k: v for k, v in record.items() if k not in ("gain", "pairs", "interval", "weights")}
    gains = () if record["gain"] is None else (record["gain"],) * record["pairs"]
    return TreatmentRow(
        **known,
        gains=gains,
        interval=None if interval is None else (interval[0], interval[1]),
        weights=None if weights is None else (weights["before"], weights["after"]),
    )


def verified_of(rows: Sequence[TreatmentRow]) -> list[TreatmentRow]:
    """The verified treatments that can be applied: the greatest gain first, those that only make
    the model smaller last."""
    found = [r for r in rows if r.status == "verified" and r.p_value is not None]
    return sorted(found, key=lambda row: (row.for_size, -(row.gain or 0.0)))


def chosen_of(
    rows: Sequence[TreatmentRow], combination: TreatmentRow | None
) -> TreatmentRow | None:
    """The best verified treatment, or the verified combination where that gained more."""
    best = next(iter(verified_of(rows)), None)
    if best is not None and combination is not None and combination.status == "verified":
        return combination if (combination.gain or 0.0) > (best.gain or 0.0) else best
    return best
