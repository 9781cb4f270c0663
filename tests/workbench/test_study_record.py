"""What is known of the data comes back from a ledger as it was."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from tuneit.data.load import dataset_from_arrays
from tuneit.workbench.data_facts import DataFacts
from tuneit.workbench.origin import Origin
from tuneit.workbench.record import KEY, StudyRecord

RNG = np.random.default_rng(0)
TABLE = RNG.normal(size=(60, 3)).astype("float32")


@pytest.mark.parametrize(
    ("x", "y", "row_axes", "classes"),
    [
        (TABLE, np.arange(60) % 2, 1, 2),
        (TABLE, np.where(np.arange(60) % 12, "many", "few"), 1, 2),
        (TABLE, np.eye(3)[np.arange(60) % 3], 1, 3),
        (TABLE, RNG.normal(size=(60, 1)), 1, 0),
        (RNG.normal(size=(60, 4, 4, 1)), np.arange(60) % 2, 3, 2),
        ({"a": TABLE, "b": TABLE[:, :1]}, np.arange(60) % 2, None, 2),
    ],
)
def test_facts_of_all_kinds_of_data_come_back(
    x: Any, y: Any, row_axes: int | None, classes: int
) -> None:
    facts = DataFacts.of(dataset_from_arrays(x, y))
    assert (facts.row_axes, facts.classes, facts.folds) == (row_axes, classes, 0)
    assert facts.validation_rows == facts.scored_rows == 12
    record = StudyRecord(facts, Origin({"model": "model.py:build"}, {"model.py": "10 20"}))
    header = json.loads(json.dumps({KEY: record.to_dict()}))
    again = StudyRecord.from_header(header)
    assert again is not None
    assert again.origin == record.origin
    assert again.to_dict() == record.to_dict()
    assert again.data.description == json.loads(json.dumps(facts.description))
    assert [str(f) for f in again.data.findings] == [str(f) for f in facts.findings]


@pytest.mark.parametrize("entry", [{}, {"data": {}}, {"data": {"findings": 3}, "origin": {}}, 7])
def test_an_entry_of_another_form_is_no_record(entry: Any) -> None:
    assert StudyRecord.from_header({KEY: entry}) is None
    assert StudyRecord.from_header({}) is None
