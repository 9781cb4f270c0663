"""The way in, for `tuneit` and `python -m tuneit`: ready for Ctrl-C before the imports begin."""

from __future__ import annotations

import os
import signal
from typing import NoReturn

_INTERRUPTED = 130


def main() -> NoReturn:
    """Import the command line and run it."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        # Nothing has begun that could be lost; KeyboardInterrupt would show a traceback.
        signal.signal(signal.SIGINT, lambda *_: os._exit(_INTERRUPTED))
    from tuneit.cli import main as command_line

    command_line()


if __name__ == "__main__":
    main()
