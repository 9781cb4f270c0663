"""Builders for the tests of worker processes: each misbehaves when its trial says so."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

from training_models import a_network

from tuneit.space import Choice, Float, Int, SearchSpace


def build_hazard(hp: Any) -> Any:
    """`what` happens: hang, raise, once (killed the first time), grow, hoard, late, or nothing."""
    what = hp.Choice("what", list(_HAZARDS))
    _HAZARDS[what]()
    units = hp.Int("units", 2, 8)
    rate = hp.Float("rate", 1e-3, 1e-1, sampling="log")
    if what == "late" and units == 5:
        rate = hp.Float("other_rate", 1e-3, 1e-1)
    return a_network(units, rate)


def build_mortal(hp: Any) -> Any:
    """Ends its process with many units, or of a choice."""
    units = hp.Int("units", 1, 64)
    kind = hp.Choice("kind", ["ok", "crash"])
    if units > 32 or kind == "crash":
        os._exit(3)
    return a_network(units)


def _hang() -> None:
    time.sleep(600)


def _raise() -> None:
    raise ValueError("no such layer")


def _once() -> None:
    marker = Path(os.environ["TUNEIT_TEST_MARKER"])
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)


def _grow() -> None:
    _HOARD.append(bytearray(os.urandom(1 << 20) * 64))


def _hoard() -> None:
    while len(_HOARD) < 200:  # 6 GB, which no test lets it have
        _HOARD.append(bytearray(b"x") * 2**25)


def _nothing() -> None:
    pass


_HOARD: list[bytearray] = []
_HAZARDS = {
    "fine": _nothing,
    "hang": _hang,
    "raise": _raise,
    "once": _once,
    "late": _nothing,
    "grow": _grow,
    "hoard": _hoard,
}


def a_hazard_space() -> SearchSpace:
    """The space of build_hazard, by hand: discovery would try all that can happen."""
    return SearchSpace(
        (
            Choice(name="what", values=tuple(_HAZARDS)),
            Int(name="units", low=2, high=8),
            Float(name="rate", low=1e-3, high=1e-1, sampling="log"),
        )
    )
