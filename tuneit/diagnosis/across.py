"""What a study's trials show together: evidence that no single curve can give.

Every statement needs a permutation test over the study's own trials, so that patterns which chance
makes in a dozen trials are not reported. The p-value is corrected for all splits and all
hyperparameters that were tried: where scores are pure noise, one study in twenty reports any.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from tuneit.curves import Series, gap
from tuneit.diagnosis.check import number
from tuneit.diagnosis.failures import failed_trials, out_of_memory
from tuneit.diagnosis.interactions import interactions
from tuneit.diagnosis.optimism import best_of_many
from tuneit.diagnosis.permutation import (
    corrected,
    p_crowded,
    p_value,
    ranks,
    splits,
    strongest,
)
from tuneit.diagnosis.view import view_of
from tuneit.errors.wording import figures
from tuneit.findings import Finding, Severity
from tuneit.findings.recommendation import wider_range
from tuneit.space import Choice, Fixed, Parameter, Scalar, SearchSpace
from tuneit.trials import Objective, Trial, TrialState, ranked

Mask = NDArray[np.bool_]

MIN_TRIALS = 8
"""Trials from which a study's patterns are looked for (chosen)."""

SIGNIFICANT = 0.025
"""Chance of any effect or edge over all of a study's hyperparameters, where there is none; with
that of an interaction it stays below 5 %."""

FAILING = 0.05
"""Chance of any failing region, where failures have nothing to do with hyperparameters."""

EDGE = 0.1
"""Outermost share of a range (on its own axis) that counts as its edge (chosen)."""

IDLE_TRIALS = 20
"""Trials from which a hyperparameter without any visible effect is called so (chosen)."""

EFFECT_CERTAIN, EDGE_CERTAIN, IDLE_CERTAIN = 0.95, 0.9, 0.8
"""Confidence at the most in an effect or a failing region, in an edge, and that a hyperparameter
has no effect (chosen)."""

SMALLER_GAP = 0.1
"""The share of the gap from which an effect is said to reduce it (chosen)."""

HIGHEST_SHARE = 0.9
"""The new upper bound, at the most, of a hyperparameter that ends below one: dropout, momentum."""


def trial_patterns(
    trials: Sequence[Trial],
    space: SearchSpace,
    objective: Objective,
    rows: int | None = None,
) -> tuple[Finding, ...]:
    """Return the patterns of a study's finished trials; of fewer than eight, only that some failed.

    Scores are those of complete trials alone: a pruned trial's says when it was stopped. `rows` is
    how many validation rows each was measured on, over all folds.

    Findings are named `edge_of_range`, `effect` (evidence: `parameter`, `threshold`,
    `better_when` high or low, gap and score differences, `p`), `failed_trials`, `out_of_memory`,
    `failing_region`, `unimportant`, `interaction` and `best_of_many`.
    """
    finished = [t for t in trials if t.finished and not t.interrupted]
    scored = [t for t in finished if t.scored and t.state is TrialState.COMPLETE]
    found: list[Finding] = [*out_of_memory(finished), *failed_trials(finished)]
    failing = sum(_axis(parameter, finished) is not None for parameter in space.tunable)
    tests = 2 * sum(_axis(parameter, scored) is not None for parameter in space.tunable)
    for parameter in space.tunable:
        found += _failing(parameter, finished, failing)
        found += _edge(parameter, scored, objective, tests)
        found += _effect(parameter, scored, objective, tests)
    if len(scored) >= MIN_TRIALS:
        found += interactions(scored, space, objective)
        found += best_of_many(scored, objective, rows)
    return tuple(found)


def _axis(parameter: Parameter, trials: Sequence[Trial]) -> tuple[Series, list[Trial]] | None:
    """The trials that have an ordered hyperparameter, and its values on its axis in [0, 1]."""
    if not parameter.ordered:
        return None
    having = [
        t for t in trials if parameter.name in t.params and parameter.is_active(t.params)
        and parameter.contains(t.params[parameter.name])
    ]  # fmt: skip
    if len(having) < MIN_TRIALS:
        return None
    return np.array([parameter.to_unit(t.params[parameter.name]) for t in having]), having


def _shown(parameter: Parameter, cut: float, axis: Series, trials: Sequence[Trial]) -> float:
    """The smallest value above a cut, for a sentence with `≥`."""
    above = [
        float(t.params[parameter.name] or 0) for t, u in zip(trials, axis, strict=True) if u > cut
    ]
    return min(above)


