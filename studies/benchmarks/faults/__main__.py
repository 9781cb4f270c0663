"""Kills a search at random moments, resumes it, and compares it with one that nobody killed.

    python studies/benchmarks/faults --kills 50                         # the journal
    python studies/benchmarks/faults --kills 25 --storage env:TUNEIT_DB # a database
    python studies/benchmarks/faults --smoke                            # seconds, for a test

The loop, the strategy (TPE) and the ledger are real, a trial sleeps instead of training. A kill is
SIGKILL to the whole process group, at a moment between the first trial of a run and its end, by a
seeded generator. Counts, of all trials: those lost after they had been recorded, those trained
again after they had been recorded, the trials beyond or below the budget, and the scores and
proposals that differ from the quiet run's. All must be 0; ends with 1 where one is not.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from fault_search import NAME, OBJECTIVE  # noqa: E402

from tuneit.ledger import Ledger  # noqa: E402


def start(folder: Path, storage: str, trials: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, str(HERE / "fault_search.py"), str(folder), storage, str(trials)]
    return subprocess.Popen(command, start_new_session=True, stderr=subprocess.PIPE)


def recorded(folder: Path) -> list[int]:
    """The trials that were trained to their end and recorded, in order."""
    path = folder / "trained.txt"
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def kill_once(folder: Path, storage: str, trials: int, rng: random.Random) -> bool:
    """Run a search until a few trials have ended, then kill it; False where it ended by itself."""
    before, wanted = len(recorded(folder)), rng.randint(1, 4)
    search = start(folder, storage, trials)
    while search.poll() is None and len(recorded(folder)) < before + wanted:
        time.sleep(0.002)
    time.sleep(rng.random() * 0.03)
    if search.poll() is None:
        os.killpg(search.pid, signal.SIGKILL)
    _, errors = search.communicate()
    if search.returncode not in (0, -signal.SIGKILL):
        raise SystemExit(f"the search failed: {errors.decode()[-2000:]}")
    return search.returncode != 0


def outcome(folder: Path, storage: str | None) -> dict[int, tuple[Any, Any]]:
    """The proposal and score of each trial that has ended."""
    with Ledger.read(storage, folder / "study", NAME, OBJECTIVE, ()) as ledger:
        return {t.number: (dict(t.params), t.score) for t in ledger.trials() if t.finished}


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--kills", type=int, default=50)
    options.add_argument("--storage", default="journal", help="journal, a URL or env:VARIABLE")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--smoke", action="store_true")
    given = options.parse_args()
    kills = 1 if given.smoke else given.kills
    trials, rng, done = 6 * kills, random.Random(given.seed), 0
    in_database = given.storage != "journal"
    with tempfile.TemporaryDirectory() as scratch:
        folder, quiet = Path(scratch) / "killed", Path(scratch) / "quiet"
        folder.mkdir()
        quiet.mkdir()
        while done < kills and kill_once(folder, given.storage, trials, rng):
            done += 1
        for place, storage in ((folder, given.storage), (quiet, "journal")):
            while start(place, storage, trials).wait():  # until a lost connection frees the study
                time.sleep(1)
        found = outcome(folder, given.storage if in_database else None)
        expected = outcome(quiet, None)
        trained = Counter(recorded(folder))
    rows = {
        "lost": sum(number not in found for number in trained),
        "trained again": sum(count > 1 for count in trained.values()),
        "beyond or below the budget": abs(len(found) - trials),
        "other than in the quiet run": sum(found.get(n) != expected[n] for n in expected),
    }
    print(f"| ledger | kills | trials | {' | '.join(rows)} |\n|{'---|' * (3 + len(rows))}")
    ledger = "database" if in_database else "journal"
    print(f"| {ledger} | {done} | {trials} | {' | '.join(map(str, rows.values()))} |")
    return 1 if any(rows.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
