"""Epochs of a whole cohort as TensorFlow programs."""

from __future__ import annotations

import contextlib
import logging
import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, NamedTuple

from tuneit.training.cohort.epoch import Carry, Epoch, Logs, Members, Tensors
from tuneit.training.cohort.template import State, Template
from tuneit.training.quiet import load_keras

load_keras()
import tensorflow as tf  # noqa: E402

_LOG = logging.getLogger(__name__)

_NUMBER = tf.TensorSpec([], tf.int32)


class _Graphs(NamedTuple):
    """`Epoch.begin` and `Epoch.end` for a number of members.

    `metrics` are the metrics' variables to begin with. `warming` are the graphs' first calls, of
    those that XLA compiles, in another thread; `seconds` is how long tracing took.
    """

    begin: Callable[..., Carry]
    end: Callable[..., tuple[State, Logs]]
    metrics: Tensors
    warming: Sequence[Future[None]]
    seconds: float


class Program:
    """Trains and validates all members of a cohort for an epoch.

    There are graphs for each number of members, since mapping over a number that is known copies
    nothing. Tracing them takes seconds, so a program is kept for all cohorts of the same structure
    and shape. `compiled` has XLA fuse the training, the loop over the batches included, which takes
    a second or two more and then saves most of the time that is spent on reading and writing.
    """

    def __init__(self, epoch: Epoch, *, compiled: bool = False) -> None:
        self._of, self._compiled = epoch, compiled
        self._graphs: dict[int, _Graphs] = {}
        self._foreseen: dict[int, _Graphs] = {}
        self._tracing = 0.0
        self._seconds: dict[int, float] = {}
        self.most: float = math.inf
        """Members at most, once so many as there were have been too many for the memory."""

    @property
    def template(self) -> Template:
        """The model that lends its structure."""
        return self._of.template

    @property
    def steps(self) -> int:
        """Batches of an epoch."""
        return self._of.steps

    def sizes(self, members: int) -> list[int]:
        """Seats to choose from for so many members: those of a graph to be made, or of one made."""
        return [members, *(size for size in self._graphs if size > members)]

    def size(self, members: int) -> int:
        """The number of seats to start with: that of a graph made, unless it is far larger."""
        made = (*self._graphs, *self._foreseen)
        most = min(1.25 * members, self.most)
        return min((n for n in made if members <= n <= most), default=members)

    def foresee(self, members: int) -> None:
        """Trace what will be needed, and let it compile meanwhile; raises as `trace` does."""
        if self._compiled and members not in self._graphs and members not in self._foreseen:
            self._foreseen[members] = self._make(members)

    def settle(self) -> None:
        """Wait for what was foreseen, and is not needed now."""
        for graphs in self._foreseen.values():
            wait(graphs.warming)

    def trace(self, members: int) -> None:
        """Make the graphs, which raises where something cannot be mapped over members."""
        if members not in self._graphs:
            graphs = self._foreseen.pop(members, None) or self._make(members)
            began = time.perf_counter()
            errors = [error for call in graphs.warming if (error := call.exception()) is not None]
            if errors:
                _LOG.info("a cohort is trained without XLA, which cannot compile it: %s", errors[0])
                self._compiled = False
                graphs = self._make(members)
            self._graphs[members] = graphs
            self._tracing = graphs.seconds + time.perf_counter() - began

    def tracing(self, members: int) -> float:
        """Seconds until there are graphs for so many members, going by the last ones made."""
        return 0.0 if members in self._graphs else self._tracing

    def took(self, members: int, seconds: float) -> None:
        """Note how long an epoch of so many members took."""
        # In the first TensorFlow finds kernels for all operations, which says nothing of others.
        before = self._seconds.get(members)
        self._seconds[members] = math.inf if before is None else min(before, seconds)

    def seconds(self, members: int) -> float | None:
        """What an epoch of so many members takes; None where that is not known yet."""
        known = self._seconds.get(members, math.inf)
        return known if known < math.inf else None

    def run(self, state: State, members: Members, epoch: Any) -> tuple[State, Logs]:
        """Train an epoch (from 0) and validate; return the new state and a value a member.

        Raises tf.errors.ResourceExhaustedError where memory does not suffice.
        """
        count = len(members.seeds)
        self.trace(count)
        graphs = self._graphs[count]
        carry: Carry = (state, graphs.metrics)
        for first, end in self._of.pieces(count):
            carry = graphs.begin(carry, members, epoch, tf.constant(first), tf.constant(end))
        return graphs.end(carry, members, epoch)

    def _make(self, members: int) -> _Graphs:
        began = time.perf_counter()
        carry, rest = self._of.specs(members)
        begin = tf.function(
            self._of.begin, autograph=False, jit_compile=self._compiled
        ).get_concrete_function(carry, rest, _NUMBER, _NUMBER, _NUMBER)
        other, warming = ThreadPoolExecutor(1), []
        if self._compiled:
            # XLA compiles at the first call: in another thread, while this one goes on.
            warming += [other.submit(_call_in_vain, begin, carry, rest, _NUMBER, _NUMBER, _NUMBER)]
        end = tf.function(self._of.end, autograph=False).get_concrete_function(carry, rest, _NUMBER)
        if self._compiled:
            warming += [other.submit(_call_in_vain, end, carry, rest, _NUMBER)]
        other.shutdown(wait=False)
        metrics = self._of.no_metrics(members)
        return _Graphs(begin, end, metrics, warming, time.perf_counter() - began)


def _call_in_vain(function: Callable[..., Any], *specs: Any) -> None:
    """Call a graph on zeros, so that it gets compiled, and its operations find their kernels."""
    # Too little memory for so many members at once is seen to when they train.
    with contextlib.suppress(tf.errors.ResourceExhaustedError):
        function(*tf.nest.map_structure(lambda spec: tf.zeros(spec.shape, spec.dtype), specs))
