"""What `tuneit.check_model` says of faulty programs and of sound ones.

Each faulty program has a corrected twin. Models are built and checked, never trained. Run it in
this folder: `python measure.py` for both halves, `python measure.py fit` for one of them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import fit_half
import keras
import sound
import test_half
from made import Built, Program

import tuneit
from tuneit.findings import Finding, Severity

HALVES = {"fit": fit_half.PROGRAMS, "test": test_half.PROGRAMS}


def check(built: Built) -> tuple[Finding, ...]:
    """The findings on a program."""
    model, x, y, *fit = built
    found = tuneit.check_model(model, x, y, **(fit[0] if fit else {}))
    keras.backend.clear_session()
    return found


def measure(half: str, programs: Sequence[Program]) -> None:
    """Print the misses of a half, and its shares."""
    detected = named = right = 0
    alarms, hints = 0, 0
    for program in programs:
        found = check(program.make(False))
        names = [finding.name for finding in found]
        first = str(found[0].evidence["write"]) if found else ""
        is_hint = program.kind in names and found[names.index(program.kind)].severity == "info"
        hit = any(f.severity is not Severity.INFO for f in found) or is_hint
        detected += hit
        named += program.kind in names
        advised = any(word in first for word in program.right)
        right += advised
        if not (hit and program.kind in names and advised):
            print(f"  {program.name}: wanted {program.kind}, found {names}; advice: {first}")
        twin = check(program.make(True))
        alarm = [f for f in twin if f.severity is not Severity.INFO]
        alarms += bool(alarm)
        hints += any(f.name == program.kind for f in twin)
        for finding in alarm:
            print(f"  alarm on the twin of {program.name}: {finding.summary}")
    n = len(programs)
    print(
        f"| {half} | {n} | {detected / n:.0%} | {named / n:.0%} | {right / n:.0%} | "
        f"{alarms} of {n} | {hints} of {n} |"
    )


def measure_sound() -> None:
    """Print the alarms on further sound programs."""
    alarms = 0
    for make in sound.PROGRAMS:
        found = [f for f in check(make()) if f.severity is not Severity.INFO]
        alarms += bool(found)
        for finding in found:
            print(f"  alarm on {make.__name__}: {finding.summary}")
    print(f"alarms on {alarms} of {len(sound.PROGRAMS)} further sound programs")


if __name__ == "__main__":
    print("| half | programs | detected | cause named | right remedy first | alarms on twins "
          "| same finding on twins |")  # fmt: skip
    print("|---|---|---|---|---|---|---|")
    for half in sys.argv[1:] or HALVES:
        measure(half, HALVES[half])
    measure_sound()
