"""Makes a Dataset of raw data; only training rows decide about encodings and scales."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from tuneit.data.dataset import Array, Dataset, Features, Fold, Split, Task, take
from tuneit.data.extreme_values import find_extremes
from tuneit.data.features import as_features, count_rows, is_table
from tuneit.data.folds import (
    cut_groups,
    cut_in_time,
    folds_at_random,
    folds_in_time,
    folds_of_groups,
)
from tuneit.data.raw import RawData, RawSplit, SplitName
from tuneit.data.scale import Scaling, fit_scaler
from tuneit.data.split import cut
from tuneit.data.table_splits import encode_tables, prune_tables
from tuneit.data.target import Targets, read_targets
from tuneit.data.task import AskModel, no_model
from tuneit.data.weights import ClassWeight, as_class_weight, as_weights, row_weights
from tuneit.errors import DataError
from tuneit.study import Split as Shares


def prepare(
    raw: RawData,
    *,
    task: Task | None,
    shares: Shares,
    scale: Scaling,
    one_hot: bool,
    seed: int,
    folds: int = 0,
    in_time: bool = False,
    class_weight: ClassWeight | None = None,
    positive: object = None,
    ask: AskModel = no_model,
) -> Dataset:
    """Check, split, encode and scale.

    Splits that `raw` has are kept; missing ones are cut from its training rows, as `shares` of
    these, and from their end with `in_time`. Categories, fill values, scales and balanced class
    weights are learnt from the training split alone; with `folds` (how many) from all rows but the
    test's, so that all folds share one encoding and one test split. `positive` and `ask` are as in
    `read_targets`. `task` overrules the source's, and that overrules the inferred one.

    Raises DataError for the first thing that is wrong.
    """
    _require_matching_rows(raw)
    if folds and "validation" in raw.splits:
        raise DataError(
            f"'{raw.name}' comes with a validation split, which folds replace: remove `folds`, or "
            "leave its rows among the training rows"
        )
    raw, notes = prune_tables(raw)
    given = {name: split.y for name, split in raw.splits.items()}
    targets = read_targets(given, task or raw.task, one_hot, raw.class_names, positive, ask)
    parts = {
        name: Part(_plain(split.x, name, raw), targets.values[name], _weight(split, name))
        for name, split in raw.splits.items()
    }
    wanted: dict[SplitName, float] = {"test": shares.test} if shares.test else {}
    if not folds:
        wanted["validation"] = shares.validation
    parts, groups = _cut(parts, targets, wanted, shares.stratify, seed, in_time, raw.groups)
    _require_classes(parts["train"].y, targets)
    features, names, more = encode_tables({name: part.x for name, part in parts.items()}, raw)
    _require_one_shape(features)
    unscaled = features["train"]
    scaler = fit_scaler(unscaled, scale)
    if scaler is not None:
        features = {name: scaler.apply(x) for name, x in features.items()}
        # Look for extreme values now: after minmax scaling all others would be close together.
        more = (
            *more,
            *_extremes(unscaled, names),
            f"features are scaled ({scale}), fitted on "
            + ("all rows but the test's" if folds else "the training split alone"),
        )
    splits = {
        name: Split(features[name], part.y, part.weight, targets.codes)
        for name, part in parts.items()
    }
    train = splits["train"]
    rows: tuple[Fold, ...] = ()
    if folds:
        rows, how = _folds(train, targets, folds, shares.stratify, seed, in_time, groups)
        more = (*more, f"each trial trains on {folds} folds, {how}; row counts are the first one's")
        validation = train.take(rows[0][1])
    else:
        validation = splits["validation"]
    by_class = _class_weight(
        raw.class_weight if class_weight is None else class_weight, train, targets
    )
    for index, (kept, _) in enumerate(rows or ((np.arange(len(train)), None),)):
        _require_weight(train.take(kept), by_class, f" of fold {index + 1}" if rows else "")
    return Dataset(
        name=raw.name,
        task=targets.task,
        train=train.take(rows[0][0]) if rows else train,
        validation=validation,
        development=train if rows else None,
        folds=rows,
        test=splits.get("test") or train.take(np.arange(0)),
        class_names=targets.class_names,
        feature_names=names,
        notes=(*raw.notes, *notes, *targets.notes, *more),
        scaler=scaler,
        class_weight=by_class,
    )


def _require_matching_rows(raw: RawData) -> None:
    for name, split in raw.splits.items():
        n_x = count_rows(split.x, f"x of the {name} split")
        n_y = count_rows(split.y, f"y of the {name} split")
        if n_x == 0 or n_y == 0:
            raise DataError(f"the {name} split of '{raw.name}' has no rows")
        if n_x != n_y:
            raise DataError(
                f"x and y must have as many rows, but in the {name} split x has {n_x} and y {n_y}"
            )
        if split.weight is None:
            continue
        n_w = count_rows(split.weight, f"the weights of the {name} split")
        if n_w != n_y:
            raise DataError(
                f"weights must be one a row, but the {name} split has {n_y} rows and {n_w} weights"
            )


class Part(NamedTuple):
    """Features, not yet encoded where they are a table, with encoded targets and weights."""

    x: Any
    y: Array
    weight: Array | None

    def take(self, rows: Array) -> Part:
        """The given rows, in the given order."""
        weight = None if self.weight is None else self.weight[rows]
        return Part(_take(self.x, rows), self.y[rows], weight)


def _weight(split: RawSplit, name: SplitName) -> Array | None:
    return None if split.weight is None else as_weights(split.weight, f"the {name} split")


def _cut(
    parts: dict[SplitName, Part],
    targets: Targets,
    wanted: dict[SplitName, float],
    stratify: bool,
    seed: int,
    in_time: bool,
    groups: Array | None,
) -> tuple[dict[SplitName, Part], Array | None]:
    """Cut missing splits from the training rows; return them, and the training rows' groups."""
    wanted = {name: share for name, share in wanted.items() if name not in parts}
    if not wanted:
        return parts, groups
    train, y = parts["train"], parts["train"].y
    if in_time:
        rows = cut_in_time(len(y), wanted)
    elif groups is not None:
        rows = cut_groups(groups, wanted, seed)
    else:
        labels = _labels(y, targets) if stratify else None
        rows = cut(len(y), wanted, labels=labels, class_names=targets.class_names, seed=seed)
    left = None if groups is None else groups[rows["train"]]
    return parts | {name: train.take(index) for name, index in rows.items()}, left


