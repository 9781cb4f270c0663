"""What travels to a cluster, and what its nodes have room for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tuneit.errors import WorkError
from tuneit.study import ClusterSpec
from tuneit.training.cluster import connection
from tuneit.training.cluster.connection import copy_python_files, node_names, places


def test_python_files_travel_without_environments_and_hidden_folders(tmp_path: Path) -> None:
    source, to = tmp_path / "study", tmp_path / "copy"
    for name in (
        "model.py",
        "parts/layers.py",
        "data.csv",
        ".git/hook.py",
        "venv/lib/other.py",
        "venv/pyvenv.cfg",
        "__pycache__/model.py",
    ):
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")
    copy_python_files(source, to)
    found = sorted(p.relative_to(to).as_posix() for p in to.rglob("*") if p.is_file())
    assert found == ["model.py", "parts/layers.py"]


def test_too_many_files_are_a_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_MOST_FILES", 1)
    for name in ("a.py", "b.py"):
        (tmp_path / name).touch()
    with pytest.raises(WorkError, match="more than 1 Python files"):
        copy_python_files(tmp_path, tmp_path / "copy")


class Nodes:
    """A cluster's nodes as Ray lists them."""

    def __init__(self, *nodes: tuple[str, float, float, bool]) -> None:
        self._nodes = [
            {
                "NodeID": f"{place}abcdef",
                "NodeManagerHostname": host,
                "Alive": alive,
                "Resources": {"CPU": cpus, "GPU": gpus},
            }
            for place, (host, cpus, gpus, alive) in enumerate(nodes)
        ]

    def nodes(self) -> list[dict[str, Any]]:
        return self._nodes


def test_an_actor_fits_where_its_share_is_free() -> None:
    ray = Nodes(("a", 4, 1, True), ("b", 8, 0, True), ("c", 64, 8, False))
    spec = ClusterSpec.model_validate({"resources": {"cpus": 2.0}})
    assert places(ray, spec) == 6
    shared = ClusterSpec.model_validate({"resources": {"cpus": 1.0, "gpus": 0.25}})
    assert places(ray, shared) == 4
    large = ClusterSpec.model_validate({"resources": {"cpus": 1.0, "gpus": 2.0}})
    with pytest.raises(WorkError, match="1 CPUs and 2 GPUs: its nodes have 4 CPUs, 1 GPUs; 8"):
        places(ray, large)


def test_nodes_of_one_host_are_told_apart() -> None:
    ray = Nodes(("a", 1, 0, True), ("a", 1, 0, True), ("b", 1, 0, True))
    assert list(node_names(ray).values()) == ["a/0abc", "a/1abc", "b"]
