"""What all trials share, handed to the workers as one file that they map into memory."""

from __future__ import annotations

import mmap
import os
import pickle
import tempfile
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

from tuneit.errors import DataError
from tuneit.training.recipe import Recipe

_ALIGNMENT = 64
"""Bytes: TensorFlow uses arrays that are aligned so without copying them."""


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
        buffers: list[pickle.PickleBuffer] = []
        head = pickle.dumps(recipe.without_test(), protocol=5, buffer_callback=buffers.append)
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
    recipe: Recipe = pickle.loads(head, buffers=buffers)
    return recipe
