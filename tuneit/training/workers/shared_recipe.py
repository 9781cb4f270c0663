"""The recipe of all trials in one file, which every worker maps into its memory."""

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
class SharedRecipe:
    """A pickled recipe: `head` is the pickle without arrays, `file` a descriptor of their bytes.

    `spans` are the arrays' places in the file, as (offset, length). The file has no name, so that
    it is gone when the processes end, however they end. Workers map the file, so that its pages are
    in memory once rather than once a worker.
    """

    head: bytes
    spans: tuple[tuple[int, int], ...]
    file: int

    @classmethod
    def write(cls, recipe: Recipe) -> SharedRecipe:
        """Write a recipe to a file, without the test split, which training must not see.

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
        shared = cls(head, spans, kept)
        weakref.finalize(shared, os.close, kept)
        return shared


def _write(file: IO[bytes], buffer: pickle.PickleBuffer) -> tuple[int, int]:
    offset = -(-file.tell() // _ALIGNMENT) * _ALIGNMENT
    file.seek(offset)
    with buffer.raw() as raw:
        file.write(raw)
        return offset, raw.nbytes


def load_shared(head: bytes, spans: Sequence[tuple[int, int]], descriptor: int) -> Recipe:
    """Read a recipe back. Changes of its arrays stay in this process."""
    buffers: list[memoryview] = []
    if any(length for _, length in spans):
        view = memoryview(mmap.mmap(descriptor, 0, access=mmap.ACCESS_COPY))
        buffers = [view[offset : offset + length] for offset, length in spans]
    else:
        buffers = [memoryview(bytearray()) for _ in spans]
    recipe: Recipe = pickle.loads(head, buffers=buffers)
    return recipe
