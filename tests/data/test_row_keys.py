"""Splits by group and by time: which rows stay together, and which come first."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tuneit.data.dataset import Dataset
from tuneit.data.load import as_dataset, dataset_from_arrays, read_data
from tuneit.data.row_keys import as_groups, as_moments
from tuneit.errors import DataError
from tuneit.study import CsvData, NpzData, PythonData
from tuneit.study.data import _Data

ROWS = 60
X = np.arange(ROWS, dtype=np.float32)[:, None]
Y = np.arange(ROWS) % 2
GROUPS = np.repeat(np.arange(12), 5)
TIMES = np.random.default_rng(0).permutation(np.repeat(np.arange(20), 3))


def _rows(data: Dataset) -> dict[str, list[int]]:
    return {name: np.ravel(split.x).astype(int).tolist() for name, split in data.splits.items()}


def _load(spec: _Data, folder: Path) -> Dataset:
    return as_dataset(read_data(spec, folder, 0), spec, 0)  # type: ignore[arg-type]


def _require_in_time(data: Dataset) -> None:
    times = {name: TIMES[rows] for name, rows in _rows(data).items()}
    assert times["train"].max() < times["validation"].min()
    assert times["validation"].max() < times["test"].min()
    assert any("rows are split in order of time" in note for note in data.notes)


def _require_whole_groups(data: Dataset) -> None:
    groups = [set(GROUPS[rows].tolist()) for rows in _rows(data).values()]
    assert len(set.union(*groups)) == sum(map(len, groups)) == 12
    assert any("no group is in two" in note for note in data.notes)


def test_arrays_are_split_by_time_and_by_group() -> None:
    _require_in_time(dataset_from_arrays(X, Y, times=TIMES))
    _require_whole_groups(dataset_from_arrays(X, Y, groups=[f"p{g}" for g in GROUPS]))


def test_rows_of_one_time_stay_in_one_split_or_fold() -> None:
    data = dataset_from_arrays(X, Y, times=np.repeat([0, 1, 2, 3], [20, 20, 4, 16]), folds=2)
    assert _rows(data)["test"] == list(range(44, 60))
    assert [len(train) for train, _ in data.folds] == [20, 40]
    with pytest.raises(DataError, match="3 parts in order of time need as many different times"):
        dataset_from_arrays(X, Y, times=np.repeat([0, 1], 30))


@pytest.mark.parametrize("source", ["csv", "npz", "npz in parts", "python"])
def test_sources_name_groups_and_times(tmp_path: Path, source: str) -> None:
    days = np.datetime64("2024-01-01") + TIMES.astype("timedelta64[D]")
    if source == "csv":
        lines = [f"{i},{GROUPS[i]},{days[i]},{Y[i]}" for i in range(ROWS)]
        (tmp_path / "t.csv").write_text("\n".join(["a,who,day,y", *lines]) + "\n")
        spec: Any = CsvData(source="csv", path="t.csv", target="y", drop=("day", "who"))
        known = {"groups": "who", "times": "day"}
    elif source == "python":
        spec = PythonData(source="python", function="load.py:load")
        known = {"groups": "groups", "times": "times"}
    else:
        end = "_train" if source == "npz in parts" else ""
        arrays = {"x": X, "y": Y, "who": GROUPS, "day": days}
        np.savez(tmp_path / "t.npz", **{f"{name}{end}": array for name, array in arrays.items()})
        spec = NpzData(source="npz", path="t.npz")
        known = {"groups": "who", "times": "day"}
    for role, check in (("groups", _require_whole_groups), ("times", _require_in_time)):
        if source == "python":
            (tmp_path / "load.py").write_text(
                "import numpy as np\nrows = np.arange(60.)\n"
                f"def load(): return dict(x=rows, y=rows % 2 > 0, {role}="
                f"np.array({(GROUPS if role == 'groups' else TIMES).tolist()}))\n"
            )
        else:
            spec = spec.model_copy(update={"groups": None, "times": None, role: known[role]})
        check(_load(spec, tmp_path))


def test_groups_that_decide_nothing_are_noted() -> None:
    data = dataset_from_arrays(X, Y, validation=(X, Y), test=(X, Y), groups=GROUPS)
    assert any("groups change nothing" in note for note in data.notes)


def test_times_may_be_dates_of_many_kinds() -> None:
    zone = datetime(2024, 1, 2, tzinfo=UTC)
    assert as_moments([date(2024, 1, 3), zone, datetime(2023, 1, 1)], 3).tolist() == [2, 1, 0]
    assert as_moments(["2024-05", "2024-04-30T12:00", "2024-04-30"], 3).tolist() == [2, 1, 0]
    assert as_moments(np.array([3, 1.5, 3]), 3).tolist() == [1, 0, 1]


def test_a_row_without_a_group_is_a_group_of_its_own() -> None:
    groups, notes = as_groups(np.array(["a", None, "a", float("nan")], dtype=object), 4)
    assert len(set(groups.tolist())) == 3
    assert notes == ("2 rows without a group count as groups of their own",)


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"groups": GROUPS[:50]}, "the training split has 60 rows and there are 50 groups"),
        ({"groups": np.zeros((60, 2))}, r"groups must be one value a row, but have the shape"),
        ({"groups": ["a"] * 60}, "3 splits need at least as many groups, but there are 1"),
        ({"times": TIMES[:50]}, "the training split has 60 rows and there are 50 times"),
        ({"times": np.zeros(60)}, "all 60 have the same: name other times"),
        ({"times": np.where(TIMES > 3, TIMES, np.nan)}, "times are missing in 12 of 60 rows"),
        ({"times": ["2024-01-01"] * 59 + ["31.5.2024"]}, "but are '31.5.2024': convert them"),
        ({"times": [1j] * 60}, "but are complex128: convert them"),
        ({"times": TIMES, "groups": GROUPS}, "give groups or times, not both"),
        ({"groups": GROUPS, "in_time": True}, "give groups or `order: time`, not both"),
    ],
)
def test_what_decides_no_splits_is_told(keys: dict[str, Any], reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        dataset_from_arrays(X, Y, **keys)
