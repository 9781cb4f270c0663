"""The lab's table: how often the advice helps, beside simpler ways to choose."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean
from typing import Any

import numpy as np

from tuneit.treatments.menu import explored
from tuneit.treatments.statistics import ALPHA, LEAST_GAIN, sign_flip_p

TREATABLE = 0.05
"""A task can be treated where some treatment gains this share of the distance from the trivial
score to the baseline's. Of seventeen treatments one or the other seems to gain a little by luck."""

ALWAYS = ("dropout", "early_stopping")
CANNOT_GAIN = ("early_stopping",)
"""Every training is scored at its best epoch, so that stopping early changes no score; `tuneit
treat` does not try it unless it is named."""

PENALTIES = ("l2", "less_regularisation")
"""They change the penalty that is part of val_loss, the lab's score: it cannot show their use."""

VARIANCE = ("dropout", "augmentation")
"""What helps where a model fits its rows too closely."""


@dataclass(frozen=True, eq=False)
class Told:
    """A task's record: what was advised, and what the pairs of the truth show."""

    record: Mapping[str, Any]

    @property
    def part(self) -> str:
        """`development` or `test`."""
        return str(self.record["part"])

    @property
    def source(self) -> str:
        """The data set's name."""
        return str(self.record["source"])

    @cached_property
    def gains(self) -> dict[str, list[float]]:
        """By treatment the falls of the loss, one a pair; without random search's model."""
        scores = self.record["truth"]["scores"]
        found = {
            action: [a - b for a, b in zip(scores["baseline"], own, strict=True) if b is not None]
            for action, own in scores.items()
            if action not in ("baseline", "random_search", *PENALTIES)
            and None not in scores["baseline"]
        }
        return {action: gains for action, gains in found.items() if gains}

    @cached_property
    def gain(self) -> dict[str, float]:
        """The mean gain of each treatment."""
        return {action: fmean(gains) for action, gains in self.gains.items()}

    @cached_property
    def distance(self) -> float:
        """How much better the baseline is than a model that ignores its inputs."""
        scores = [s for s in self.record["truth"]["scores"]["baseline"] if s is not None]
        if self.record["trivial"] is None or not scores:
            return 0.0
        return abs(fmean(scores) - float(self.record["trivial"]))

    def helps(self, action: str, share: float = LEAST_GAIN) -> bool:
        """Whether a treatment gains this share of the distance, and not by chance."""
        gain = self.gain.get(action, 0.0)
        return 0 < gain >= share * self.distance and sign_flip_p(self.gains[action]) <= ALPHA

    def harms(self, action: str) -> bool:
        """Whether a treatment costs what would be worth naming as a gain, and not by chance."""
        loss = -self.gain.get(action, 0.0)
        against = [-gain for gain in self.gains.get(action, ())]
        return 0 < loss >= LEAST_GAIN * self.distance and sign_flip_p(against) <= ALPHA

    @cached_property
    def treatable(self) -> bool:
        """Whether some treatment helps this task much."""
        return any(self.helps(action, TREATABLE) for action in self.gains)

    @cached_property
    def advised(self) -> list[str]:
        """The first three recommendations that `tuneit treat` would try."""
        known = [a for a in self.record["advice"] if a in self.gains and a not in CANNOT_GAIN]
        return known[:3]

    @cached_property
    def tried(self) -> list[str]:
        """The first three that `tuneit treat` tries: the advice, then what helps most models."""
        advice = self.record["advice"]
        wanted = (*advice, *explored(advice))
        return [a for a in wanted if a in self.gains and a not in CANNOT_GAIN][:3]

    @cached_property
    def verified(self) -> list[str]:
        """The treatments that `tuneit treat` called verified, the greatest stated gain first."""
        claims = self.record["claims"]
        found = [a for a, claim in claims.items() if claim[0] == "verified" and a in self.gains]
        return sorted(found, key=lambda action: -claims[action][1])


Measure = Callable[[Told], "float | None"]
"""A task's value; None where the measure does not concern it."""


def table(records: Sequence[Mapping[str, Any]]) -> str:
    """A row a measure, for the development and the test part: mean, 95 % interval, tasks."""
    told = [Told(record) for record in records]
    lines = ["| measure | development | test |", "|---|---|---|"]
    for name, measure in MEASURES.items():
        cells = [_cell([t for t in told if t.part == part], measure) for part in PARTS]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


PARTS = ("development", "test")


def by_weakness(records: Sequence[Mapping[str, Any]]) -> str:
    """A row a weakness: what was said, and what helps most, in both parts."""
    lines = ["| weakness | tasks | treatable | first helps | verdicts | what gains most |"]
    lines.append("|---|---|---|---|---|---|")
    told = [Told(record) for record in records]
    for weakness in dict.fromkeys(str(t.record["weakness"]) for t in told):
        own = [t for t in told if t.record["weakness"] == weakness]
        treatable = [t for t in own if t.treatable]
        first = sum(bool(t.advised) and t.helps(t.advised[0]) for t in treatable)
        best = [max(t.gain, key=lambda action, t=t: t.gain[action]) for t in treatable]
        lines.append(
            f"| {weakness} | {len(own)} | {len(treatable)} | {first} | "
            f"{_counts([t.record['verdict'] for t in own])} | {_counts(best)} |"
        )
    return "\n".join(lines)


