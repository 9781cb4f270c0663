"""Does the advice help? Treats models with planted weaknesses, and counts what the pairs show.

    python studies/benchmarks/treatments [--most N] [--only WORD] [--results FILE] [--smoke]

Each task is trained, diagnosed and treated by every treatment of the menu in the same pairs; random
search then gets as many seconds. A finished task is a line in the results, and is not run again:
the same command goes on. `--report` only prints the table.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from treatment_report import table
from treatment_tasks import CHOSEN, WEAKNESSES, Task, tasks

MENU = (
    *("more_capacity", "smaller_network", "deeper", "dropout", "l2", "less_regularisation"),
    *("early_stopping", "more_epochs", "raise_learning_rate", "lower_learning_rate"),
    *("learning_rate_sweep", "schedule", "larger_batch_size", "batch_normalisation"),
    *("gradient_clipping", "augmentation", "normalise_inputs", "missing_activation"),
)
PAIRS = 8
RESULTS = Path("reports/benchmarks/treatments.jsonl")


def main() -> None:
    """Run the tasks that have no result yet, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--most", type=int, help="tasks to run at most")
    parser.add_argument("--only", default="", help="a word that a task's name must have")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--report", action="store_true", help="only print the table")
    parser.add_argument("--smoke", action="store_true", help="one task, two treatments, two pairs")
    options = parser.parse_args()
    known = _read(options.results)
    if not options.report:
        left = [t for t in tasks() if t.name not in known and options.only in t.name]
        for task in left[: 1 if options.smoke else options.most]:
            record = run(task, smoke=options.smoke)
            options.results.parent.mkdir(parents=True, exist_ok=True)
            with options.results.open("a") as file:
                file.write(json.dumps(record) + "\n")
            print(f"{task.name}: {record['verdict']}, {record['seconds']:.0f} s", flush=True)
    print(table(list(_read(options.results).values())))


def _read(results: Path) -> dict[str, dict[str, Any]]:
    if not results.exists():
        return {}
    records = [json.loads(line) for line in results.read_text().splitlines()]
    return {record["task"]: record for record in records}


def run(task: Task, *, smoke: bool = False) -> dict[str, Any]:
    """Train, diagnose and treat one task; give random search the same seconds."""
    import tuneit

    weakness = WEAKNESSES[task.weakness]
    params = {**CHOSEN, **weakness.params}
    x, y = task.data()
    settings: dict[str, Any] = {
        "objective": "val_loss",
        "epochs": 2 if smoke else weakness.epochs,
        "early_stopping": None,
        "pruning": "none",
        "quiet": True,
    }
    with tempfile.TemporaryDirectory() as place, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = (x, y)
        shared = {**settings, "strategy": "random", "seed": 1}
        folder = Path(place)
        found = tuneit.search(
            task.builder(), data, trials=1, enqueue=[params], output=folder / "one", **shared
        )
        diagnosis = found.diagnose()
        began = time.perf_counter()
        menu = MENU[:2] if smoke else MENU
        treated = found.treat(menu, seeds=2 if smoke else PAIRS, quiet=True)
        seconds = time.perf_counter() - began
        random = tuneit.search(
            task.builder(),
            data,
            time=max(1.0, seconds / len(menu) * 3),
            trials=2 if smoke else None,
            output=folder / "random",
            **shared,
        )
        gain = _gain_of(found, random.best_params, 2 if smoke else PAIRS)
    record = treated.to_dict()
    return {
        "task": task.name,
        "source": task.source,
        "part": task.part,
        "weakness": task.weakness,
        "verdict": str(diagnosis.verdict),
        "advice": [r.key for r in diagnosis.recommendations],
        "rows": {
            row["action"]: [row["status"], row["gain"], row["interval"], row["p_value"]]
            for row in record["treatments"]
        },
        "score": record["baseline"]["score"],
        "trivial": found.best.trivial.score,
        "random_search": gain,
        "seconds": seconds,
    }


def _gain_of(found: Any, params: dict[str, Any], pairs: int) -> float | None:
    """The mean gain of another configuration in the same pairs."""
    from tuneit.result.treatment.choice import Wishes
    from tuneit.result.treatment.experiment import Experiment
    from tuneit.screen.interrupts import Interrupts
    from tuneit.screen.treatment_view import TreatmentView
    from tuneit.treatments.arm import Arm

    experiment = Experiment(found, Wishes(), TreatmentView(quiet=True), Interrupts())
    arm = Arm("random_search", dict(params), "random search's best")
    trained = experiment.pairs(experiment.trainer())
    trained.run(experiment.baseline, [arm], pairs)
    [row] = experiment.compare(trained, [arm])
    return row.gain


if __name__ == "__main__":
    main()
