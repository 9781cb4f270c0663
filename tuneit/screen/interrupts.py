"""Remember that Ctrl-C was pressed, even if the exception is lost."""

from __future__ import annotations

import signal
import sys
import threading
from types import FrameType, TracebackType
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """A `with` block in which `seen` becomes true when SIGINT or SIGTERM arrives.

    The signals raise KeyboardInterrupt as usual. But TensorFlow may turn this exception into a
    ValueError, and Python drops one that is raised in a finaliser. `seen` is true in these cases
    too. Python's message on a dropped exception is not shown. Outside the main thread, where
    Python delivers no signals, the block does nothing.
    """

    def __init__(self) -> None:
        self.seen = False
        self._before: dict[signal.Signals, Any] = {}
        self._dropped = sys.unraisablehook

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                # An ignored signal stays ignored: nohup and background jobs ignore it on purpose.
                if signal.getsignal(number) not in (signal.SIG_IGN, None):
                    self._before[number] = signal.signal(number, self._interrupt)
            self._dropped, sys.unraisablehook = sys.unraisablehook, self._drop
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if sys.unraisablehook == self._drop:
            sys.unraisablehook = self._dropped

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        self.seen = True
        raise KeyboardInterrupt

    def _drop(self, dropped: Any) -> None:
        if not (self.seen and dropped.exc_type is KeyboardInterrupt):
            self._dropped(dropped)
