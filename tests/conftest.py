"""The same conditions everywhere: examples, no timed tests, Ctrl-C as in a terminal; a database."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import eager_keras
import pytest
from hypothesis import settings
from iris_study import BUILDER, STUDY
from postgresql_server import PostgreSQL

settings.register_profile("tuneit", derandomize=True, deadline=None)
settings.load_profile("tuneit")

# Models of tests are so small that threads wait for each other longer than they compute.
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")

# A script's background job ignores Ctrl-C, and so would all processes that the tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "eager(yes=True): Keras makes no graphs (eager_keras.py)")


@pytest.hookimpl(tryfirst=True)  # before fixtures, which may train
def pytest_runtest_setup(item: pytest.Item) -> None:
    mark = item.get_closest_marker("eager")
    eager_keras.use(mark is not None and mark.args != (False,))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse names with an address: they differ between the processes that share the tests."""
    named = [item.nodeid for item in items if " at 0x" in item.nodeid]
    if named:
        raise pytest.UsageError(f"give the parameters of these tests ids: {named}")


def pytest_collection_finish() -> None:
    """Let the many small trainings begin sooner.

    Keras collects garbage before each, which takes long while pytest holds thousands of tests: what
    is there now is not looked at again. And TensorFlow optimises each graph before its first run,
    which takes longer than such a graph runs. The processes that tests start do optimise.
    """
    gc.collect()
    gc.freeze()
    if tensorflow := sys.modules.get("tensorflow"):
        tensorflow.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a report's charts, but neither lay them out nor draw them: for tests of its words."""
    draw_nothing(monkeypatch)


def draw_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from matplotlib.figure import Figure

    draw = Figure.savefig

    def blank(figure: Figure, file: Any, **how: Any) -> None:
        if how.get("format") == "svg":
            file.write("<svg><defs></defs></svg>")
        else:
            draw(figure, file, **how)

    monkeypatch.setattr(Figure, "savefig", blank)


@pytest.fixture
def untraced() -> Iterator[None]:
    """Run Keras's functions in Python, without graphs: for tests of what a search makes of them.

    A graph takes a second to trace, and the few steps of a test milliseconds. How models train in
    graphs is for the tests of training.
    """
    import tensorflow

    tensorflow.config.run_functions_eagerly(True)
    yield
    tensorflow.config.run_functions_eagerly(False)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgreSQL]:
    """A PostgreSQL server that was started for the tests."""
    if not PostgreSQL.is_installed():
        pytest.skip("no PostgreSQL server on this machine")
    pytest.importorskip("psycopg", reason="the [postgres] extra is not installed")
    with PostgreSQL() as server:
        yield server


@pytest.fixture
def postgresql(postgresql_server: PostgreSQL) -> str:
    """The URL of a PostgreSQL server."""
    return postgresql_server.url


@pytest.fixture(scope="session")
def ray_cluster() -> Iterator[Any]:
    """A Ray cluster of two nodes with a CPU each, which `auto` joins in this process."""
    if find_spec("ray") is None:
        pytest.skip("the [ray] extra is not installed")
    from tuneit.training.cluster.connection import load_ray

    load_ray()
    from ray.cluster_utils import Cluster

    node = {"num_cpus": 1, "object_store_memory": 10**8}
    with pytest.MonkeyPatch.context() as patch:
        # Else actors wait while other processes compute that run tests beside.
        patch.setenv("RAY_worker_niceness", "0")
        try:
            head = {**node, "include_dashboard": False}
            cluster = Cluster(initialize_head=True, head_node_args=head)
            cluster.add_node(**node)
            cluster.wait_for_nodes()
        except Exception as error:
            pytest.skip(f"Ray does not start on this machine: {error}")
        # Else `auto` may find the cluster of another process that runs tests.
        patch.setenv("RAY_ADDRESS", cluster.address)
        yield cluster
    cluster.shutdown()


@pytest.fixture(scope="session")
def searched_iris(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a study that was searched once for all tests; they only read it."""
    folder = tmp_path_factory.mktemp("iris")
    (folder / "model.py").write_text(BUILDER)
    (folder / "study.yaml").write_text(STUDY + "checks: [score > 0]\n")
    import command

    before = eager_keras.use(True)
    with pytest.MonkeyPatch.context() as patch:
        draw_nothing(patch)
        done = command.tuneit(folder, "search", "study.yaml", "--quiet")
    eager_keras.use(before)
    assert done.returncode == 0, done.stderr
    return folder
