"""Paths: what a file system takes as one, and how one is shown."""

from __future__ import annotations

import re
from pathlib import Path

LONGEST_NAME, LONGEST_PATH = 255, 2_000
"""Bytes that file systems take as a file's name, and bytes of a path that leave room for the
folders above it (4,096 in all, on Linux)."""


def can_be_a_path(value: str) -> str:
    """Return a path as it is; raises ValueError for what no file system could hold."""
    longest = max(len(part.encode("utf-8", "replace")) for part in re.split(r"[/\\]", value))
    if longest > LONGEST_NAME:
        raise ValueError(f"a file's name has at most {LONGEST_NAME} bytes, but this one {longest}")
    if len(value.encode("utf-8", "replace")) > LONGEST_PATH:
        raise ValueError(f"a path has at most {LONGEST_PATH} bytes, but this one {len(value)}")
    if "\0" in value:
        raise ValueError("a path cannot hold the character U+0000")
    return value


def nearby(path: Path) -> Path:
    """Return a path as seen from the working directory, where it lies below that."""
    try:
        here = Path.cwd()
    except FileNotFoundError:  # code of the user's went to a folder and deleted it
        return path
    return path.relative_to(here) if path.is_relative_to(here) else path
