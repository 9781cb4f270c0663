"""Injects faults into searches, and compares them with a search that nothing disturbed.

    python studies/benchmarks/faults --kills 50                         # the journal; a minute
    python studies/benchmarks/faults --kills 25 --storage env:TUNEIT_DB # a database
    python studies/benchmarks/faults trainings --kills 50               # real trainings
    python studies/benchmarks/faults outage --seconds 30                # PostgreSQL stops
    python studies/benchmarks/faults --smoke                            # seconds, for a test

`sleeping`, the default, kills a search whose trials sleep 20 ms. `trainings` kills, at random
moments, worker processes, Ray actors, a node of two, the search, or the search and its workers, on
the journal and on PostgreSQL; the moments are seeded, but not what the processes do meanwhile.
`outage` stops PostgreSQL under a search and starts it again. Counts, of all trials: those lost
after they had been recorded, those trained again after they had been recorded, the trials beyond or
below the budget, and those whose proposal or score differs from the quiet run's. All must be 0;
ends with 1 where one is not.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[2] / "tests")]

from fault_outage import outage  # noqa: E402
from fault_sleeping import sleeping  # noqa: E402
from fault_trainings import PLACES, trainings  # noqa: E402


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("part", nargs="?", default="sleeping", help="sleeping, trainings, outage")
    options.add_argument("--kills", type=int, default=50)
    options.add_argument("--storage", default="journal", help="sleeping: a URL or env:VARIABLE")
    options.add_argument("--only", nargs="+", choices=[p.name for p in PLACES], help="trainings")
    options.add_argument("--seconds", type=float, default=30.0, help="outage: without a server")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--smoke", action="store_true")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        if given.part == "trainings":
            return trainings(scratch, given.kills, given.seed, given.only or [])
        if given.part == "outage":
            return outage(scratch, given.seconds, trials=12)
        return sleeping(scratch, 1 if given.smoke else given.kills, given.storage, given.seed)


if __name__ == "__main__":
    sys.exit(main())
