"""JSON that any parser reads, and text files that are never half written."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tuneit.errors.writing import writing


def to_json(value: Any) -> str:
    """JSON text that any parser reads: NaN and infinities become null."""
    return json.dumps(_plain(value), indent=2, ensure_ascii=False, allow_nan=False, default=str)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    if hasattr(value, "item") and not isinstance(value, (str, bytes)):
        value = value.item() if getattr(value, "ndim", 0) == 0 else _plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def write_text(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old text or the new one, never half of it.

    Characters that UTF-8 cannot write, as in undecodable file names, become `\\udce9` and the like.
    Raises as `writing` does.
    """
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            scratch.write_text(text, encoding="utf-8", errors="backslashreplace")
            scratch.replace(path)
        except BaseException:
            scratch.unlink(missing_ok=True)
            raise
