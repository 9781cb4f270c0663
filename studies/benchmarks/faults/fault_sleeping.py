"""Kills a search whose trials sleep, and compares it with one that nobody killed.

The loop, the strategy (TPE) and the ledger are real. A kill is SIGKILL to the whole process group,
at a moment between the first trial of a run and its end.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from fault_search import NAME, OBJECTIVE

from tuneit.ledger import Ledger

HERE = Path(__file__).resolve().parent


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


def sleeping(scratch: Path, kills: int, storage: str, seed: int) -> int:
    """Print what became of the search; return 1 where a promise is broken."""
    trials, rng, done = 6 * kills, random.Random(seed), 0
    folder, quiet = scratch / "killed", scratch / "quiet"
    folder.mkdir()
    quiet.mkdir()
    while done < kills and kill_once(folder, storage, trials, rng):
        done += 1
    for place, ledger in ((folder, storage), (quiet, "journal")):
        while start(place, ledger, trials).wait():  # until a lost connection frees the study
            time.sleep(1)
    found = outcome(folder, None if storage == "journal" else storage)
    expected = outcome(quiet, None)
    trained = Counter(recorded(folder))
    rows = {
        "lost": sum(number not in found for number in trained),
        "trained again": sum(count > 1 for count in trained.values()),
        "beyond or below the budget": abs(len(found) - trials),
        "other than in the quiet run": sum(found.get(n) != expected[n] for n in expected),
    }
    print(f"| ledger | kills | trials | {' | '.join(rows)} |\n|{'---|' * (3 + len(rows))}")
    kind = "journal" if storage == "journal" else "database"
    print(f"| {kind} | {done} | {trials} | {' | '.join(map(str, rows.values()))} |")
    return 1 if any(rows.values()) else 0
