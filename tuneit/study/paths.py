"""Paths: which ones a file system accepts, and how messages show them."""

from __future__ import annotations

import re
from pathlib import Path

LONGEST_NAME, LONGEST_PATH = 255, 2_000
"""The most bytes of a file's name, and of a path; the limit of a path leaves room for the folders
above it (Linux allows 4,096 in all)."""


def can_be_a_path(value: str) -> str:
    """Return a path as it is; raise ValueError if no file system could hold it."""
    longest = max(len(part.encode("utf-8", "replace")) for part in re.split(r"[/\\]", value))
    if longest > LONGEST_NAME:
        raise ValueError(f"a file's name has at most {LONGEST_NAME} bytes, but this one {longest}")
    if len(value.encode("utf-8", "replace")) > LONGEST_PATH:
        raise ValueError(f"a path has at most {LONGEST_PATH} bytes, but this one {len(value)}")
    if "\0" in value:
        raise ValueError("a path cannot hold the character U+0000")
    return value


def nearby(path: Path) -> Path:
    """Return a path relative to the working directory, if it is below that."""
    try:
        here = Path.cwd()
    except FileNotFoundError:  # the user's code has deleted the working directory
        return path
    return path.relative_to(here) if path.is_relative_to(here) else path
