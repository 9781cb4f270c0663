"""Whether an array fits into memory: asked before it is made."""

from __future__ import annotations

from tuneit.errors import DataError


def require_room(size: int, what: str, advice: str) -> None:
    """Raise DataError where `what` takes more bytes than are free, with what to do about it."""
    from tuneit.training.machine import free_on_host

    free = free_on_host()
    if size > free:
        raise DataError(
            f"{what} {size / 2**30:,.1f} GiB, but {free / 2**30:,.1f} GiB of memory are free: "
            f"{advice}"
        )
