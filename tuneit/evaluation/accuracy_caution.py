"""Why accuracy misleads where one class has most rows, and which measures do not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tuneit.evaluation.confusion import ClassScore
from tuneit.evaluation.measures import Measure, value_text
from tuneit.evaluation.two_classes import TwoClasses

MISLEADING = 0.75
"""A share of one class from which accuracy misleads; the check of the data for imbalance has the
same limit."""


def caution(
    frequent: str,
    share: float,
    measures: Sequence[Measure],
    classes: Sequence[ClassScore],
    two: TwoClasses | None,
) -> str:
    """A sentence on an accuracy that misleads; "" where it does not.

    `share` is the accuracy of always answering the class `frequent`. `measures` are those of the
    whole evaluation, of two classes the positive one's.
    """
    if share < MISLEADING or not measures:
        return ""
    by_name = {measure.name: measure for measure in measures}
    told = [by_name["balanced_accuracy"]] if "balanced_accuracy" in by_name else []
    of, hint = "", ""
    if two is None:
        told += [by_name[name] for name in ("macro_f1", "average_precision") if name in by_name]
    elif two.positive != frequent:
        of = two.positive
        told += [by_name[name] for name in ("f1", "average_precision") if name in by_name]
    else:
        of = two.negative
        told += _of_negative(two, classes[0])
        hint = (
            f". Precision, recall and costs are those of '{frequent}', the positive class: "
            f"`data: {{positive: {of}}}` makes '{of}' the positive one"
        )
    whose = {m.name: f" of '{of}'" for m in told if of and m.name != "balanced_accuracy"}
    named = (
        f"{m.label}{whose.get(m.name, '')} {value_text(m.value)} (trivial: {value_text(m.trivial)})"
        for m in told
    )
    return (
        f"accuracy misleads: always answering '{frequent}' is right for {100 * share:.1f} % of the "
        f"rows; judge by {', '.join(named)}{hint}"
    )


def _of_negative(two: TwoClasses, score: ClassScore) -> Iterator[Measure]:
    """F1 and average precision of the negative class of two, beside those of always answering it
    and of ignoring the input."""
    negatives = two.true_negatives + two.false_positives
    share = negatives / (negatives + two.true_positives + two.false_negatives)
    yield Measure("f1", score.f1, 2 * share / (1 + share))
    if score.average_precision is not None:
        yield Measure("average_precision", score.average_precision, share)
