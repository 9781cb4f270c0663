"""Make a Dataset from raw data; encodings and scales are fitted on training rows only."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from tuneit.data.dataset import Dataset, Fold, Nested, Split, Task
from tuneit.data.extreme_values import find_extremes
from tuneit.data.features import as_features, is_table
from tuneit.data.few_rows import MANY, few_kept, none_kept
from tuneit.data.matching import matched, require_no_validation
from tuneit.data.nested import arrays_of, as_nested, is_text, map_arrays, named, row_shapes
from tuneit.data.output import Output
from tuneit.data.outputs import AllTargets, arranged, read_outputs, task_of
from tuneit.data.raw import RawData, RawSplit, SplitName
from tuneit.data.scale import Scaling, fit_scaler
from tuneit.data.splitter import Part, Splitter, labels_of
from tuneit.data.table_splits import encode_tables, prune_tables
from tuneit.data.target_scale import TargetScaling, fit_targets, scaled_targets
from tuneit.data.task import AskHeads
from tuneit.data.weights import ClassWeight, as_weights, row_weights, with_class_weights
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
    ask: AskHeads = tuple,
    scale_target: TargetScaling = "none",
) -> Dataset:
    """Check, split, encode and scale.

    Splits that `raw` gives are kept; the missing ones are cut from its training rows, as shares
    of these: where it has times, or rows come `in_time`, from their end. Categories, fill values
    and scales are learnt from the training split alone; with `folds` (how many) from all rows but
    the test's, so that there is one test split for whichever fold's model is the best. Balanced
    class weights are those of the same rows. Targets are those of `read_outputs`, which has
    `positive` and `ask`, too; `task` goes before what the source says, and that before what is
    inferred. Splits are stratified where the only output has a class for each row; otherwise they
    are random.

    Raises DataError for the first thing that is wrong.
    """
    raw, said = matched(raw, in_time)
    if folds:
        require_no_validation(raw)
    raw, notes = prune_tables(raw)
    notes = (*said, *notes)
    given = {name: split.y for name, split in raw.splits.items()}
    task = task or (None if isinstance(raw.train.y, (dict, tuple)) else raw.task)
    if task is None and _reproduces(raw.train):
        task = "regression"
        notes = (*notes, "task inferred: regression, as the targets are the inputs themselves")
    targets = read_outputs(given, task, one_hot, raw.class_names, positive, ask, raw.labels)
    parts = {
        name: Part(
            _plain(split.x, name, raw),
            targets.values[name],
            _weight(split, name, targets),
        )
        for name, split in raw.splits.items()
    }
    outputs = targets.outputs
    label = outputs[0] if len(outputs) == 1 and outputs[0].has_label_a_row else None
    in_time = in_time or raw.times is not None
    by_chance = not in_time and raw.groups is None
    if label is None and shares.stratify and by_chance and (folds or len(parts) < 3):
        notes += _unstratified(outputs)
    wanted: dict[SplitName, float] = {"test": shares.test} if shares.test else {}
    if not folds:
        wanted["validation"] = shares.validation
    if raw.times is not None:
        order = np.argsort(raw.times, kind="stable")
        parts["train"] = parts["train"].take(order)
        raw = replace(raw, times=raw.times[order])
    splitter = Splitter(seed, label if shares.stratify else None, raw.groups, in_time, raw.times)
    parts, splitter, said = _cut(splitter, parts, wanted, "test" in shares.model_fields_set)
    notes += (*splitter.note(parts, set(raw.splits), bool(folds)), *said)
    if not raw.labels:  # of a sample, a class may be among the other rows
        _require_classes(parts["train"].y, label)
    features, names, more, encoders = encode_tables(
        {name: part.x for name, part in parts.items()}, raw
    )
    _require_one_shape(features)
    unscaled = features["train"]
    outputs = _with_copies(outputs, unscaled, parts["train"].y)
    whole = raw.inputs_as_they_are
    scaler = fit_scaler(unscaled, scale, whole)
    if scaler is not None:
        features = {name: scaler.apply(x) for name, x in features.items()}
        # Look for extreme values now: after minmax scaling all others would be close together.
        more = (
            *more,
            *_extremes(unscaled, names),
            f"features are scaled ({scale}), fitted on "
            + ("all rows but the test's" if folds else "the training split alone")
            + (
                f"; columns named alone stay as they are: {', '.join(whole.values())}"
                if whole
                else ""
            ),
        )
    target_scaler, said_of_targets = fit_targets(parts["train"].y, outputs, scale_target)
    more = (*more, *filter(None, [said_of_targets]))
    splits = {
        name: Split(features[name], scaled_targets(target_scaler, part.y, outputs), part.weight)
        for name, part in parts.items()
    }
    train = splits["train"]
    rows: tuple[Fold, ...] = ()
    if folds:
        rows, how = splitter.folds(train, folds)
        more = (*more, f"each trial trains on {folds} folds, {how}; row counts are the first one's")
        validation = train.take(rows[0][1])
    else:
        validation = splits["validation"]
    dataset = Dataset(
        name=raw.name,
        task=task_of(outputs),
        train=train.take(rows[0][0]) if rows else train,
        validation=validation,
        development=train if rows else None,
        folds=rows,
        test=splits.get("test") or train.take(np.arange(0)),
        outputs=outputs,
        feature_names=names,
        notes=(*raw.notes, *notes, *targets.notes, *more),
        scaler=scaler,
        encoders=encoders,
        target_scaler=target_scaler,
        split_by="time" if in_time else "chance" if raw.groups is None else "groups",
    )
    return _weighted(dataset, raw.class_weight if class_weight is None else class_weight)


def _cut(
    splitter: Splitter,
    parts: dict[SplitName, Part],
    wanted: dict[SplitName, float],
    asks_for_test: bool,
) -> tuple[dict[SplitName, Part], Splitter, tuple[str, ...]]:
    """Cut splits, and say what became of test rows where only the default asks for them."""
    rows = len(parts["train"])
    if asks_for_test or "test" in parts or "test" not in wanted:
        return *splitter.cut(parts, wanted), ()
    try:
        found, rest = splitter.cut(parts, wanted)
        return found, rest, few_kept(len(found["test"]), rows)
    except DataError:
        if rows >= MANY:  # then a class or group is too small, which its owner shall know
            raise
        without: dict[SplitName, float] = {n: s for n, s in wanted.items() if n != "test"}
        return *splitter.cut(parts, without), (none_kept(rows),)


def _reproduces(split: RawSplit) -> bool:
    """Whether the targets are the inputs themselves: an autoencoder's, be they zeros and ones."""
    x, y = split.x, split.y
    if not isinstance(x, np.ndarray) or not isinstance(y, np.ndarray) or x.shape != y.shape:
        return False
    return y.ndim > 1 and y.shape[1:] != (1,) and bool(np.array_equal(x, y))


