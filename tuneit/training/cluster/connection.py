"""Joining a Ray cluster, and what its nodes have."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import sys
import tempfile
import threading
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tuneit.errors import MissingExtraError, WorkError
from tuneit.study import ClusterSpec
from tuneit.training.machine import available_cores

_MOST_FILES = 2000
"""Python files that travel with a builder at most; more are a package to be installed."""

_SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",  # nothing is reported to anyone
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    # Ray prints these on standard output; the trial says that its actor died.
    "RAY_DEDUP_LOGS_SKIP_REGEX": "worker died or was killed|node .* marked dead"
    "|Raylet is terminated",
}


def load_ray() -> Any:
    """Import Ray; raise MissingExtraError where it is not installed.

    Ray reads its settings when it is imported: those of a program that has imported it stay.
    """
    if "ray" in sys.modules:
        return sys.modules["ray"]
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    if _has_token():
        # `ray start` asks for a token since Ray 2.60, but programs do not send it by default. A
        # cluster without tokens accepts it too.
        os.environ.setdefault("RAY_AUTH_MODE", "token")
    try:
        import ray
    except ImportError:
        raise MissingExtraError(
            "`cluster` needs Ray, which is not installed: pip install 'tuneit-keras[ray]'"
        ) from None
    return ray


def _has_token() -> bool:
    named = os.environ.keys() & {"RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"}
    return bool(named) or (Path.home() / ".ray" / "auth_token").is_file()


@contextmanager
def joined(spec: ClusterSpec, root: Path | None) -> Iterator[Any]:
    """Join the cluster that a study names, and leave it in the end; yield the module `ray`.

    `auto` joins the cluster that runs on this machine (as RAY_ADDRESS or `ray start` tell), and
    starts one on the loopback interface where none runs. The Python files below `root` travel to
    every node, as the working directory of the actors. A cluster that the program has joined
    before is used as it is, and stays joined.
    Raises WorkError where the cluster cannot be joined.
    """
    ray = load_ray()
    if ray.is_initialized():
        yield ray
        return
    with tempfile.TemporaryDirectory(prefix="tuneit-") as scratch:
        copy_python_files(root, Path(scratch))
        with _kept_sigterm():
            _join(ray, spec, {"working_dir": scratch})
        try:
            yield ray
        finally:
            ray.shutdown()


@contextmanager
def _kept_sigterm() -> Iterator[None]:
    """Keep the program's own way to end by SIGTERM, which `ray.init` replaces by an exit."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        # A handler that was not set by Python is None; other threads must not set one.
        if before is not None and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, before)


def _join(ray: Any, spec: ClusterSpec, runtime_env: dict[str, Any]) -> None:
    given: dict[str, Any] = {
        "runtime_env": runtime_env,
        "log_to_driver": False,
        "logging_level": logging.ERROR,
    }
    try:
        if spec.address != "auto":
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # the error says the same
                ray.init(spec.address, **given)
            return
        try:
            ray.init("auto", **given)
        except ConnectionError:
            # The dashboard and other machines have no business with a cluster of one study.
            given["runtime_env"] = {**runtime_env, "env_vars": _own_priority()}
            with _on_loopback():
                ray.init("local", num_cpus=available_cores(), include_dashboard=False, **given)
    except Exception as error:
        said = " ".join(str(error).split())[:300]
        raise WorkError(
            f"the Ray cluster {spec.address} cannot be joined: {said}; `ray status` on its head "
            "node says whether it runs, its token must stand in ~/.ray/auth_token here too, and "
            "all nodes need the same versions of Python and Ray"
        ) from error


def _own_priority() -> dict[str, str]:
    """Let actors have this process's priority, as worker processes do.

    Ray lowers it by 15, so that they wait for all else on a busy machine. The user's own setting
    stays.
    """
    name = "RAY_worker_niceness"
    return {name: os.environ.get(name, "0")}


@contextmanager
def _on_loopback() -> Iterator[None]:
    """Let Ray start on 127.0.0.1, where no other machine reaches its ports.

    On Linux Ray takes this machine's address in a network instead, also where `ray.init` names
    127.0.0.1, and listens on all interfaces. On macOS and Windows it does as here.
    """
    from ray._private import ray_constants

    before = ray_constants.ENABLE_RAY_CLUSTER
    ray_constants.ENABLE_RAY_CLUSTER = False
    try:
        yield
    finally:
        ray_constants.ENABLE_RAY_CLUSTER = before


def copy_python_files(root: Path | None, to: Path) -> None:
    """Copy the Python files below a folder, without hidden folders and virtual environments.

    Raises WorkError for more than 2,000 files.
    """
    if root is None:
        return
    copied = 0
    for folder, inner, files in os.walk(root):
        inner[:] = [
            name
            for name in inner
            if not name.startswith((".", "__"))
            and not (Path(folder) / name / "pyvenv.cfg").exists()
        ]
        for name in files:
            if not name.endswith(".py"):
                continue
            copied += 1
            if copied > _MOST_FILES:
                raise WorkError(
                    f"more than {_MOST_FILES:,} Python files lie below {root}, which would travel "
                    "to each node of the cluster: keep the study in a folder of its own, or name "
                    "the builder as package.module:name of a package that every node has"
                )
            target = to / Path(folder).relative_to(root) / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(Path(folder) / name, target)


def node_names(ray: Any) -> dict[str, str]:
    """The host name of each living node by its id; those that share a host get a part of the id."""
    alive = [node for node in ray.nodes() if node["Alive"]]
    hosts = Counter(node["NodeManagerHostname"] for node in alive)
    return {
        node["NodeID"]: node["NodeManagerHostname"]
        + (f"/{node['NodeID'][:4]}" if hosts[node["NodeManagerHostname"]] > 1 else "")
        for node in alive
    }


def places(ray: Any, spec: ClusterSpec) -> int:
    """The number of actors with a study's resources that fit on the living nodes.

    Raises WorkError where no node is large enough for one.
    """
    wanted = spec.resources
    alive = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    fits = 0
    for node in alive:
        cpus, gpus = node.get("CPU", 0.0), node.get("GPU", 0.0)
        by_gpu = int(gpus / wanted.gpus + 1e-9) if wanted.gpus else None
        by_cpu = int(cpus / wanted.cpus + 1e-9)
        fits += by_cpu if by_gpu is None else min(by_cpu, by_gpu)
    if fits == 0:
        have = "; ".join(f"{n.get('CPU', 0):g} CPUs, {n.get('GPU', 0):g} GPUs" for n in alive)
        raise WorkError(
            f"no node of the cluster has room for a trial with {wanted}: its nodes have "
            f"{have or 'nothing'}; ask for less in cluster.resources"
        )
    return fits
