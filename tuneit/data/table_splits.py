"""Tables in several splits: unusable columns and rows dropped, then encoded as features."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from tuneit.data.dataset import Nested
from tuneit.data.features import as_features, is_table
from tuneit.data.finite import is_missing
from tuneit.data.nested import map_arrays, take
from tuneit.data.raw import RawData, RawSplit, SplitName
from tuneit.data.table import fit_table, prune_table
from tuneit.errors import DataError


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
        if raw.missing == "drop":
            known = np.array([not is_missing(v) for v in np.asarray(target).tolist()])
            if not known.any():
                raise DataError(f"the target is missing in every row of the {name} split")
            if not known.all():
                notes += (f"{int((~known).sum())} rows without a target are dropped",)
            table, target = table[known].reset_index(drop=True), np.asarray(target)[known]
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
        table, said = prune_table(table, raw.missing)
        columns = list(table.columns) if columns is None else columns
        notes += said
        kept = table.index.to_numpy()
        weight = None if weight is None else weight[kept]
        target = take(map_arrays(np.asarray, target), kept)
        pruned[name] = RawSplit(table, target, weight)
        keys = _kept(keys, kept, name)
    return replace(raw, splits=pruned, **keys), notes


def _kept(keys: dict[str, Any], rows: Any, name: SplitName) -> dict[str, Any]:
    """Groups and times of the training rows that are left."""
    if name != "train":
        return keys
    return {key: None if values is None else values[rows] for key, values in keys.items()}


def encode_tables(
    parts: dict[SplitName, Any], raw: RawData
) -> tuple[dict[SplitName, Nested], tuple[str, ...], tuple[str, ...]]:
    """Return float32 features by split, their names, and notes."""
    if not is_table(parts["train"]):
        return parts, raw.feature_names, ()
    encoder = fit_table(parts["train"], raw.missing)
    names = encoder.feature_names
    features = {
        name: as_features(encoder.encode(x), f"x of the {name} split", names)
        for name, x in parts.items()
    }
    notes = [note for name, x in parts.items() for note in encoder.notes(x, name)]
    if raw.missing not in ("refuse", "drop"):
        filled = sum(int(x.isna().sum().sum()) for x in parts.values())
        if filled:
            notes.append(
                f"{filled} missing values are imputed ({raw.missing}; text by the most frequent), "
                "fitted on the training split alone"
            )
    return features, names, tuple(notes)
