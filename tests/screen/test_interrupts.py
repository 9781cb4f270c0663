from __future__ import annotations

import os
import signal
import sys
import threading

import pytest

from tuneit.screen.interrupts import Interrupts


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_is_raised_and_remembered_even_where_it_is_swallowed(
    number: signal.Signals,
) -> None:
    before = signal.getsignal(number)
    with Interrupts() as interrupts:
        assert not interrupts.seen
        try:
            os.kill(os.getpid(), number)
            signal.sigtimedwait([], 0.1)
        except KeyboardInterrupt:
            pass  # as code in between may do
        assert interrupts.seen
    assert signal.getsignal(number) is before


def test_ignored_signals_stay_ignored_and_other_threads_are_let_be() -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with Interrupts():
            assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, before)
    seen: list[bool] = []

    def elsewhere() -> None:
        with Interrupts() as interrupts:
            seen.append(interrupts.seen)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert seen == [False]


def test_what_python_drops_of_an_interrupt_is_not_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Finalised:
        def __del__(self) -> None:
            os.kill(os.getpid(), signal.SIGINT)
            signal.sigtimedwait([], 0.1)

    before = sys.unraisablehook
    with Interrupts() as interrupts:
        Finalised()
        assert interrupts.seen
    assert sys.unraisablehook is before
    assert capsys.readouterr().err == ""
