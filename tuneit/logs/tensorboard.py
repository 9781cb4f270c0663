"""TensorBoard event files → scalars, without TensorFlow: TFRecord frames of protobuf messages.

Formats: https://www.tensorflow.org/tutorials/load_data/tfrecord and
https://protobuf.dev/programming-guides/encoding; messages `Event`, `Summary` and `TensorProto` of
TensorFlow, of which only the fields that hold scalars are read.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from tuneit.errors import LogError

Scalar = tuple[str, int, float]
"""A tag, a step and a value."""

MAX_RECORD = 256 * 1024 * 1024
_FLOAT, _DOUBLE, _INT32, _INT64 = 1, 2, 3, 9
_NUMBERS = {_FLOAT: "f", _DOUBLE: "d", _INT32: "i", _INT64: "q"}


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("a varint of more than ten bytes")


def _fields(data: memoryview) -> Iterator[tuple[int, int, int | memoryview]]:
    """Yield (field number, wire type, value): an integer, or the bytes of the other types."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, at = _varint(data, at)
            yield number, wire, value
            continue
        if wire == 2:
            size, at = _varint(data, at)
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
        else:
            raise ValueError(f"wire type {wire}")
        if at + size > len(data):
            raise ValueError("a field that ends beyond its message")
        yield number, wire, data[at : at + size]
        at += size


def _tensor(data: memoryview) -> float | None:
    """The one number of a TensorProto; None of a tensor that is no scalar."""
    kind, content, packed = 0, b"", b""
    for number, wire, value in _fields(data):
        if number == 1 and isinstance(value, int):
            kind = value
        elif isinstance(value, memoryview) and number == 4:
            content = bytes(value)
        elif isinstance(value, memoryview) and number in (5, 6) and wire in (1, 2, 5):
            packed = bytes(value)
        elif isinstance(value, int) and number in (7, 10):
            return float(value)
    code = _NUMBERS.get(kind)
    raw = content or packed
    if code is None or len(raw) != struct.calcsize(f"<{code}"):
        return None
    return float(struct.unpack(f"<{code}", raw)[0])


def _value(data: memoryview) -> tuple[str, float] | None:
    tag, number = "", None
    for field, wire, value in _fields(data):
        if not isinstance(value, memoryview):
            continue
        if field == 1:
            tag = bytes(value).decode("utf-8", errors="replace")
        elif field == 2 and wire == 5:
            number = float(struct.unpack("<f", value)[0])
        elif field == 8:
            number = _tensor(value)
    return (tag, number) if tag and number is not None else None


def _event(data: memoryview) -> Iterator[Scalar]:
    step = 0
    summaries: list[memoryview] = []
    for field, _, value in _fields(data):
        if field == 2 and isinstance(value, int):
            step = value if value < 1 << 63 else value - (1 << 64)
        elif field == 5 and isinstance(value, memoryview):
            summaries.append(value)
    for summary in summaries:
        for field, _, value in _fields(summary):
            if field == 1 and isinstance(value, memoryview) and (scalar := _value(value)):
                yield scalar[0], step, scalar[1]


def _records(stream: BinaryIO) -> Iterator[bytes | None]:
    """Yield each frame's payload; None for a frame cut short, which ends the file."""
    while head := stream.read(12):
        if len(head) < 12:
            yield None
            return
        (length,) = struct.unpack("<Q", head[:8])
        if length > MAX_RECORD:
            raise ValueError(f"a record of {length} bytes")
        data = stream.read(length)
        if len(data) < length or len(stream.read(4)) < 4:
            yield None
            return
        yield data


def read_scalars(path: Path) -> tuple[list[Scalar], bool]:
    """Return every scalar in an event file, in order, and whether the file is whole.

    Raises LogError where the file is no event file; one cut short gives what is there.
    """
    scalars: list[Scalar] = []
    whole = True
    try:
        with path.open("rb") as stream:
            for record in _records(stream):
                if record is None:
                    whole = False
                else:
                    scalars += _event(memoryview(record))
    except (ValueError, IndexError, struct.error) as error:
        raise LogError(f"{path}: not a TensorBoard event file ({error})") from None
    except OSError as error:
        raise LogError(f"{path}: cannot be read ({error.strerror})") from None
    return scalars, whole
