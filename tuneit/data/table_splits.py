"""Prepare tables in several splits: drop unusable columns and rows, and encode the features."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from tuneit.data.dataset import Array, Nested
from tuneit.data.features import as_features, is_table
from tuneit.data.finite import is_missing
from tuneit.data.nested import arrays_of, has_targets, map_arrays, take
from tuneit.data.raw import RawData, RawSplit, SplitName
from tuneit.data.table import (
    Encoders,
    TableEncoder,
    WholeColumn,
    fit_table,
    fit_whole,
    prune_table,
)
from tuneit.errors import DataError
from tuneit.errors.wording import counted


def prune_tables(raw: RawData) -> tuple[RawData, tuple[str, ...]]:
    """Drop identifier columns from tables, and rows with missing values where `missing` says so."""
    notes: tuple[str, ...] = ()
    if not is_table(raw.train.x):
        return raw, notes
    pruned: dict[SplitName, RawSplit] = {}
    columns: Any = None
    keys = {"groups": raw.groups, "times": raw.times}  # of the training rows
    for name, split in raw.splits.items():
        if not is_table(split.x):
            raise DataError(f"x is a table in the training split, so it must be in the {name} one")
        table = split.x.reset_index(drop=True)
        target, weight = split.y, None if split.weight is None else np.asarray(split.weight)
        target = map_arrays(np.asarray, target)
        if raw.missing != "refuse" and has_targets(target):
            known = np.all([_known(y) for y in arrays_of(target)], axis=0)
            if not known.any():
                raise DataError(f"the target is missing in every row of the {name} split")
            if not known.all():
                notes += (f"{counted(int((~known).sum()), 'row')} without a target: dropped",)
            table, target = table[known].reset_index(drop=True), take(target, known)
            weight = None if weight is None else weight[known]
            keys = _kept(keys, known, name)
        if columns is not None:
            absent = [c for c in columns if c not in table.columns]
            if absent:
                raise DataError(
                    f"all splits must have the same columns, but {name} has no '{absent[0]}'"
                )
            table = table[columns]
        table.columns = [str(c) for c in table.columns]
        table, said = prune_table(table, raw.missing, raw.inputs_as_they_are.values())
        columns = list(table.columns) if columns is None else columns
        notes += said
        kept = table.index.to_numpy()
        weight = None if weight is None else weight[kept]
        pruned[name] = RawSplit(table, take(target, kept), weight)
        keys = _kept(keys, kept, name)
    return replace(raw, splits=pruned, **keys), notes


def _kept(keys: dict[str, Any], rows: Any, name: SplitName) -> dict[str, Any]:
    """Groups and times of the training rows that are left."""
    if name != "train":
        return keys
    return {key: None if values is None else values[rows] for key, values in keys.items()}


def _known(y: Array) -> Array:
    """Whether each row has all of its targets."""
    rows = [row if isinstance(row, list) else [row] for row in y.tolist()]
    return np.array([not any(map(is_missing, row)) for row in rows])


def encode_tables(
    parts: dict[SplitName, Any], raw: RawData
) -> tuple[dict[SplitName, Nested], tuple[str, ...], tuple[str, ...], Encoders]:
    """Return features by split, their names (of a single float32 array), notes, and encoders.

    The encoders are by the input's name, "" of the only one; there are none for arrays.
    """
    train = parts["train"]
    if not is_table(train):
        return parts, raw.feature_names, (), {}
    layout: Mapping[str, Any] = raw.inputs if isinstance(raw.inputs, dict) else {"": raw.inputs}
    encoders = {name: _fitted(train, columns, name, raw) for name, columns in layout.items()}
    alone = encoders.get("")
    names = alone.feature_names if isinstance(alone, TableEncoder) else ()
    features: dict[SplitName, Nested] = {}
    for split, x in parts.items():
        where = f"x of the {split} split"
        encoded = {name: encoder.encode(x) for name, encoder in encoders.items()}
        features[split] = as_features(encoded.get("", encoded), where, names)
    tables = [encoder for encoder in encoders.values() if isinstance(encoder, TableEncoder)]
    notes = [
        note for encoder in tables for name, x in parts.items() for note in encoder.notes(x, name)
    ]
    if raw.missing not in ("refuse", "drop"):
        filled = sum(int(x.isna().sum().sum()) for x in parts.values())
        if filled:
            notes.append(
                f"{filled} missing values are imputed ({raw.missing}; text by the most frequent), "
                "fitted on the training split alone"
            )
    return features, names, tuple(notes), encoders


def _fitted(train: Any, columns: Any, name: str, raw: RawData) -> TableEncoder | WholeColumn:
    """Learn how an input is made of its columns; those that were left out are no longer there."""
    if isinstance(columns, str):
        return fit_whole(train[columns], columns, raw.missing)
    kept = [column for column in columns or train.columns if column in train.columns]
    if not kept:
        raise DataError(
            f"no column of the input '{name}' is left: name others, or a column of texts alone "
            f"({name}: {columns[0]}), which then stays as it is"
        )
    return fit_table(train[kept], raw.missing)