def _counts(words: Sequence[str]) -> str:
    found = {word: words.count(word) for word in dict.fromkeys(words)}
    return ", ".join(f"{w} {n}" for w, n in sorted(found.items(), key=lambda pair: -pair[1]))


def _cell(told: Sequence[Told], measure: Measure) -> str:
    by_source: dict[str, list[float]] = {}
    for one in told:
        value = measure(one)
        if value is not None:
            by_source.setdefault(one.source, []).append(value)
    values = [value for found in by_source.values() for value in found]
    if not values:
        return "-"
    low, high = _clustered(list(by_source.values()))
    return f"{np.mean(values):.2f} ({low:.2f} to {high:.2f}; {len(values)})"


def _clustered(groups: list[list[float]]) -> tuple[float, float]:
    """The 95 % interval of the mean where whole data sets are drawn again."""
    rng = np.random.default_rng(0)
    means = []
    for _ in range(2000):
        drawn = [groups[i] for i in rng.integers(0, len(groups), len(groups))]
        means.append(np.mean([value for group in drawn for value in group]))
    return float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))


def _first(told: Told) -> float | None:
    if not told.treatable:
        return None
    return float(bool(told.advised) and told.helps(told.advised[0]))


def _of_three(told: Told) -> float | None:
    return float(any(map(told.helps, told.advised))) if told.treatable else None


def _first_tried(told: Told) -> float | None:
    return float(bool(told.tried) and told.helps(told.tried[0])) if told.treatable else None


def _of_three_tried(told: Told) -> float | None:
    return float(any(map(told.helps, told.tried))) if told.treatable else None


def _harm_tried(told: Told) -> float | None:
    return float(told.harms(told.tried[0])) if told.tried else None


def _captured(told: Told) -> float | None:
    """Of the best of three; the best of the menu is the best by luck, too, so it is too low."""
    if not told.treatable:
        return None
    return max([0.0, *(told.gain[a] for a in told.advised)]) / max(told.gain.values())


def _harm(told: Told) -> float | None:
    return float(told.harms(told.advised[0])) if told.advised else None


def _abstained(told: Told) -> float | None:
    return None if told.treatable else float(not told.advised)


def _random_treatment(told: Told) -> float | None:
    if not told.treatable:
        return None
    return sum(map(told.helps, told.gains)) / len(told.gains)


def _random_harm(told: Told) -> float | None:
    return sum(map(told.harms, told.gains)) / len(told.gains) if told.gains else None


def _always(told: Told) -> float | None:
    return float(any(map(told.helps, ALWAYS))) if told.treatable else None


def _beats_random_search(told: Told) -> float | None:
    """Half where both keep the baseline."""
    if not told.record["random_trials"] or not told.treatable:
        return None
    own = told.gain[told.verified[0]] if told.verified else 0.0
    scores = told.record["truth"]["scores"]
    random = _mean_gain(scores["baseline"], scores.get("random_search"))
    return 0.5 if own == random else float(own > random)


def _mean_gain(before: Sequence[float], after: Sequence[float | None] | None) -> float:
    """0 where random search found nothing better; minus infinity where its model diverges."""
    if after is None:
        return 0.0
    if None in after:
        return -np.inf
    return fmean(a - float(b) for a, b in zip(before, after, strict=True))  # type: ignore[arg-type]


def _holds(told: Told) -> float | None:
    return float(told.gain[told.verified[0]] > 0) if told.verified else None


def _not_verified(told: Told) -> float | None:
    """Concerns advised tasks that no treatment of the menu helps at all."""
    if any(map(told.helps, told.gains)) or not told.record["claims"]:
        return None
    return float(not told.verified)


def _covered(told: Told) -> float | None:
    found = [
        float(interval[0] <= told.gain[action] <= interval[1])
        for action, (_, _, interval, _) in told.record["claims"].items()
        if interval is not None and action in told.gain and action not in CANNOT_GAIN
    ]
    return fmean(found) if found else None


def _ratio(told: Told) -> float | None:
    if not told.verified:
        return None
    stated = told.record["claims"][told.verified[0]][1]
    return float(told.gain[told.verified[0]] / stated)


def _overfitting_agrees(told: Told) -> float | None:
    gaps = told.record["truth"]["gaps"]
    closes = [
        action
        for action in VARIANCE
        if told.helps(action) and gaps[action] is not None and gaps[action] < gaps["baseline"]
    ]
    return float((told.record["verdict"] == "overfitting") == bool(closes))


MEASURES: dict[str, Measure] = {
    "can be treated": lambda told: float(told.treatable),
    "first recommendation helps": _first,
    "one of the first three helps": _of_three,
    "what `treat` tries first helps": _first_tried,
    "one of the three that `treat` tries helps": _of_three_tried,
    "a random treatment helps": _random_treatment,
    "always dropout and early stopping": _always,
    "share of the best gain that the best of three has": _captured,
    "treating is better than random search": _beats_random_search,
    "first recommendation harms": _harm,
    "what `treat` tries first harms": _harm_tried,
    "a random treatment harms": _random_harm,
    "no advice where nothing helps": _abstained,
    "nothing verified where nothing helps": _not_verified,
    "a verified treatment gains in other pairs": _holds,
    "gain in other pairs, of the stated gain": _ratio,
    "gain in other pairs is in the stated interval": _covered,
    "`overfitting` agrees with what helps": _overfitting_agrees,
}