def _labels(y: Array, targets: Targets) -> Array | None:
    """Class indices of shape (rows,); None where there are no classes."""
    return Split(y, y, codes=targets.codes).labels() if targets.task == "classification" else None


def _folds(
    train: Split,
    targets: Targets,
    k: int,
    stratify: bool,
    seed: int,
    in_time: bool,
    groups: Array | None,
) -> tuple[tuple[Fold, ...], str]:
    """The folds, and words for how they were made."""
    if in_time:
        return folds_in_time(len(train), k), "in order of time"
    if groups is not None:
        return folds_of_groups(groups, k, seed), "whole groups each"
    labels = _labels(train.y, targets) if stratify else None
    how = "at random" if labels is None else "stratified by class"
    return folds_at_random(len(train), k, seed, labels), how


def _take(x: Any, rows: Array) -> Any:
    if is_table(x):
        return x.iloc[rows]
    return take(x, rows)


def _plain(x: Any, name: SplitName, raw: RawData) -> Any:
    """Arrays as float32; tables unchanged, since their encoding is learnt after splitting."""
    return x if is_table(x) else as_features(x, f"x of the {name} split", raw.feature_names)


def _require_classes(y: Array, targets: Targets) -> None:
    labels = _labels(y, targets)
    if labels is not None and len(present := np.unique(labels)) < 2:
        raise DataError(
            "classification needs at least two classes in the training split, but it has only "
            f"'{targets.class_names[int(present[0])]}'"
        )


def _class_weight(
    asked: ClassWeight | None, train: Split, targets: Targets
) -> tuple[float, ...] | None:
    if asked is None:
        return None
    if targets.task != "classification":
        raise DataError(
            "'class_weight' is for classification, but this is regression: remove it, or say that "
            "the task is classification (`task`)"
        )
    return as_class_weight(asked, targets.class_names, train.labels())


def _require_weight(train: Split, class_weight: tuple[float, ...] | None, which: str) -> None:
    weights = row_weights(train, class_weight)
    if weights is not None and not weights.any():
        raise DataError(
            f"training rows must not all weigh 0, but the {len(train)}{which} do: let more of the "
            "rows count, or choose another seed"
        )


def _require_one_shape(features: dict[SplitName, Features]) -> None:
    shapes = {name: _row_shape(x) for name, x in features.items()}
    if any(shape != shapes["train"] for shape in shapes.values()):
        listed = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise DataError(f"rows of all splits must have one shape, but have {listed}")


def _extremes(x: Features, names: tuple[str, ...]) -> tuple[str, ...]:
    if isinstance(x, dict) or x.ndim != 2:
        return ()
    return tuple(
        extreme.sentence(names[extreme.feature] if names else str(extreme.feature))
        for extreme in find_extremes(x)
    )


def _row_shape(x: Features) -> Any:
    return {k: v.shape[1:] for k, v in x.items()} if isinstance(x, dict) else x.shape[1:]
