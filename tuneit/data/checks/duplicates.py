"""Find rows that occur more than once, within a split and across splits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tuneit.data.checks.sample import flat
from tuneit.data.dataset import Array, Dataset
from tuneit.findings import Finding, Severity

SHARE = 0.01
"""One row in a hundred of an evaluation split repeats a training row: then memorising brings a
point of accuracy, which commonly decides a search. (CIFAR-10's known near-duplicates are 3.3 %
of its test images; Barz & Denzler 2020, J. Imaging 6:41.)"""

FEWEST = 5
"""Fewer repeated rows may be a coincidence: measurements with one decimal sometimes agree (iris has
two such rows)."""

CHANCE = 3.0
"""There must be this many times as many repeats as with independently shuffled columns, because
coarse features, such as a few categories, repeat by chance."""

WITHIN_SHARE = 0.05
"""Share of repeated training rows that is worth mentioning."""

MOST_BYTES = 200_000_000
"""In larger data only every k-th feature is compared, which is enough for equal pictures."""


def check_duplicates(dataset: Dataset) -> tuple[Finding, ...]:
    """Find exact copies of training rows in validation and test, and within training."""
    hashes, chance = _hashes(dataset)
    return (*_across(hashes, chance, dataset), *_within(hashes["train"], chance["train"]))


def _across(
    hashes: dict[str, NDArray[np.int64]], chance: dict[str, NDArray[np.int64]], dataset: Dataset
) -> tuple[Finding, ...]:
    """Count rows of validation and test that equal a training row, and those that chance makes."""
    findings = []
    for name in [name for name in dataset.splits if name != "train"]:
        found = int(np.isin(hashes[name], hashes["train"]).sum())
        expected = int(np.isin(chance[name], chance["train"]).sum())
        rows = len(hashes[name])
        share = found / rows
        if found < FEWEST or share < SHARE or found < CHANCE * expected:
            continue
        severity = Severity.CRITICAL if share >= 10 * SHARE else Severity.WARNING
        findings.append(
            Finding(
                "duplicates_across_splits",
                severity,
                0.95,
                f"{found} of {rows} {name} rows ({share:.1%}) are copies of training rows, so the "
                f"{name} score rewards memory: remove duplicates before splitting, or keep copies "
                "in one split",
                {"split": name, "count": found, "rows": rows, "share": round(share, 4)},
            )
        )
    return tuple(findings)


def _within(hashes: NDArray[np.int64], chance: NDArray[np.int64]) -> tuple[Finding, ...]:
    """Count training rows that equal an earlier one, and those that chance makes."""
    repeated = len(hashes) - len(np.unique(hashes))
    expected = len(chance) - len(np.unique(chance))
    share = repeated / len(hashes)
    if repeated < FEWEST or share < WITHIN_SHARE or repeated < CHANCE * expected:
        return ()
    summary = (
        f"{repeated} of {len(hashes)} training rows ({share:.1%}) repeat an earlier one: they "
        "weigh more than others in training; drop them unless they are separate observations"
    )
    evidence = {"count": repeated, "rows": len(hashes), "share": round(share, 4)}
    return (Finding("duplicate_rows", Severity.INFO, 0.9, summary, evidence),)


def _hashes(
    dataset: Dataset,
) -> tuple[dict[str, NDArray[np.int64]], dict[str, NDArray[np.int64]]]:
    """Hashes of all rows by split, and those of a table with each column shuffled."""
    parts = {name: flat(split.x) for name, split in dataset.splits.items()}
    size = sum(array.nbytes for array in parts.values())
    stride = -(-size // MOST_BYTES)
    parts = {name: array[:, ::stride] for name, array in parts.items()}
    rows = {name: _hash(array) for name, array in parts.items()}
    if next(iter(parts.values())).shape[1] > 100:
        # With this many independent columns rows never agree by chance.
        none = {name: np.arange(len(h)) + i * 10**12 for i, (name, h) in enumerate(rows.items())}
        return rows, none
    rng = np.random.default_rng(0)
    shuffled = rng.permuted(np.concatenate(list(parts.values())), axis=0)
    ends = np.cumsum([len(array) for array in parts.values()])[:-1]
    chance = dict(zip(parts, np.split(_hash(shuffled), ends), strict=True))
    return rows, chance


def _hash(rows: Array) -> NDArray[np.int64]:
    # 64-bit hashes of the bytes; adding 0.0 makes the two zeros one.
    plain = np.ascontiguousarray(rows + np.float32(0.0))
    return np.fromiter((hash(row.tobytes()) for row in plain), dtype=np.int64, count=len(plain))
