"""One worker process as its parent sees it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from multiprocessing.reduction import send_handle
from typing import IO, Any

from tuneit.training.workers.messages import BuildResult, Done, Ready, Refused, Setup, Stop, Train
from tuneit.training.workers.shared_recipe import SharedRecipe

_SECONDS_TO_LEAVE = 5.0
"""Time for a process to end after its connection has ended; then it is killed."""

_CODE = (
    "import sys; sys.path[:] = {path!r}; "
    "from tuneit.training.workers.child import main; main({arguments})"
)


class WorkerProcess:
    """A worker process: the constructor starts it, `stop` and `leave` or `kill` end it.

    `ready` tells whether it could train now; `task` is the trial that it trains, else None;
    `last_message` the monotonic time of its last message.
    """

    def __init__(self, slot: int, threads: int) -> None:
        self.slot = slot
        self.connection: Connection
        self.connection, theirs = Pipe()
        self._log: IO[bytes] = tempfile.TemporaryFile(prefix="tuneit-")  # noqa: SIM115
        arguments = f"{theirs.fileno()}, {os.getpid()}, {slot}, {threads}"
        # A session of its own keeps the terminal's Ctrl-C away from it, and makes it, with all
        # that it starts, one group to kill.
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                _CODE.format(path=list(map(str, sys.path)), arguments=arguments),
            ],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            env=_environment(threads),
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
        theirs.close()
        self.started = False
        self.ready = False
        self.task: Any = None
        self.last_message = time.monotonic()
        self._shared: SharedRecipe | None = None
        self._first_rss: int | None = None
        self._rss: int | None = None

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def growth(self) -> int:
        """Bytes by which its memory has grown since its first trial; 0 where that is not known."""
        return (self._rss or 0) - (self._first_rss or self._rss or 0)

    def train(self, task: Any, message: Train, shared: SharedRecipe) -> None:
        """Send it a trial to train; `task` is what `self.task` is until the trial ends."""
        self.begin(task)
        if self._shared is not shared:
            self._shared = shared
            self.send(Setup(shared.head, shared.spans))
            with contextlib.suppress(OSError):
                send_handle(self.connection, shared.file, self.pid)
        self.send(message)

    def begin(self, task: Any) -> None:
        """Mark it as busy with a task; empty the log of its output."""
        self.task, self.ready = task, False
        self.last_message = time.monotonic()
        os.ftruncate(self._log.fileno(), 0)

    def send(self, message: Any) -> None:
        """Send a message; nothing happens where it has died: `receive` will return None."""
        with contextlib.suppress(OSError):
            self.connection.send(message)

    def receive(self) -> Any:
        """Return its next message; None where it has died."""
        try:
            message = self.connection.recv()
        except (EOFError, OSError):
            return None
        self.last_message = time.monotonic()
        if isinstance(message, (Ready, Done, BuildResult, Refused)):
            self.started = self.ready = True
        if isinstance(message, Done):
            self._rss = message.rss
            self._first_rss = self._first_rss or message.rss
        return message

    def cause_of_death(self) -> str:
        """Wait for the end of a worker whose connection has ended; return why it died."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_SECONDS_TO_LEAVE)
        code = self._process.poll()
        if code is None:
            return "the worker closed its connection"
        if code < 0:
            return f"the worker was killed by signal {-code} ({_meaning(-code)})"
        last = self._last_line()
        said = f"; its last line of output: {last}" if last else ""
        return f"the worker ended with exit code {code}{said}"

    def stop(self) -> None:
        """Ask it to end; `leave` waits for that."""
        self.send(Stop())

    def leave(self, deadline: float) -> None:
        """Wait for its end until `deadline` (monotonic), then kill it."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(max(deadline - time.monotonic(), 0.0))
        self.kill()

    def kill(self) -> None:
        """End it and all that it started, at once."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        self.connection.close()
        self._log.close()

    def _last_line(self) -> str:
        size = os.fstat(self._log.fileno()).st_size
        tail = os.pread(self._log.fileno(), 2000, max(size - 2000, 0))
        lines = tail.decode("utf-8", "replace").strip().splitlines()
        return " ".join(lines[-1].split())[:200] if lines else ""


def _environment(threads: int) -> dict[str, str]:
    """The parent's environment, with limits of NumPy's threads unless the user has set them."""
    limits = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(threads))
    return {**limits, **os.environ}


def _meaning(number: int) -> str:
    if number == signal.SIGKILL:
        return "out of memory?"
    return (signal.strsignal(number) or "unknown").lower()
