"""An epoch of a whole cohort as TensorFlow graphs."""

from __future__ import annotations

import contextlib
import logging
import math
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, ThreadPoolExecutor
from typing import Any, NamedTuple

from tuneit.training.cohort.epoch import Carry, Epoch, Logs, Members, Tensors
from tuneit.training.cohort.stack_layout import StackLayout
from tuneit.training.cohort.template import State, Template
from tuneit.training.keras_loader import load_keras

load_keras()
import tensorflow as tf  # noqa: E402

_LOG = logging.getLogger(__name__)

_SCALAR = tf.TensorSpec([], tf.int32)

_REUSE = 1.25
"""How much longer an epoch may take with stacks of another size for which graphs exist already.
Tracing graphs takes 1.5 s or more, an epoch of 64 small networks 0.1 s."""


class _Graphs(NamedTuple):
    """`Epoch.begin` and `Epoch.end`, traced for stacks of one size.

    `metrics` are the values of the metrics' variables before the first batch.
    """

    begin: Callable[..., Carry]
    end: Callable[..., tuple[State, Logs]]
    metrics: Tensors


class Program:
    """Trains and validates all members of a cohort for one epoch.

    Graphs are traced for a fixed stack size, because mapping over a fixed number of members copies
    nothing. Tracing takes seconds, so a program is kept for all cohorts of the same structure and
    shape. `threads` stacks are computed at the same time, each of at most `max_size` members. With
    `compiled`, XLA compiles the training together with its loop over the batches; this takes one
    or two seconds and makes most networks of dense layers two to three times as fast.
    """

    def __init__(
        self, epoch: Epoch, threads: int, max_size: float, *, compiled: bool = False
    ) -> None:
        self._epoch, self._threads, self._max_size = epoch, threads, max_size
        self._compiled = compiled
        self._graphs: dict[int, _Graphs] = {}
        self.max_members: float = math.inf
        """The most members that are trained at once. It falls when memory runs out."""

    @property
    def template(self) -> Template:
        """The model that defines what one member computes."""
        return self._epoch.template

    @property
    def steps(self) -> int:
        """Batches of an epoch."""
        return self._epoch.steps

    def layout(self, members: int) -> StackLayout:
        """How to split the members: the fastest way, or nearly so with graphs that exist."""
        fastest = StackLayout.spread(members, self._threads, self._max_size)
        longest = _REUSE * fastest.length(self._threads)
        # Smaller stacks would be called more often, which costs more than some padding.
        traced = [StackLayout.of_size(members, s) for s in self._graphs if s >= fastest.size]
        usable = [
            layout
            for layout in traced
            if layout.length(self._threads) <= longest and layout.positions <= self.max_members
        ]
        return min(usable, key=lambda s: (s.length(self._threads), s.positions), default=fastest)

    def trace(self, size: int) -> None:
        """Make the graphs for stacks of this size, unless they exist.

        Raises whatever Keras and TensorFlow raise where an operation cannot be mapped over members.
        """
        if size in self._graphs:
            return
        graphs = self._make(size)
        if self._compiled:
            try:
                _compile(graphs.begin, *self._epoch.specs(size))
            except Exception as error:  # of XLA, of many classes
                _LOG.info("a cohort is trained without XLA, which cannot compile it: %s", error)
                self._compiled = False
                graphs = self._make(size)
        self._graphs[size] = graphs

    def run(
        self, state: State, members: Members, epoch: Any, layout: StackLayout
    ) -> tuple[State, Logs]:
        """Train one epoch (counted from 0) and validate; return the new state and the logs.

        The logs hold one value for each position. Raises tf.errors.ResourceExhaustedError where
        memory does not suffice.
        """
        self.trace(layout.size)
        graphs, interrupted = self._graphs[layout.size], threading.Event()
        pieces = list(self._epoch.pieces(layout.size * min(layout.stacks, self._threads)))

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
        carry, rest = self._epoch.specs(size)
        begin = tf.function(self._epoch.begin, autograph=False, jit_compile=self._compiled)
        end = tf.function(self._epoch.end, autograph=False)
        return _Graphs(
            begin.get_concrete_function(carry, rest, _SCALAR, _SCALAR, _SCALAR),
            end.get_concrete_function(carry, rest, _SCALAR),
            self._epoch.no_metrics(size),
        )


def _compile(begin: Callable[..., Any], *specs: Any) -> None:
    """Call a graph with zeros, which are no batches, because XLA compiles at the first call."""
    zeros = tf.nest.map_structure(
        lambda spec: tf.zeros(spec.shape, spec.dtype), (*specs, _SCALAR, _SCALAR, _SCALAR)
    )
    # If memory does not suffice the cohort is halved when it trains.
    with contextlib.suppress(tf.errors.ResourceExhaustedError):
        begin(*zeros)


def _cut(tensors: Any, parts: int) -> list[Any]:
    """Cut each tensor into parts of equal size, along its leading axis."""
    flat = [tf.split(tensor, parts) for tensor in tf.nest.flatten(tensors)]
    return [tf.nest.pack_sequence_as(tensors, part) for part in zip(*flat, strict=True)]
