"""`tuneit explain`: one name, all names, a plot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command import tuneit

from tuneit.diagnosis.explanations import explanations


def test_a_name_is_explained(tmp_path: Path) -> None:
    done = tuneit(tmp_path, "explain", "overfitting")
    assert done.returncode == 0
    for part in ("Example", "What to do", "What would refute it", "RISE_Z = 2.4 ± 0.6"):
        assert part in done.stdout
    given = json.loads(tuneit(tmp_path, "explain", "overfitting", "--json").stdout)
    numbers = {number["name"]: number["value"] for number in given["numbers"]}
    assert numbers["RISE_Z"] == {"at": 2.4, "width": 0.6}
    assert len(given["example"]["history"]["val_loss"]) == 40


def test_without_a_name_all_are_listed_by_kind(tmp_path: Path) -> None:
    listed = json.loads(tuneit(tmp_path, "explain", "--json").stdout)
    assert list(listed) == ["verdict", "finding", "action", "study key"]
    assert [name for names in listed.values() for name in names] == list(explanations())
    shown = tuneit(tmp_path, "explain").stdout
    assert all(name in shown for name in explanations())
    assert max(map(len, shown.splitlines())) <= 80


def test_the_example_is_plotted(tmp_path: Path) -> None:
    assert tuneit(tmp_path, "explain", "underfitting", "--plot", "a.png").returncode == 0
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["overfiting"], "did you mean 'overfitting'?"),
        (["class_weights", "--plot", "a.png"], "'class_weights' has no example curve to plot"),
        (["healthy", "--plot", "a.jpg"], "name a file that ends in .png, not 'a.jpg'"),
        (["healthy", "--plot", "none/a.png"], "none/a.png cannot be written"),
        (["--plot", "a.png"], "--plot needs the NAME"),
    ],
)
def test_what_cannot_be_explained_or_plotted(
    tmp_path: Path, arguments: list[str], said: str
) -> None:
    done = tuneit(tmp_path, "explain", *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert not done.stdout
    assert not list(tmp_path.iterdir())
