"""Refuse arrays that do not fit into memory, before they are made."""

from __future__ import annotations

from tuneit.errors import DataError


def require_memory(size: int, what: str, advice: str) -> None:
    """Raise DataError, with `what` and `advice` in its text, where `size` bytes are not free."""
    from tuneit.training.machine import free_host_memory

    free = free_host_memory()
    if size > free:
        raise DataError(
            f"{what} {size / 2**30:,.1f} GiB, but {free / 2**30:,.1f} GiB of memory are free: "
            f"{advice}"
        )
