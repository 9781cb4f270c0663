"""Reads 100,000 damaged or made-up inputs: study files, training logs, tables, ledgers.

    python studies/benchmarks/fuzz                        # 25,000 of each; some 15 minutes
    python studies/benchmarks/fuzz study log --inputs 1000 --seed 1
    python studies/benchmarks/fuzz --smoke                # seconds, for a test

Each input is read, or refused with one of tuneit's own errors. Anything else is a fault: another
exception, or more than 5 seconds of this process's time. Prints a Markdown table, and each fault
once with an input that shows it. Ends with 1 where there was one.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import traceback
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from fuzz_targets import Target, targets  # noqa: E402
from hypothesis import HealthCheck, Phase, given, seed, settings  # noqa: E402

LONGEST = 5.0
"""Seconds of computing; an input that takes longer is a fault."""


@dataclass
class Counts:
    """What became of a target's inputs."""

    read: int = 0
    refused: int = 0
    slowest: float = 0.0
    faults: dict[str, tuple[str, Any]] = field(default_factory=dict)
    sizes: list[int] = field(default_factory=list)

    def fault(self, kind: str, told: str, value: Any) -> None:
        self.faults.setdefault(kind, (told, value))


def resident() -> int:
    """This process's memory in bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def fuzz(target: Target, inputs: int, first: int, folder: Path) -> Counts:
    """Read so many inputs in batches, since Hypothesis keeps what it has seen of a batch."""
    counts = Counts()

    def check(value: Any) -> None:
        began = time.process_time()
        try:
            if target.read(value, folder):
                counts.read += 1
            else:
                counts.refused += 1
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            counts.fault(
                f"{type(error).__name__} in {Path(place.filename).name}:{place.lineno}",
                traceback.format_exc(limit=-4),
                value,
            )
        took = time.process_time() - began
        counts.slowest = max(counts.slowest, took)
        if took > LONGEST:
            counts.fault("slow", f"{took:.1f} s", value)

    done, batch = 0, 1000
    while done < inputs:
        now = min(batch, inputs - done)
        run = settings(
            max_examples=now,
            phases=[Phase.generate],
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )(given(target.inputs)(lambda value: check(value)))
        seed(first + done)(run)()
        done += now
        counts.sizes.append(resident())
    return counts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", help="study, log, data, ledger; default: all")
    parser.add_argument("--inputs", type=int, default=25_000, help="of each target")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--smoke", action="store_true")
    given_ = parser.parse_args()
    inputs = 25 if given_.smoke else given_.inputs
    warnings.simplefilter("ignore")
    print("| target | inputs | read | refused | faults | slowest | memory, first and last |")
    print("|---|---|---|---|---|---|---|")
    faults: dict[str, tuple[str, Any]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        start = Path(scratch) / "start"
        start.mkdir()
        known = targets(start)
        for name in given_.targets or known:
            folder = Path(scratch) / name
            folder.mkdir()
            counts = fuzz(known[name], inputs, given_.seed, folder)
            total = counts.read + counts.refused
            sizes = f"{counts.sizes[0] / 1e6:.0f} MB, {counts.sizes[-1] / 1e6:.0f} MB"
            print(
                f"| {name} | {total:,} | {counts.read:,} | {counts.refused:,} | "
                f"{len(counts.faults)} | {counts.slowest:.2f} s | {sizes} |",
                flush=True,
            )
            faults.update({f"{name}: {kind}": told for kind, told in counts.faults.items()})
    for kind, (told, value) in faults.items():
        print(f"\n{kind}\n{told}\n{value!r:.3000}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