def _with_copies(outputs: tuple[Output, ...], x: Nested, targets: Nested) -> tuple[Output, ...]:
    """Mark the outputs whose targets are the only input itself."""
    if not isinstance(x, np.ndarray) or is_text(x):
        return outputs

    def is_copy(output: Output) -> bool:
        y = output.of(targets)
        return y.shape == x.shape and bool(np.array_equal(y.astype(x.dtype), x))

    return tuple(replace(output, is_copy_of_input=is_copy(output)) for output in outputs)


def _unstratified(outputs: tuple[Output, ...]) -> tuple[str, ...]:
    """Say why rows are split at random although classes are there to stratify by."""
    if all(output.task == "regression" for output in outputs):
        return ()
    why = "there are several outputs" if len(outputs) > 1 else "a row is not of one class alone"
    return (f"rows are split at random, not stratified, as {why}",)


def _weight(split: RawSplit, name: SplitName, targets: AllTargets) -> Nested | None:
    """The weights of a split's rows; of several outputs in the targets' form, as Keras wants."""
    if split.weight is None:
        return None
    where = f"the {name} split"
    given = as_nested(split.weight, split.y)
    outputs = targets.outputs
    several = isinstance(given, (dict, tuple))
    each = targets.of_each(given, where) if several else [given] * len(outputs)
    weights = []
    for output, array in zip(outputs, each, strict=True):
        which = where if len(outputs) == 1 else f"output '{output.name}' of {where}"
        weights.append(as_weights(array, which, output.loss_axes))
    return weights[0] if outputs[0].key is None else arranged(weights, outputs)


def _plain(x: Any, name: SplitName, raw: RawData) -> Any:
    """Arrays as they are trained on; a table's encoding is learnt from training rows later."""
    return x if is_table(x) else as_features(x, f"x of the {name} split", raw.feature_names)


def _require_classes(y: Nested, output: Output | None) -> None:
    labels = labels_of(y, output)
    if labels is None or output is None:
        return
    if len(present := np.unique(labels)) < 2:
        raise DataError(
            "classification needs at least two classes in the training split, but it has only "
            f"'{output.class_names[int(present[0])]}': choose another target, or add rows of other "
            "classes"
        )


def _weighted(dataset: Dataset, asked: ClassWeight | None) -> Dataset:
    """Give the dataset the class weights that are asked for, and see that rows count.

    With folds they are those of the rows of all.
    """
    whole = dataset if dataset.development is None else replace(dataset, train=dataset.development)
    whole = with_class_weights(whole, asked)
    of_folds = [rows for rows, _ in dataset.folds]
    for index, rows in enumerate(of_folds or [np.arange(len(whole.train))]):
        found = row_weights(whole.train.take(rows), whole.class_weights, whole.outputs)
        if found is not None and not any(array.any() for array in arrays_of(found)):
            which = f" of fold {index + 1}" if of_folds else ""
            raise DataError(
                f"training rows must not all weigh 0, but the {len(rows)}{which} do: let more of "
                "the rows count, or choose another seed"
            )
    return replace(dataset, class_weight=whole.class_weight)


def _require_one_shape(features: dict[SplitName, Nested]) -> None:
    kinds = {
        name: map_arrays(lambda a: "texts" if is_text(a) else "numbers", x)
        for name, x in features.items()
    }
    for name, kind in kinds.items():
        if kind != kinds["train"]:
            raise DataError(
                f"inputs of all splits must be alike, but train holds {_said(kinds['train'])} and "
                f"{name} {_said(kind)}"
            )
    shapes = {name: row_shapes(x) for name, x in features.items()}
    if any(shape != shapes["train"] for shape in shapes.values()):
        listed = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise DataError(f"rows of all splits must have one shape, but have {listed}")


def _said(kinds: Any) -> str:
    """`texts`, or what each of several inputs holds."""
    return kinds if isinstance(kinds, str) else ", ".join(f"{n}: {k}" for n, k in named(kinds))


def _extremes(x: Nested, names: tuple[str, ...]) -> tuple[str, ...]:
    if not isinstance(x, np.ndarray) or x.ndim != 2 or is_text(x):
        return ()
    return tuple(
        extreme.sentence(names[extreme.feature] if names else str(extreme.feature))
        for extreme in find_extremes(x)
    )
