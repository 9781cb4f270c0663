"""Logs as people's tools write them, and a writer of TensorBoard event files."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from pathlib import Path

KERAS = "epoch,accuracy,loss,val_accuracy,val_loss\n" + "\n".join(
    f"{i},{0.5 + i / 20},{1.0 / (i + 1)},{0.45 + i / 25},{1.1 / (i + 1)}" for i in range(8)
)


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def field(number: int, wire: int, payload: bytes) -> bytes:
    size = varint(len(payload)) if wire == 2 else b""
    return varint(number << 3 | wire) + size + payload


def scalar_event(tag: str, step: int, value: float, *, tensor: bool) -> bytes:
    if tensor:
        body = field(1, 0, varint(1)) + field(4, 2, struct.pack("<f", value))
        number = field(8, 2, body)
    else:
        number = field(2, 5, struct.pack("<f", value))
    summary = field(1, 2, field(1, 2, tag.encode()) + number)
    return field(1, 1, struct.pack("<d", 1e9)) + field(2, 0, varint(step)) + field(5, 2, summary)


def framed(event: bytes) -> bytes:
    return struct.pack("<Q", len(event)) + b"crc1" + event + b"crc2"


def write_events(path: Path, events: Iterable[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    head = field(1, 1, struct.pack("<d", 1e9)) + field(3, 2, b"brain.Event:2")
    path.write_bytes(framed(head) + b"".join(framed(event) for event in events))
