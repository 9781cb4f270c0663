"""Constant predictions: what a model that ignores its input can answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tuneit.errors.wording import figures

Numbers = NDArray[np.float64]


def as_is(value: Numbers) -> Numbers:
    """A number in its own unit, which is that of targets that were not scaled."""
    return value


POWERS = (0.0, 0.25, 0.5, 0.75, 1.5)
"""Exponents of class shares, renormalised: 0 makes all classes equal. The best constant of a
cross-entropy is the shares themselves; label smoothing and focal losses even them out or sharpen
them."""

GRID = tuple(i / 20 for i in range(1, 20))
"""Shares, and ranks of quantiles, that are tried: losses may weigh one side more."""

MOST_CLASSES = 20
"""Classes, the most frequent first, that are tried as the only answer."""


@dataclass(frozen=True, eq=False)
class Constant:
    """One answer for every row: `value` has a number for each output; `name` says which it is.

    The name goes on after "always answering".
    """

    name: str
    value: Numbers

    def as_logits(self, *, exclusive: bool) -> Constant:
        """The same shares as the logits of a softmax (`exclusive`), or of a sigmoid an output."""
        shares = np.clip(self.value, 1e-7, 1 - 1e-7)
        logits = np.log(shares) - (0.0 if exclusive else np.log1p(-shares))
        return Constant(self.name, np.asarray(logits))


def of_classes(shares: Numbers, names: Sequence[str] = ()) -> Iterator[Constant]:
    """Constants for outputs of which one is right; `shares` of the rows, (classes,), sum to 1.

    Single classes come first: where the shares score alike, the constant has a class's name. No two
    classes of an answer are equal: of equals the more frequent one is larger, by less than a
    thousandth.
    """
    for index in np.argsort(-shares, kind="stable")[:MOST_CLASSES]:
        one = np.zeros(len(shares))
        one[index] = 1.0
        yield Constant(_called(int(index), names), _ranked(one, shares))
    yield Constant("the class shares", _ranked(shares, shares))
    present = shares > 0
    for power in POWERS:
        raised = np.where(present, np.where(present, shares, 1.0) ** power, 0.0)
        name = f"the class shares to the power of {power:g}" if power else "equal shares"
        yield Constant(name, _ranked(raised / raised.sum(), shares))


def _ranked(answer: Numbers, shares: Numbers) -> Numbers:
    """The answer without ties: Keras counts all classes that tie for place k among the top k."""
    rank = np.empty(len(answer))
    rank[np.lexsort((-shares, -answer))] = np.arange(len(answer))
    # Absent classes get a little too, above what logits are clipped at.
    untied = np.maximum(answer, 1e-6) * (1 - 1e-3 * rank / len(answer))
    return np.asarray(untied / untied.sum())


def of_labels(
    shares: Numbers,
    low: float,
    high: float,
    names: Sequence[str] = (),
    in_unit: Callable[[Numbers], Numbers] = as_is,
) -> Iterator[Constant]:
    """Constants for outputs of two values each; `shares` says how often each is the `high` one.

    `names` are the two values' names, where there is one output. Numbers are named `in_unit`.
    """
    one = len(shares) == 1
    shown_low, shown_high = in_unit(np.array([low, high]))
    pair = ((0, shown_low), (1, shown_high))
    lower, higher = (_called(i, names) if names else f"{value:g}" for i, value in pair)

    def at(name: str, share: Numbers) -> Constant:
        return Constant(name, low + (high - low) * share)

    pure = [at(lower, np.zeros_like(shares)), at(higher, np.ones_like(shares))]
    yield from pure if shares.mean() < 0.5 else reversed(pure)
    if not one:
        yield at("each label's more frequent value", (shares > 0.5).astype(np.float64))
    yield at(
        f"the share of {higher}, {figures(shares[0], 3)}" if one else "each label's share", shares
    )
    for power in () if one else POWERS:
        raised = shares**power / (shares**power + (1 - shares) ** power)
        yield at(f"each label's odds to the power of {power:g}", raised)
    for share in GRID if one else ():
        yield at(figures(shown_low + (shown_high - shown_low) * share, 3), np.array([share]))


def of_numbers(
    targets: Numbers,
    weights: Numbers | None = None,
    in_unit: Callable[[Numbers], Numbers] = as_is,
) -> Iterator[Constant]:
    """Constants for outputs that are numbers; `targets` (rows, outputs), `weights` (rows,).

    They are named `in_unit`: where targets are scaled, users know the numbers before scaling.
    """
    outputs = targets.shape[1]

    def called(what: str, value: Numbers) -> str:
        return f"{what}, {figures(in_unit(value)[0])}" if outputs == 1 else f"{what} of each output"

    weighted = np.ones(len(targets)) if weights is None else weights
    mean = np.average(targets, axis=0, weights=weighted)
    yield Constant(called("the mean", mean), mean)
    order = np.argsort(targets, axis=0, kind="stable")
    columns = np.take_along_axis(targets, order, axis=0)
    ranks = np.cumsum(weighted[order], axis=0) / weighted.sum()
    for rank in GRID:
        # The first value up to which so much of the weight lies.
        first = np.minimum((ranks < rank - 1e-9).sum(axis=0), len(targets) - 1)
        value = columns[first, np.arange(outputs)]
        name = "the median" if rank == 0.5 else f"the {100 * rank:g} % quantile"
        yield Constant(called(name, value), value)


def _called(index: int, names: Sequence[str]) -> str:
    return f"'{names[index]}'" if index < len(names) else f"class {index}"
