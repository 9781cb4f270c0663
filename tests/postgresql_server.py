"""A PostgreSQL server in a folder of its own, for tests and for the benchmark of faults."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path


class PostgreSQL:
    """A server on a socket of its own; a `with` block starts it, and deletes it in the end."""

    def __init__(self) -> None:
        programs = _programs()
        assert programs is not None
        self._programs = programs
        # Not pytest's tmp_path: the server's own user must reach it, and a socket's path is short.
        self._folder = Path(tempfile.mkdtemp(prefix="tuneit-pg-"))
        self._folder.chmod(0o777)
        self.url = f"postgresql+psycopg://tuneit:secret@/postgres?host={self._folder}"

    @staticmethod
    def is_installed() -> bool:
        """Whether this machine has the server's programs."""
        return _programs() is not None

    def __enter__(self) -> PostgreSQL:
        data = self._folder / "data"
        _run(self._programs / "initdb", "-D", data, "-U", "tuneit", "--auth=trust", "--no-sync")
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self) -> None:
        place = f"-c listen_addresses='' -c unix_socket_directories={self._folder} -c fsync=off"
        self._control("-o", place, "-l", self._folder / "log", "start")

    def stop(self) -> None:
        """Cut all connections."""
        self._control("-m", "fast", "stop")

    def _control(self, *command: str | Path) -> None:
        _run(self._programs / "pg_ctl", "-D", self._folder / "data", "-w", *command)


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else None


def _run(*command: str | Path) -> None:
    # PostgreSQL refuses to run as root: its package brings a user for it.
    as_server = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    done = subprocess.run([*as_server, *map(str, command)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
