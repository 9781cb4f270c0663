"""PostgreSQL is stopped while a search with real trainings runs, and started again."""

from __future__ import annotations

import time
from pathlib import Path

from fault_study import FaultStudy, quiet_search
from postgresql_server import PostgreSQL


def outage(scratch: Path, seconds: float, trials: int) -> int:
    """Print what became of the search, and what it said; return 1 where something was lost."""
    quiet = quiet_search(scratch / "quiet", trials)
    with PostgreSQL() as server:
        study = FaultStudy(scratch / "stopped", trials, storage=server.url)
        search = study.start()
        while len(study.seen) < trials // 3 and search.poll() is None:
            time.sleep(0.2)
            if study.begun():
                study.look()
        server.stop()
        time.sleep(seconds)
        before = len(study.seen)
        server.start()
        code = search.wait()
        study.look()
    rows = {
        "lost": len(study.lost),
        "trained again": len(study.trained_again()),
        "beyond or below the budget": abs(len(study.seen) - trials),
        "other than in the quiet run": len(study.other_than(quiet) | study.failed()),
        "exit code": code,
    }
    print(f"| stopped for | trials before | trials | {' | '.join(rows)} |")
    print(f"|{'---|' * (3 + len(rows))}")
    values = " | ".join(map(str, rows.values()))
    print(f"| {seconds:g} s | {before} | {trials} | {values} |\n")
    print("\n".join(line for line in study.said.splitlines() if "database" in line))
    return 1 if any(rows.values()) else 0
