"""What the system refuses to write is told in a sentence."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest
from full_disk import full_disk

from tuneit.errors import InputError, NoRoomError, TuneitError, UnwritableError
from tuneit.errors.writing import full_disk_as_error, refuse_full_disk, writing
from tuneit.ledger.study_folder import write_text


def test_half_characters_are_spelt_out(tmp_path: Path) -> None:
    # As in the name of a class whose folder is named in Latin-1.
    write_text(tmp_path / "summary.json", json.dumps("caf\udce9", ensure_ascii=False))
    assert json.loads((tmp_path / "summary.json").read_text()) == "caf\udce9"


def test_a_place_that_cannot_be_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    for place in (tmp_path / "file/below.txt", tmp_path / "folder", Path("/proc/x/y")):
        with pytest.raises(UnwritableError, match=f"^{place} cannot be written .*--output"):
            write_text(place, "text")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "folder"]


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    write_text(path, "old")
    with full_disk(at=100), pytest.raises(NoRoomError, match="make room"):
        write_text(path, "new" * 100)
    assert [p.name for p in tmp_path.iterdir()] == ["page.html"]
    assert path.read_text() == "old"


def no_room() -> OSError:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def hdf5() -> None:
    raise RuntimeError("Can't write data (file write failed: errno = 28, error message = 'No s')")


def tensorflow() -> None:
    raise ValueError("events.v2; No space left on device [Op:FlushSummaryWriter]")


def chained() -> None:
    raise RuntimeError("the callback failed") from no_room()


def while_another_was_handled() -> None:
    try:
        raise no_room()
    except OSError:
        raise KeyError("closing") from None


def a_device() -> None:
    Path("/dev/full").write_text("text")


@pytest.mark.parametrize("fails", [hdf5, tensorflow, chained, while_another_was_handled, a_device])
def test_a_full_disk_is_known_however_it_is_told(fails) -> None:
    with pytest.raises(NoRoomError), writing(Path("place")):
        fails()
    with pytest.raises(NoRoomError), full_disk_as_error():
        fails()


@pytest.mark.parametrize(
    "error",
    [
        *(FileNotFoundError(errno.ENOENT, "no such file"), PermissionError(errno.EACCES, "no")),
        *(OSError("no number"), RuntimeError("28"), InputError("full"), ValueError()),
    ],
)
def test_what_code_of_the_users_raises_is_else_left_alone(error: Exception) -> None:
    refuse_full_disk(error)
    with pytest.raises(type(error)), full_disk_as_error():
        raise error


def test_errors_that_are_sentences_already_and_those_of_code_stay() -> None:
    for error in (TuneitError("a sentence"), KeyError("x"), OSError("no number")):
        with pytest.raises(type(error)) as caught, writing(Path("place")):
            raise error
        assert caught.value is error
