"""`--json`: print one JSON document on stdout, and nothing else there."""

from __future__ import annotations

import contextlib
from contextlib import AbstractContextManager
from typing import Any

from tuneit.screen.terminal import say_json, stdout_for_one_document


def stdout_kept(as_json: bool) -> AbstractContextManager[None]:
    """With `as_json`, send everything else that is printed on stdout to stderr."""
    return stdout_for_one_document() if as_json else contextlib.nullcontext()


def print_json(document: Any) -> None:
    """Print a JSON-ready value as one document."""
    from tuneit.ledger.study_folder import to_json

    say_json(to_json(document))