def _gap_of(trial: Trial) -> float:
    """The trial's gap at its end, as a cost, over how far its loss fell (NaN where unknown)."""
    if trial.curve is None:
        return math.nan
    view = view_of(trial.curve)
    pair = view.criterion
    if pair is None or pair.train is None or pair.validation is None or pair.scale <= 0:
        return math.nan
    width = gap(view.series[pair.name], view.series[f"val_{pair.name}"])
    return width * (1.0 if pair.goal == "minimize" else -1.0)


def _effect(
    parameter: Parameter, scored: Sequence[Trial], objective: Objective, tests: int
) -> Iterator[Finding]:
    """Compare the scores and gaps of trials above and below the hyperparameter's best cut.

    `tests` counts the effects and edges that are tested for in the study.
    """
    placed = _axis(parameter, scored)
    if placed is None:
        return
    axis, trials = placed
    cuts = splits(axis)
    if not cuts:
        return
    score = objective.sign * np.array([t.score or 0.0 for t in trials])
    seen, cut = strongest(axis, ranks(score), cuts)
    alone = p_value(axis, ranks(score), cuts, seen)
    gaps = np.array([_gap_of(t) for t in trials])
    p = corrected(alone, tests)
    if p > SIGNIFICANT:
        if len(trials) >= IDLE_TRIALS and alone > 0.5:
            yield _unimportant(parameter, len(trials), alone)
        return
    high = axis > cut
    threshold = _shown(parameter, cut, axis, trials)
    gain = float(np.median(score[high]) - np.median(score[~high]))
    better = "high" if gain >= 0 else "low"
    inside, outside = (high, ~high) if gain >= 0 else (~high, high)
    relation = "≥" if gain >= 0 else "<"
    smaller = _smaller_gap(gaps, inside, outside)
    metric = objective.metric
    points = f"{100 * abs(gain):.1f} points" if np.abs(score).max() <= 1 else figures(abs(gain), 3)
    said = f"better {metric} by {points}"
    if smaller is not None and smaller > SMALLER_GAP:
        gone = "no gap" if smaller == 1 else f"a {100 * smaller:.0f} % smaller gap"
        said = f"{gone} and {said}"
    n_in, n_out = int(inside.sum()), int(outside.sum())
    yield Finding(
        "effect",
        Severity.INFO,
        min(EFFECT_CERTAIN, 1 - p),
        f"trials with {parameter.name} {relation} {figures(threshold, 3)} had {said} "
        f"(medians, n = {n_in} against {n_out}, p = {figures(p, 2)} {_counted(tests)})",
        {
            "parameter": parameter.name,
            "threshold": number(threshold),
            "better_when": better,
            "score_difference": number(abs(gain)),
            "gap_reduction": None if smaller is None else number(smaller),
            "n": n_in,
            "n_others": n_out,
            "p": number(p),
            "tests": tests,
        },
    )


def _counted(tests: int) -> str:
    return f"after correction for {tests} tests" if tests > 1 else "in one test"


def _smaller_gap(gaps: Series, inside: Mask, outside: Mask) -> float | None:
    """The share of the gap that is gone, at most 1; None where there was none to begin with."""
    kept_in, kept_out = gaps[inside & np.isfinite(gaps)], gaps[outside & np.isfinite(gaps)]
    if len(kept_in) < 3 or len(kept_out) < 3:
        return None
    before, after = float(np.median(kept_out)), float(np.median(kept_in))
    # A gap within the trials' own spread is none, and its share would be any number.
    if before <= float(np.median(np.abs(kept_out - before))):
        return None
    return 1.0 - max(0.0, after) / before


def _unimportant(parameter: Parameter, n: int, p: float) -> Finding:
    return Finding(
        "unimportant",
        Severity.INFO,
        min(IDLE_CERTAIN, p),
        f"{parameter.name} made no visible difference over {n} trials (p = {p:.2f}): fixing it "
        "leaves the search fewer dimensions",
        {"parameter": parameter.name, "n": n, "p": number(p)},
    )


