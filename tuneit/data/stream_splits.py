"""Assign batches of streams to the training, validation and test split."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

import numpy as np

from tuneit.data.raw import SplitName
from tuneit.data.stream import StreamSplit, raised
from tuneit.data.stream_sources import WHOLE, Generating, Part, Source, TfDataset
from tuneit.errors import DataError
from tuneit.study import Split as Shares

Streams = Mapping[SplitName, StreamSplit]
Sources = Mapping[SplitName, Source]
Steps = Mapping[SplitName, int | None]
"""How many batches make an epoch of a split; None for all of a pass."""

CLOSEST = 20
"""Shares of a stream are rounded to fractions with at most this denominator."""


def streams_of(sources: Sources, shares: Shares, steps: Steps) -> dict[SplitName, StreamSplit]:
    """Return a stream for each split; a split without a source takes batches of `train`.

    `steps` is how many batches make an epoch of `train` and of `validation`.
    """
    wanted = {"validation": shares.validation, "test": shares.test}
    cut = {name: share for name, share in wanted.items() if share and name not in sources}
    train = sources["train"]
    if "validation" in cut and steps.get("train") and not _is_known_to_end(train):
        raise DataError(
            "the length of the train stream is unknown, so no batches of it can be kept for "
            "validation: give a validation stream"
        )
    if "validation" in sources and not _may_share(train, steps):
        cut.pop("test", None)
    parts = parts_of(cut)
    found: dict[SplitName, StreamSplit] = {}
    for name in ("train", "validation", "test"):
        if name in sources:
            part = parts["train"] if name == "train" else WHOLE
            found[name] = StreamSplit(name, sources[name], steps.get(name), part)
        elif name in cut:
            found[name] = StreamSplit(name, sources["train"], None, parts[name])
    return found


def with_counts(sources: Sources, steps: Steps) -> dict[SplitName, Source]:
    """Count the batches of the sources whose number of batches is unknown.

    Raises DataError where a pass does not seem to end.
    """
    return {
        name: source if steps.get(name) is not None else _counted(source, name)
        for name, source in sources.items()
    }


def _counted(source: Source, name: SplitName) -> Source:
    if not isinstance(source, (Generating, TfDataset)) or source.count(WHOLE) is not None:
        return source
    try:
        return source.counted(name)
    except DataError:
        raise
    except Exception as error:  # of the user's function
        raise DataError(raised(name, error)) from error


def counts_of(streams: Streams) -> dict[SplitName, int | None]:
    """The numbers of batches that `with_counts` found, so that another process need not count."""
    return {
        name: getattr(stream.source, "known", None)
        for name, stream in streams.items()
        if stream.part is WHOLE or name == "train"
    }


def with_known_counts(
    sources: Sources, counts: Mapping[SplitName, int | None]
) -> dict[SplitName, Source]:
    """The sources, with the numbers of batches that `counts_of` returned."""
    return {
        name: replace(source, known=counts.get(name))
        if isinstance(source, (Generating, TfDataset))
        else source
        for name, source in sources.items()
    }


def _is_known_to_end(source: Source) -> bool:
    count = source.count(WHOLE)
    return count is not None and math.isfinite(count)


def _may_share(source: Source, steps: Steps) -> bool:
    """Whether each epoch reads the stream from its beginning, so that another split may keep
    batches."""
    return source.rewinds and steps.get("train") is None


def parts_of(cut: Mapping[str, float]) -> dict[str, Part]:
    """Distribute the batches of a cycle evenly over `train` and the splits taken from it.

    With a share of 0.2 for each of two splits, a cycle has 5 batches, 3 of them for training.
    """
    exact = {name: Fraction(share).limit_denominator(CLOSEST) for name, share in cut.items()}
    shares = {"train": 1 - sum(exact.values()), **exact}
    cycle = int(np.lcm.reduce([share.denominator for share in shares.values()]))
    places: dict[str, list[int]] = {name: [] for name in shares}
    owed = dict.fromkeys(shares, Fraction(0))
    for place in range(cycle):
        owed = {name: owed[name] + share for name, share in shares.items()}
        next_ = max(owed, key=lambda name: owed[name])
        owed[next_] -= 1
        places[next_].append(place)
    return {name: Part(cycle, tuple(found)) for name, found in places.items()}
