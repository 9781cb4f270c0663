"""Epochs of a whole cohort as TensorFlow programs."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, NamedTuple

from tuneit.training.cohort.epoch import Carry, Epoch, Logs, Members
from tuneit.training.cohort.template import State, Template
from tuneit.training.quiet import load_keras

load_keras()
import tensorflow as tf  # noqa: E402

_LOG = logging.getLogger(__name__)

_NUMBER = tf.TensorSpec([], tf.int32)


class _Graphs(NamedTuple):
    """`Epoch.begin` and `Epoch.end` for a number of members."""

    begin: Callable[..., Carry]
    end: Callable[..., tuple[State, Logs]]


class _Begun(NamedTuple):
    """`Epoch.begin` for a number of members, perhaps still being compiled.

    `seconds` is how long tracing it took.
    """

    begin: Any
    compiling: Future[None] | None
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
        self._begun: dict[int, _Begun] = {}
        self._tracing = 0.0

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
        made = (*self._graphs, *self._begun)
        return min((n for n in made if members <= n <= 1.25 * members), default=members)

    def foresee(self, members: int) -> None:
        """Begin to compile, in another thread, what `trace` will need; raises as that does."""
        if self._compiled and members not in self._graphs and members not in self._begun:
            self._begun[members] = self._begin(members)

    def settle(self) -> None:
        """Wait for what was foreseen, and is not needed now."""
        wait([begun.compiling for begun in self._begun.values() if begun.compiling is not None])

    def trace(self, members: int) -> None:
        """Make the graphs, which raises where something cannot be mapped over members."""
        if members not in self._graphs:
            begun = self._begun.get(members) or self._begin(members)
            began = time.perf_counter()
            self._graphs[members] = self._finish(begun, members)
            self._begun.pop(members, None)
            self._tracing = begun.seconds + time.perf_counter() - began

    def tracing(self, members: int) -> float:
        """Seconds until there are graphs for so many members, going by the last ones made."""
        return 0.0 if members in self._graphs else self._tracing

    def run(self, state: State, members: Members, epoch: Any) -> tuple[State, Logs]:
        """Train an epoch (from 0) and validate; return the new state and a value a member.

        Where memory does not suffice, one half of the cohort comes after the other.
        """
        count = len(members.seeds)
        self.trace(count)
        graphs = self._graphs[count]
        try:
            carry = graphs.begin(state, members, epoch, tf.constant(self._of.whole))
            return graphs.end(carry, members, epoch)
        except tf.errors.ResourceExhaustedError:
            if count == 1:
                raise

        def half(part: slice) -> tuple[State, Logs]:
            its_state, few = tf.nest.map_structure(lambda t: t[part], (state, members))
            return self.run(its_state, few, epoch)

        halves = half(slice(count // 2)), half(slice(count // 2, None))
        whole: tuple[State, Logs]
        whole = tf.nest.map_structure(lambda *parts: tf.concat(parts, 0), *halves)
        return whole

    def _begin(self, members: int) -> _Begun:
        began = time.perf_counter()
        state, rest = self._of.specs(members)
        begin = tf.function(
            self._of.begin, autograph=False, jit_compile=self._compiled
        ).get_concrete_function(state, rest, _NUMBER, _NUMBER)
        seconds, compiling = time.perf_counter() - began, None
        if self._compiled:
            # XLA compiles at the first call: in another thread, while this one goes on.
            other = ThreadPoolExecutor(1)
            compiling = other.submit(_call_in_vain, begin, state, rest)
            other.shutdown(wait=False)
        return _Begun(begin, compiling, seconds)

    def _finish(self, begun: _Begun, members: int) -> _Graphs:
        rest = self._of.specs(members)[1]
        carry = tf.nest.map_structure(tf.TensorSpec.from_tensor, begun.begin.structured_outputs)
        end = tf.function(self._of.end, autograph=False).get_concrete_function(carry, rest, _NUMBER)
        if begun.compiling is not None and (error := begun.compiling.exception()) is not None:
            _LOG.info("a cohort is trained without XLA, which cannot compile it: %s", error)
            self._compiled = False
            begun = self._begin(members)
        return _Graphs(begun.begin, end)


def _call_in_vain(begin: Callable[..., Carry], state: State, rest: Members) -> None:
    """Train on no rows, so that the function gets compiled."""
    specs = (state, rest, _NUMBER, _NUMBER)
    # Too little memory for so many members at once is seen to when they train.
    with contextlib.suppress(tf.errors.ResourceExhaustedError):
        begin(*tf.nest.map_structure(lambda spec: tf.zeros(spec.shape, spec.dtype), specs))
