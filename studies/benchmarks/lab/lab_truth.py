"""Decide what is true of a run, by measures that its log does not show.

Every run is measured after each epoch, in inference mode, on its training rows, its validation
rows and on plenty of held-out rows, and is trained on for as many epochs again as a control. A
fault is present, absent, or neither clearly; runs with anything unclear are dropped. Nothing here
uses the package's diagnosis.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Seen(Enum):
    PRESENT = "present"
    ABSENT = "absent"
    UNCLEAR = "unclear"


@dataclass(frozen=True, eq=False)
class Measured:
    """`train`, `held`, `validation`: mean loss, index 0 before training, then one an epoch.

    They go on for the control's epochs after the `epochs` logged ones; `begin` is where the
    log starts (not 0 for a resumed run). `rows` holds the held-out rows' own losses, (epochs, n),
    `validation_se` the standard error of the validation loss at the end of the log. `logged`
    is the log's validation loss, `log_loss` its training loss. `train_metric` and `held_metric`
    as `train`; `guess` is the loss of the best constant; `trivial` and `target` are metrics.
    """

    begin: int
    epochs: int
    train: Array
    held: Array
    validation: Array
    rows: Array
    validation_se: float
    log_loss: Array
    logged: Array
    train_metric: Array
    held_metric: Array
    guess: float
    trivial: float
    target: float

    @property
    def end(self) -> int:
        return self.begin + self.epochs

    def way(self, metric: float) -> float:
        """How far a metric is on the way from the trivial model (0) to a good one (1)."""
        return (metric - self.trivial) / (self.target - self.trivial)


def median_of_three(values: Array) -> Array:
    if len(values) < 3:
        return values
    padded = np.concatenate([values[:1], values, values[-1:]])
    return np.median(np.stack([padded[:-2], padded[1:-1], padded[2:]]), axis=0)


def swing(values: Array) -> float:
    """Spread around the trend: second differences of the last two thirds, the largest fifth out."""
    kept = values[len(values) // 3 :]
    if len(kept) < 3:
        return 0.0
    second = np.sort(np.abs(np.diff(kept, 2)))
    return float(second[: max(1, round(0.8 * len(second)))].mean() / np.sqrt(6) * 1.6)


def _last(values: Array) -> float:
    return float(np.mean(values[-max(1, min(3, len(values) // 4)) :]))


def wide_gap(m: Measured) -> bool:
    """Whether training ends so far below held-out rows that controls are worth their price."""
    return _last(m.held[m.begin + 1 : m.end + 1]) > 1.2 * _last(m.train[m.begin + 1 : m.end + 1])


def gains(m: Measured, controls: Mapping[str, tuple[Array, Array]]) -> dict[str, float]:
    """What each control brought over the run's own best epoch, on the same held-out rows.

    Of `controls`, by name, the rows' losses at the best epoch and the metric after each. The gain
    in loss is a share of the run's own; `_z` counts paired standard errors; `_way` is the gain of
    the metric on the way from the trivial model to a good one.
    """
    b, e = m.begin + 1, m.end + 1
    own = m.rows[b + int(np.argmin(m.held[b:e]))]
    towards = np.max if m.target > m.trivial else np.min
    found: dict[str, float] = {}
    for name, (rows, metric) in controls.items():
        better = own - rows
        spread = float(np.std(better)) / np.sqrt(len(better))
        found[f"{name}_gain"] = float(np.mean(better)) / float(np.mean(own))
        found[f"{name}_z"] = float(np.mean(better)) / max(spread, 1e-12)
        found[f"{name}_way"] = m.way(float(towards(metric))) - m.way(
            float(towards(m.held_metric[b:e]))
        )
    return found


def _seen(present: bool, absent: bool) -> Seen:
    if present:
        return Seen.PRESENT
    return Seen.ABSENT if absent else Seen.UNCLEAR


def _paired(rows: Array, a: int, b: int) -> float:
    """Standard errors by which the held-out loss after epoch `b` exceeds that after `a`."""
    difference = rows[b] - rows[a]
    spread = float(np.std(difference)) / np.sqrt(len(difference))
    return float(np.mean(difference)) / max(spread, 1e-12)


def numbers(m: Measured) -> dict[str, float]:
    """The measures that the truth is read from."""
    b, e = m.begin + 1, m.end + 1
    held, train = m.held[b:e], m.train[b:e]
    low = median_of_three(held)
    best = int(np.argmin(low))
    end, lowest = _last(held), float(low[best])
    first = max(float(m.held[0]), m.guess)
    later = median_of_three(m.held[m.end + 1 :]) if len(m.held) > m.end + 3 else held[-1:]
    twice = later[: m.epochs]
    scale = 0.05 * m.guess
    apart = (m.validation[b:e] - held) / (held + scale)
    half = len(apart) // 2
    tail = slice(-max(3, len(train) // 5), None)
    return {
        "rise": (end - lowest) / lowest,
        "rise_of_fall": (end - lowest) / max(first - lowest, 1e-9),
        "rise_z": _paired(m.rows, b + best, m.end),
        "train_since_best": float(m.train[m.end] / m.train[b + best]),
        "gain": (end - float(twice.min())) / end,
        "gain_of_fall": (end - float(twice.min())) / max(first - end, 1e-9),
        "gain_z": -_paired(m.rows, m.end, m.end + 1 + int(np.argmin(twice)))
        if len(m.held) > m.end + 3
        else 0.0,
        "gain_four_times": (end - float(later.min())) / end,
        "train_fall": 1 - float(np.min(m.train[: m.end + 1])) / float(m.train[0]),
        "train_way": m.way(float(np.median(m.train_metric[b:e][-3:]))),
        "held_way": m.way(float(np.median(m.held_metric[b:e][-3:]))),
        "later_way": m.way(float(np.median(m.train_metric[-3:]))),
        "lost": float(np.median(train[-3:]) / np.min(train)),
        "lost_share": float(np.median(train[-3:]) - np.min(train))
        / max(float(m.train[0] - np.min(train)), 1e-9),
        "train_swing": swing(train) / (float(np.median(train[tail])) + scale),
        "held_swing": swing(held) / (float(np.median(held[tail])) + scale),
        "logged_swing": swing(m.logged) / (float(np.median(m.logged[tail])) + scale),
        "apart_early": float(np.median(apart[: max(1, half)])),
        "apart_late": float(np.median(apart[half:])),
        "apart_z": float(abs(m.validation[m.end] - m.held[m.end]) / max(m.validation_se, 1e-12)),
    }


def variance(n: Mapping[str, float], controls: Mapping[str, float]) -> Seen:
    """Whether the run stays behind by variance: something that regularises brings it forward.

    Training is ahead of held-out rows on the way from the trivial model to a good one, and dropout,
    L2 (the controls), or the good model's many rows and L2, get further on that way.
    """
    ahead = n["train_way"] - n["held_way"]
    regularised = max(controls.get("dropout_way", 0.0), controls.get("l2_way", 0.0))
    # No more of it than another seed brings.
    regularised -= abs(controls.get("seed_way", 0.0))
    brought = max(1 - n["held_way"], regularised)
    return _seen(ahead >= 0.1 and brought >= 0.1, ahead < 0.06 or brought < 0.06)


def overfitting(n: Mapping[str, float], controls: Mapping[str, float]) -> Seen:
    """Held-out rows got worse while training did not, or stay behind by variance."""
    rose = _seen(
        n["rise"] >= 0.05
        and n["rise_of_fall"] >= 0.01
        and n["rise_z"] >= 3
        and n["train_since_best"] <= 1.02,
        # Of few held-out rows a large rise may be there, and nobody can tell.
        n["rise"] < 0.02 or n["rise_of_fall"] < 0.005 or (n["rise_z"] < 2 and n["rise"] < 0.05),
    )
    behind = variance(n, controls)
    if Seen.PRESENT in (rose, behind):
        return Seen.PRESENT
    return Seen.ABSENT if rose is behind is Seen.ABSENT else Seen.UNCLEAR


def faults(n: Mapping[str, float], controls: Mapping[str, float]) -> dict[str, Seen]:
    """Each fault present, absent or unclear."""
    early, late = n["apart_early"], n["apart_late"]
    return {
        "diverged": _seen(
            n["lost"] > 2 and n["lost_share"] > 0.8, n["lost"] < 1.3 or n["lost_share"] < 0.4
        ),
        "no_learning": _seen(
            n["train_fall"] <= 0.02
            or (n["train_way"] <= 0.1 and n["held_way"] <= 0.1 and n["later_way"] <= 0.15),
            n["train_fall"] >= 0.05 and (n["train_way"] >= 0.25 or n["later_way"] >= 0.3),
        ),
        "unstable": _seen(n["train_swing"] >= 0.12, n["train_swing"] <= 0.06),
        "overfitting": overfitting(n, controls),
        "not_converged": _seen(
            n["gain"] >= 0.08 and n["gain_of_fall"] >= 0.04 and n["gain_z"] >= 3,
            n["gain"] < 0.04 or n["gain_of_fall"] < 0.015 or n["gain_z"] < 2,
        ),
        # Of labels out of order something is learned by heart, and nothing of use.
        "underfitting": _seen(
            n["train_way"] <= 0.75 and n["held_way"] >= 0.15, n["train_way"] >= 0.88
        ),
        "noisy_validation": _seen(
            n["logged_swing"] >= 0.1 and n["logged_swing"] >= 3 * n["held_swing"],
            n["logged_swing"] <= 0.06 or n["logged_swing"] <= 1.5 * n["held_swing"],
        ),
        "unrepresentative_validation": _seen(
            min(abs(early), abs(late)) >= 0.35 and early * late > 0 and n["apart_z"] >= 4,
            abs(late) <= 0.2 or n["apart_z"] < 2.5,
        ),
    }


EXPLAINS: Mapping[str, frozenset[str]] = {
    "diverged": frozenset(
        [
            *("no_learning", "unstable", "overfitting", "not_converged", "underfitting"),
            *("noisy_validation", "unrepresentative_validation"),
        ]
    ),
    "no_learning": frozenset(
        ["overfitting", "not_converged", "underfitting", "unrepresentative_validation"]
    ),
    "unstable": frozenset(["not_converged", "underfitting", "noisy_validation"]),
    "not_converged": frozenset({"underfitting"}),
}
"""Faults that come with another one and have no name of their own then."""

NONE: Mapping[str, float] = {}

ENOUGH = 5
"""Fewer epochs than this are too short, whatever else is true of them."""


def truth(m: Measured) -> tuple[str | None, dict[str, float]]:
    """The one fault that is clearly there, "healthy" where none is; None where it is unclear.

    Also the measures that it was read from, none where the log itself says it all. Without controls
    (`judge` takes them).
    """
    if m.epochs < ENOUGH:
        return "too_short", {}
    if not np.isfinite(m.log_loss).all() or not np.isfinite(m.train[: m.end + 1]).all():
        return ("diverged" if np.isfinite(m.log_loss).any() else None), {}
    measures = numbers(m)
    return judge(measures), measures


def judge(measures: Mapping[str, float], controls: Mapping[str, float] = NONE) -> str | None:
    """The truth by its measures alone, and by what the controls of a wide gap brought (`gains`)."""
    seen = faults(measures, controls)
    present = [name for name, state in seen.items() if state is Seen.PRESENT]
    chief = present[0] if present else "healthy"
    explained = EXPLAINS.get(chief, frozenset())
    if chief == "unstable" and seen["overfitting"] is Seen.UNCLEAR:
        # Swings may end high: no rise can be told from them.
        explained = explained | {"overfitting"}
    others = [
        name
        for name, state in seen.items()
        if name != chief and name not in explained and state is not Seen.ABSENT
    ]
    return None if others else chief
