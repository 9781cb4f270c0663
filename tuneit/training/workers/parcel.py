"""What all trials share, handed to the workers as one file that they map into memory."""

from __future__ import annotations

import mmap
import os
import pickle
import tempfile
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import IO, Any

import numpy as np

from tuneit.data.dataset import Dataset
from tuneit.errors import BuilderError, DataError
from tuneit.training.builders import Builder, as_builder, load_builder
from tuneit.training.execution import Recipe
from tuneit.training.references import describe

_ALIGNMENT = 64
"""Bytes: TensorFlow uses arrays that are aligned so without copying them."""


@dataclass(frozen=True)
class BuilderSource:
    """Where a worker finds the builder: a reference below `root`, or an imported object."""

    reference: str
    root: Path | None
    pickled: bytes | None

    @classmethod
    def of(cls, builder: Builder) -> BuilderSource:
        """Say where a builder comes from; raise BuilderError where only this process has it."""
        if builder.root is not None:
            return cls(builder.reference, builder.root.resolve(), None)
        module = builder.reference.partition(":")[0]
        try:
            if module == "__main__":
                raise pickle.PicklingError("a worker has another __main__")
            return cls(builder.reference, None, pickle.dumps(builder.target))
        except (pickle.PicklingError, AttributeError, TypeError):
            raise BuilderError(
                f"workers are processes of their own and cannot see {builder.name}, which only "
                "this program defines: put the builder into a file and import it from there, or "
                "name it as model='file.py:build_model'; or train with workers=1 and no "
                "trial_timeout"
            ) from None

    def load(self) -> Builder:
        """Return the builder, in the worker."""
        if self.root is not None:
            return load_builder(self.reference, self.root)
        try:
            return as_builder(pickle.loads(self.pickled or b""))
        except Exception as error:
            raise BuilderError(
                f"a worker cannot import {self.reference}: {describe(error)}; name the builder "
                "as model='file.py:build_model', or train with workers=1"
            ) from error


@dataclass(frozen=True)
class Parcel:
    """A recipe: `head` is a pickle, `file` a descriptor of its arrays' bytes at `spans`.

    A span is an (offset, length).

    The file has no name, so that nothing is left of it however the processes end. Workers map
    it: each page of it is in memory once, not once a worker.
    """

    head: bytes
    spans: tuple[tuple[int, int], ...]
    file: int

    @classmethod
    def pack(cls, recipe: Recipe) -> Parcel:
        """Write a recipe, without the test split, which training must not see.

        Raises BuilderError where a worker could not load the builder, DataError where there is
        no room for the file.
        """
        shared = {f.name: getattr(recipe, f.name) for f in fields(recipe)}
        shared["builder"] = BuilderSource.of(recipe.builder)
        shared["dataset"] = _without_test(recipe.dataset)
        buffers: list[pickle.PickleBuffer] = []
        head = pickle.dumps(shared, protocol=5, buffer_callback=buffers.append)
        try:
            with tempfile.TemporaryFile(prefix="tuneit-") as file:
                spans = tuple(_write(file, buffer) for buffer in buffers)
                file.flush()
                kept = os.dup(file.fileno())
        except OSError as error:
            raise DataError(
                f"the data cannot be handed to workers through {tempfile.gettempdir()}: "
                f"{error.strerror}; set TMPDIR to a folder with room, or train with workers: 1"
            ) from error
        parcel = cls(head, spans, kept)
        weakref.finalize(parcel, os.close, kept)
        return parcel


def _write(file: IO[bytes], buffer: pickle.PickleBuffer) -> tuple[int, int]:
    offset = -(-file.tell() // _ALIGNMENT) * _ALIGNMENT
    file.seek(offset)
    with buffer.raw() as raw:
        file.write(raw)
        return offset, raw.nbytes


def unpack(head: bytes, spans: Sequence[tuple[int, int]], descriptor: int) -> Recipe:
    """Read a recipe back; its arrays can be written to, which no other process sees."""
    buffers: list[memoryview] = []
    if any(length for _, length in spans):
        view = memoryview(mmap.mmap(descriptor, 0, access=mmap.ACCESS_COPY))
        buffers = [view[offset : offset + length] for offset, length in spans]
    else:
        buffers = [memoryview(bytearray()) for _ in spans]
    shared: dict[str, Any] = pickle.loads(head, buffers=buffers)
    shared["builder"] = shared["builder"].load()
    return Recipe(**shared)


def _without_test(dataset: Dataset) -> Dataset:
    return replace(dataset, test=dataset.test.take(np.arange(0)))
