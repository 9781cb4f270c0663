"""The code of a worker process: train or build what the parent sends until the connection ends."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Sequence
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneit.errors import TuneitError
from tuneit.training.resident_memory import resident_bytes
from tuneit.training.workers.messages import (
    Answer,
    BuildRequest,
    BuildResult,
    Done,
    Pulse,
    Ready,
    Refused,
    Setup,
    Stop,
    Train,
)
from tuneit.training.workers.remote_observer import Answers, RemoteObserver

if TYPE_CHECKING:
    from tuneit.training.builders.builder import Builder
    from tuneit.training.builders.location import BuilderLocation
    from tuneit.training.recipe import Recipe

_FIRST_TO_GO = "500"
"""Linux's out-of-memory score adjustment, of at most 1000: it kills workers before the search."""


def main(descriptor: int, parent: int, slot: int, threads: int) -> None:
    """Be a worker: `descriptor` is the connection, `slot` counts the workers from 0."""
    _die_with(parent)
    with Connection(descriptor) as connection:
        inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        answers = Answers()
        threading.Thread(target=_read, args=(connection, inbox, answers), daemon=True).start()
        prepare_tensorflow(slot, threads)
        from tuneit.training.fitting.session import short_collections

        try:
            with short_collections():
                connection.send(Ready(resident_bytes(os.getpid())))
                _work(connection, inbox, answers)
        except BaseException as error:
            # os._exit, since sys.exit would wait for threads that the user's code has started.
            traceback.print_exc()
            sys.stdout.flush()
            code = error.code if isinstance(error, SystemExit) else 1
            os._exit(code if isinstance(code, int) else 1)


def _work(connection: Connection, inbox: queue.SimpleQueue[Any], answers: Answers) -> None:
    from tuneit.training.builders.build import build_once
    from tuneit.training.fitting.execution import train_proposal
    from tuneit.training.user_code.process_exit import end_forked_children
    from tuneit.training.workers.shared_recipe import load_shared

    recipe: Recipe | None = None
    source: BuilderLocation | None = None
    builder: Builder | None = None
    # One for all trials: no question has the number of one whose answer is late.
    observer = RemoteObserver(connection.send, answers)
    while not isinstance(message := inbox.get(), Stop):
        try:
            if isinstance(message, tuple):
                recipe = None  # lets go of the data before
                setup, file = message
                recipe = load_shared(setup.head, setup.spans, file)
                os.close(file)
            elif isinstance(message, Train) and recipe is not None:
                if recipe.space != message.space:
                    recipe = replace(recipe, space=message.space)
                observer.started(message.proposal)
                with end_forked_children():
                    trial = train_proposal(
                        recipe, message.proposal, observer, pulse=lambda: connection.send(Pulse())
                    )
                observer.ended(trial.number)
                connection.send(Done(trial, resident_bytes(os.getpid())))
            elif isinstance(message, BuildRequest):
                if builder is None or message.source != source:
                    source, builder = message.source, message.source.load()
                with end_forked_children():
                    build = build_once(builder, message.params, message.known)
                connection.send(BuildResult(build))
        except TuneitError as error:
            connection.send(Refused(error))


def _read(connection: Connection, inbox: queue.SimpleQueue[Any], answers: Answers) -> None:
    """Sort messages; when the parent ends, end this process and all it started."""
    with contextlib.suppress(EOFError, OSError):
        while True:
            message = connection.recv()
            if isinstance(message, Answer):
                answers.put({message.question: message.value})
                continue
            inbox.put((message, recv_handle(connection)) if isinstance(message, Setup) else message)
            if isinstance(message, Stop):
                return
    _end_group()


def _end_group() -> None:
    if os.getpgid(0) == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def _die_with(parent: int) -> None:
    """Ignore Ctrl-C, end when the parent ends, and be killed first where memory runs out."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(OSError, RuntimeError):
        faulthandler.enable()
    if sys.platform == "linux":
        import ctypes

        with contextlib.suppress(OSError, AttributeError):
            # PR_SET_PDEATHSIG: also while a computation holds the interpreter for minutes.
            ctypes.CDLL(None).prctl(1, signal.SIGKILL)
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_GO, encoding="ascii")
    if os.getppid() != parent:
        _end_group()


def prepare_tensorflow(slot: int, threads: int) -> None:
    """Import TensorFlow, limited to its share of the threads and to one GPU, if any."""
    from tuneit.training.keras_loader import load_keras

    load_keras()
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        gpu = own_device(gpus, slot)
        tf.config.set_visible_devices(gpu, "GPU")
        # Without it the first worker on a GPU would take all its memory.
        tf.config.experimental.set_memory_growth(gpu, True)


def own_device(devices: Sequence[Any], slot: int) -> Any:
    """The device of the worker in a slot (from 0): workers get the devices in turn."""
    return devices[slot % len(devices)]