def _edge(
    parameter: Parameter, scored: Sequence[Trial], objective: Objective, tests: int
) -> Iterator[Finding]:
    """Tell whether the best trial and more of the best lie at an end of the range.

    The best fifth of the trials (at least three) is compared with all: were they drawn at random
    from the trials made, so many at the edge would be improbable. `tests` counts the effects and
    edges that are tested for in the study.
    """
    placed = _axis(parameter, scored)
    if placed is None or parameter.bounds is None:
        return
    axis, trials = placed
    low, high = parameter.bounds
    order = ranked(trials, objective)
    position = {t.number: u for t, u in zip(trials, axis, strict=True)}
    top = np.array([position[t.number] for t in order[: max(3, len(order) // 5)]])
    ends: Mapping[str, Callable[[Series], Mask]] = {
        # The ends of a few steps are whole steps.
        "max": lambda u: u >= min(1 - EDGE, parameter.to_unit(high)),
        "min": lambda u: u <= max(EDGE, parameter.to_unit(low)),
    }
    for end, outer in ends.items():
        at_the_end = outer(top)
        if not at_the_end[0]:
            continue
        crowd = int(at_the_end.sum())
        # The best trial is at one end at the most, but both ends are looked at.
        alone = 2 * p_crowded(len(axis), int(outer(axis).sum()), len(top), crowd)
        p = corrected(alone, tests)
        if p > SIGNIFICANT:
            continue
        value = order[0].params[parameter.name]
        bound = high if end == "max" else low
        wider = _widened(parameter, end)
        yield Finding(
            "edge_of_range",
            Severity.INFO,
            min(EDGE_CERTAIN, 1 - p),
            f"the best trial has {parameter.name} = {figures(float(value or 0))}, at the {end} of "
            f"its range ({bound:g}), as have {crowd} of the best {len(top)} "
            f"(p = {figures(p, 2)} {_counted(tests)})",
            {
                "parameter": parameter.name,
                "value": number(float(value or 0)),
                "end": end,
                "bound": number(float(bound)),
                "p": number(p),
                "tests": tests,
                "new_bound": float(f"{wider:.3g}"),
                "change": wider_range(parameter.name, wider, raised=end == "max"),
            },
        )


def edge_of(parameter: Parameter, value: Scalar) -> str | None:
    """`min` or `max` where a value lies in the outermost twentieth of a range, or its last step."""
    if parameter.bounds is None or not parameter.contains(value):
        return None
    unit, low, high = map(parameter.to_unit, (value, *parameter.bounds))
    if low == high:
        return None
    if unit >= min(1 - EDGE / 2, high):
        return "max"
    return "min" if unit <= max(EDGE / 2, low) else None


def _widened(parameter: Parameter, end: str) -> float:
    """A new bound: half the range further on the hyperparameter's own axis."""
    assert not isinstance(parameter, (Choice, Fixed))
    low, high = float(parameter.low), float(parameter.high)
    if parameter.sampling != "linear":
        factor = math.sqrt(high / low)
        return high * factor if end == "max" else low / factor
    wider = high + (high - low) / 2 if end == "max" else low - (high - low) / 2
    if low >= 0:
        wider = max(0.0, wider)
    return min(wider, HIGHEST_SHARE) if end == "max" and high < 1 and low >= 0 else wider


def _failing(parameter: Parameter, finished: Sequence[Trial], tests: int) -> Iterator[Finding]:
    """Compare how often trials above and below a cut failed or diverged.

    `tests` counts the hyperparameters that are tested.
    """
    placed = _axis(parameter, finished)
    if placed is None:
        return
    axis, trials = placed
    failed = np.array(
        [float(t.state is TrialState.FAILED or t.verdict == "diverged") for t in trials]
    )
    cuts = splits(axis)
    if failed.sum() < 3 or not cuts:
        return
    seen, cut = strongest(axis, failed, cuts)
    p = corrected(p_value(axis, failed, cuts, seen), tests)
    if p > FAILING:
        return
    high = axis > cut
    side, relation = (high, "≥") if seen > 0 else (~high, "<")
    threshold = _shown(parameter, cut, axis, trials)
    yield Finding(
        "failing_region",
        Severity.WARNING,
        min(EFFECT_CERTAIN, 1 - p),
        f"{int(failed[side].sum())} of {int(side.sum())} trials with {parameter.name} {relation} "
        f"{figures(threshold, 3)} failed or diverged, elsewhere {int(failed[~side].sum())} of "
        f"{int((~side).sum())}: narrow the range",
        {
            "parameter": parameter.name,
            "threshold": number(threshold),
            "failing_when": "high" if seen > 0 else "low",
            "failed": int(failed[side].sum()),
            "n": int(side.sum()),
            "p": number(p),
        },
    )
