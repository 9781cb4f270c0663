from __future__ import annotations

import inspect
import pickle
import re

import pytest

from tuneit import errors
from tuneit.errors import (
    DataError,
    InputError,
    Location,
    TuneitError,
    WorkError,
    did_you_mean,
    one_of,
)

ALL = [
    member
    for _, member in inspect.getmembers(errors, inspect.isclass)
    if issubclass(member, Exception)
]


def test_the_tree_at_the_top_of_the_file_is_the_tree() -> None:
    drawn = re.findall(r"(\w+Error)\b", errors.__doc__ or "")
    assert sorted(drawn) == sorted(member.__name__ for member in ALL)


@pytest.mark.parametrize("error", ALL)
def test_exit_codes(error: type[TuneitError]) -> None:
    assert issubclass(error, TuneitError)
    assert error.exit_code == (2 if issubclass(error, InputError) else 1)
    assert issubclass(error, (InputError, WorkError)) or error is TuneitError


def test_did_you_mean() -> None:
    assert did_you_mean("stratgy", ["strategy", "seed"]) == " - did you mean 'strategy'?"
    assert did_you_mean("colour", ["strategy", "seed"]) == ""
    assert did_you_mean("colour", []) == ""


def test_one_of() -> None:
    assert one_of(["b", "a", "c"]) == "a, b or c"
    assert one_of(["a"]) == "a"


def test_a_location_reads_as_editors_take_it() -> None:
    assert str(Location("study.yaml", 12, 3)) == "study.yaml:12:3"


def test_an_error_keeps_the_study_key_that_it_is_about_between_processes() -> None:
    error = pickle.loads(pickle.dumps(DataError("no such column", at=("data", "target"))))
    assert (str(error), error.at) == ("no such column", ("data", "target"))
