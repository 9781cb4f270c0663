"""Files, databases and command lines of somebody who wants to run code, to write, or to read."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import tuneit
from tuneit.cli.options import no_password
from tuneit.errors import BuilderError, InputError, WorkError
from tuneit.training.cluster.trial_files import write_files
from tuneit.training.keras_loader import load_keras
from tuneit.training.saving.checkpoints import Checkpoints
from tuneit.training.saving.prediction import load_model

load_keras()
import keras  # noqa: E402

PACKAGE = Path(tuneit.__file__).parent


class Touches:
    """An object that makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mknod, (str(self._path),)


# ---------------------------------------------------------------------- code in files


def test_no_array_of_a_checkpoint_is_unpickled(tmp_path: Path) -> None:
    hurt = tmp_path / "hurt"
    checkpoints = Checkpoints(tmp_path / "paused")
    checkpoints.folder.mkdir()
    arrays = np.array([Touches(hurt)], dtype=object)
    np.savez(checkpoints.folder / "0007.ended.npz", w00000=arrays)
    with pytest.raises(ValueError, match="allow_pickle=False"):
        checkpoints.restore_ended(7)
    assert not hurt.exists()


def test_no_code_of_a_saved_model_is_run(tmp_path: Path) -> None:
    hurt = str(tmp_path / "hurt")
    model = keras.Sequential(
        [keras.Input((2,)), keras.layers.Lambda(lambda x: (os.mknod(hurt), x)[1])]
    )
    model.save(tmp_path / "best.keras")
    Path(hurt).unlink()  # building the model has made it
    with pytest.raises(BuilderError, match=r"best\.keras cannot be loaded"):
        load_model(tmp_path / "best.keras")
    assert not Path(hurt).exists()


UNPICKLES = {
    ("training/builders/location.py", "pickle.loads"): "what the search itself sends its workers",
    ("training/workers/shared_recipe.py", "pickle.loads"): "the same, in a file without a name",
    ("training/treating/written.py", "exec"): "the user's own builder with a treatment's edits",
}
"""Calls that run what they are given, each with the reason why nobody else can have given it."""

DANGEROUS = re.compile(r"(pickle|marshal|joblib|dill|shelve)\.(loads?|open)|eval|exec|read_pickle")


def test_nothing_else_runs_what_it_reads() -> None:
    found = {call for path in PACKAGE.rglob("*.py") for call in dangerous_calls(path)}
    assert found == UNPICKLES.keys()


def dangerous_calls(path: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        if DANGEROUS.fullmatch(called):
            yield path.relative_to(PACKAGE).as_posix(), called
        for keyword in node.keywords:
            plain = isinstance(keyword.value, ast.Constant) and keyword.value.value
            if keyword.arg == "allow_pickle":
                assert plain is False, path
            if keyword.arg == "safe_mode":
                assert plain is True, path


# ---------------------------------------------------------------------- places


@pytest.mark.parametrize("name", ["../hurt", "models/../../hurt", "/tmp/hurt", "hurt", "logs"])
def test_no_node_of_a_cluster_writes_elsewhere(tmp_path: Path, name: str) -> None:
    with pytest.raises(WorkError, match="is no file of a trial"):
        write_files(tmp_path / "study", {name: b"hurt"})
    assert list(tmp_path.iterdir()) == []


OWN_CLUSTER = """
import ipaddress, os, signal, psutil
from tuneit.study import ClusterSpec
from tuneit.training.cluster.connection import joined, load_ray

ray = load_ray()
start = ray.init

def as_where_no_cluster_runs(address, **given):
    if address == "auto":
        raise ConnectionError
    start(address, **given)

ray.init = as_where_no_cluster_runs
signal.signal(signal.SIGTERM, lambda *signalled: print("by SIGTERM: told"))
with joined(ClusterSpec(), None):
    # The processes of actors listen too.
    lower = ray.get(ray.remote(num_cpus=0.01)(lambda: os.nice(0)).remote()) - os.nice(0)
    print("priority lower by", lower)
    signal.raise_signal(signal.SIGTERM)
    for process in (psutil.Process(), *psutil.Process().children(recursive=True)):
        for socket in process.net_connections("inet"):
            if socket.status == psutil.CONN_LISTEN:
                print(process.name(), ipaddress.ip_address(socket.laddr.ip.removeprefix("::ffff:")))
"""


@pytest.fixture(scope="module")
def own_cluster() -> list[tuple[str, str]]:
    """What a cluster of this machine alone says: the names of its parts, and where they listen."""
    if find_spec("ray") is None:
        pytest.skip("the [ray] extra is not installed")
    # Ray in a process of its own: here it may be joined to the cluster of other tests.
    done = subprocess.run([sys.executable, "-c", OWN_CLUSTER], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    said = (line.rpartition(" ") for line in done.stdout.splitlines())
    return [(name, value) for name, _, value in said]


def test_a_cluster_of_this_machine_listens_to_nobody_else(
    own_cluster: list[tuple[str, str]],
) -> None:
    listening = [(name, address) for name, address in own_cluster if "." in address]
    assert {"gcs_server", "raylet"} <= {name for name, _ in listening}
    assert {address for _, address in listening} == {"127.0.0.1"}


def test_its_actors_need_not_wait_for_all_else(own_cluster: list[tuple[str, str]]) -> None:
    assert ("priority lower by", "0") in own_cluster


def test_sigterm_stays_what_the_program_makes_of_it(own_cluster: list[tuple[str, str]]) -> None:
    assert ("by SIGTERM:", "told") in own_cluster


# ---------------------------------------------------------------------- passwords


@pytest.mark.parametrize(
    "given", ["storage=postgresql://me:pw1@host/db", " storage = mysql://me:pw1@host/db"]
)
def test_a_password_on_the_command_line_is_refused(given: str) -> None:
    with pytest.raises(InputError, match="seen by everyone") as caught:
        no_password([given])
    assert "pw1" not in str(caught.value)
    from tuneit.cli.app import app

    done = CliRunner().invoke(app, ["search", "study.yaml", "--set", given])
    assert isinstance(done.exception, InputError)


def test_what_is_no_password_may_be_set() -> None:
    fine = ["storage=env:URL", "storage=postgresql://me@host/db", "name=a:b@c"]
    assert no_password(fine) == fine
    assert no_password(None) is None
