"""Epochs of a whole cohort as TensorFlow programs."""

from __future__ import annotations

import contextlib
import logging
import math
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, wait
from typing import Any, NamedTuple

from tuneit.training.cohort.epoch import Carry, Epoch, Logs, Members, Tensors
from tuneit.training.cohort.stack_layout import StackLayout
from tuneit.training.cohort.template import State, Template
from tuneit.training.keras_loader import load_keras

load_keras()
import tensorflow as tf  # noqa: E402

_LOG = logging.getLogger(__name__)

_NUMBER = tf.TensorSpec([], tf.int32)


class _Graphs(NamedTuple):
    """`Epoch.begin` and `Epoch.end` for a stack of some size.

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

    There are graphs for each size of a stack, since mapping over a number that is known copies
    nothing. Tracing them takes seconds, so a program is kept for all cohorts of the same structure
    and shape. It computes a stack in each of so many `threads`, of at most `stacked` members
    each. `compiled` has XLA fuse the training, the loop over the batches included, which takes
    a second or two more and then saves most of the time that is spent on reading and writing.
    """

    def __init__(
        self, epoch: Epoch, threads: int, stacked: float, *, compiled: bool = False
    ) -> None:
        self._of, self._threads, self._stacked, self._compiled = epoch, threads, stacked, compiled
        self._graphs: dict[int, _Graphs] = {}
        self._foreseen: dict[int, _Graphs] = {}
        self._tracing = 0.0
        self._pace: dict[tuple[int, int], float] = {}
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

    def layout(self, members: int) -> StackLayout:
        """The seats to start with: in stacks of graphs made, unless that takes far longer."""
        best = StackLayout.spread(members, self._threads, self._stacked)
        made = self._made(members, best, 1.25 * best.length(self._threads))
        made = [s for s in made if s.positions <= self.most]
        return min(made, key=lambda s: (s.length(self._threads), s.positions), default=best)

    def next_layout(self, before: StackLayout, members: int, epochs: int) -> StackLayout:
        """The seats that so many members take up for so many epochs more, coming from others."""
        best = StackLayout.spread(members, self._threads, self._stacked)
        made = self._made(members, best, before.length(self._threads))

        def worth(after: StackLayout) -> tuple[float, int, int]:
            saved = self._saved(before, after, epochs)
            return saved, -after.length(self._threads), -after.positions

        return max([StackLayout.of_size(members, before.size), best, *made], key=worth)

    def _made(self, members: int, best: StackLayout, longest: float) -> list[StackLayout]:
        """Stacks of sizes that there are graphs for, and of no more than some length.

        Smaller ones than the best would have to be called more often, which costs more than some
        seats that nobody needs.
        """
        sizes = [size for size in (*self._graphs, *self._foreseen) if size >= best.size]
        made = [StackLayout.of_size(members, size) for size in sizes]
        return [layout for layout in made if layout.length(self._threads) <= longest]

    def foresee(self, members: int) -> None:
        """Trace what will be needed, and let it compile meanwhile; raises as `trace` does."""
        size = self.layout(members).size
        if self._compiled and size not in self._graphs and size not in self._foreseen:
            self._foreseen[size] = self._make(size)

    def settle(self) -> None:
        """Wait for what was foreseen, and is not needed now."""
        for graphs in self._foreseen.values():
            wait(graphs.warming)

    def trace(self, size: int) -> None:
        """Make the graphs, which raises where something cannot be mapped over members."""
        if size not in self._graphs:
            graphs = self._foreseen.pop(size, None) or self._make(size)
            began = time.perf_counter()
            errors = [error for call in graphs.warming if (error := call.exception()) is not None]
            if errors:
                _LOG.info("a cohort is trained without XLA, which cannot compile it: %s", errors[0])
                self._compiled = False
                graphs = self._make(size)
            self._graphs[size] = graphs
            self._tracing = graphs.seconds + time.perf_counter() - began

    def _waits(self, size: int) -> float:
        """Seconds until there are graphs for such stacks, going by the last ones made."""
        return 0.0 if size in self._graphs else self._tracing

    def took(self, layout: StackLayout, seconds: float) -> None:
        """Note how long an epoch took with such seats."""
        # In the first TensorFlow finds kernels for all operations, which says nothing of others.
        key = self._key(layout)
        before = self._pace.get(key)
        each = seconds / layout.length(self._threads)
        self._pace[key] = math.inf if before is None else min(before, each)

    def _saved(self, before: StackLayout, after: StackLayout, epochs: int) -> float:
        """Seconds that so many epochs will take less; until that is known nobody moves for it."""
        pace = self._pace.get(self._key(before), math.inf)
        if pace == math.inf:
            return 0.0 if after.size == before.size else -math.inf
        known = self._pace.get(self._key(after), math.inf)
        then = (known if known < math.inf else pace) * after.length(self._threads)
        return epochs * (pace * before.length(self._threads) - then) - self._waits(after.size)

    def _key(self, layout: StackLayout) -> tuple[int, int]:
        """What the pace depends on: the size of stacks, and how many are computed at once."""
        return layout.size, min(layout.stacks, self._threads)

    def run(
        self, state: State, members: Members, epoch: Any, layout: StackLayout
    ) -> tuple[State, Logs]:
        """Train an epoch (from 0) and validate; return the new state and a value a member.

        Raises tf.errors.ResourceExhaustedError where memory does not suffice.
        """
        self.trace(layout.size)
        graphs, interrupted = self._graphs[layout.size], threading.Event()
        pieces = list(self._of.pieces(layout.size * min(layout.stacks, self._threads)))

        def train(stack: tuple[State, Members]) -> tuple[State, Logs]:
            before, own = stack
            carry: Carry = (before, graphs.metrics)
            for first, end in pieces:
                if interrupted.is_set():
                    raise CancelledError
                carry = graphs.begin(carry, own, epoch, tf.constant(first), tf.constant(end))
            return graphs.end(carry, own, epoch)

        if layout.stacks == 1:
            return train((state, members))
        with ThreadPoolExecutor(self._threads) as pool:
            try:
                trained = list(pool.map(train, _cut((state, members), layout.stacks)))
            finally:
                interrupted.set()
        after, logs = tf.nest.map_structure(lambda *stacks: tf.concat(stacks, 0), *trained)
        return after, logs

    def _make(self, size: int) -> _Graphs:
        began = time.perf_counter()
        carry, rest = self._of.specs(size)
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
        metrics = self._of.no_metrics(size)
        return _Graphs(begin, end, metrics, warming, time.perf_counter() - began)


def _call_in_vain(function: Callable[..., Any], *specs: Any) -> None:
    """Call a graph on zeros, so that it gets compiled, and its operations find their kernels."""
    # Too little memory for so many members at once is seen to when they train.
    with contextlib.suppress(tf.errors.ResourceExhaustedError):
        function(*tf.nest.map_structure(lambda spec: tf.zeros(spec.shape, spec.dtype), specs))


def _cut(tensors: Any, parts: int) -> list[Any]:
    """Cut each tensor into so many parts of equal size, along its leading axis."""
    flat = [tf.split(tensor, parts) for tensor in tf.nest.flatten(tensors)]
    return [tf.nest.pack_sequence_as(tensors, part) for part in zip(*flat, strict=True)]
