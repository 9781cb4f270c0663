"""Does the advice help? Treats models with planted weaknesses, and counts what the pairs show.

    python studies/benchmarks/treatments [--most N] [--only WORD] [--results FILE] [--studies DIR]

Each task is trained and diagnosed; its first three recommendations are compared as `tuneit treat`
does it, and random search gets as many seconds of CPU time. Then every treatment of the menu is
trained in other pairs, which say what helps in truth. Random search runs beside every second task,
since its trainings share nothing and take long. A finished task is a line in the results, and is
not run again: the same command goes on. `--report` only prints the table. Where rules of the
diagnosis changed, `--again` diagnoses the kept searches of `--studies`; what helps in truth stays.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
import traceback
import warnings
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from treatment_report import by_weakness, table
from treatment_tasks import CHOSEN, WEAKNESSES, Task, tasks

MENU = (
    *("dropout", "l2", "less_regularisation", "more_epochs", "early_stopping", "schedule"),
    *("raise_learning_rate", "lower_learning_rate", "learning_rate_sweep", "gradient_clipping"),
    *("more_capacity", "smaller_network", "deeper", "larger_batch_size", "batch_normalisation"),
    *("augmentation", "normalise_inputs", "missing_activation"),
)
"""The treatments that change numbers come first: they train in one cohort with the baseline."""

PAIRS = 6
"""Pairs of the comparison of three treatments, as `tuneit treat` would have, and of the truth."""

TRUTH = range(100, 100 + PAIRS)
"""The pairs of the truth: with other seeds and splits than those that chose."""

CHOOSING = 99
"""The pair in which random search compares its configurations."""

MOST_TRIALS = 12
"""Trials of random search at most."""

RESULTS = Path("reports/benchmarks/treatments.jsonl")


def main() -> None:
    """Run the tasks that have no result yet, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--most", type=int, help="tasks to run at most")
    parser.add_argument("--only", default="", help="a word that a task's name must have")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--studies", type=Path, help="a folder that keeps the tasks' searches")
    parser.add_argument("--again", action="store_true", help="diagnose the kept searches again")
    parser.add_argument("--report", action="store_true", help="only print the table")
    parser.add_argument("--smoke", action="store_true", help="one task, two treatments, two pairs")
    options = parser.parse_args()
    known = _read(options.results)
    if options.again:
        for task in [t for t in tasks() if "advice" in known.get(t.name, {})]:
            again = {**known[task.name], **_diagnosed(task, options.studies / task.name, False)[1]}
            _keep(again, options.results)
    elif not options.report:
        left = [t for t in tasks() if t.name not in known and options.only in t.name]
        for task in left[: 1 if options.smoke else options.most]:
            record = _record(task, options.studies, smoke=options.smoke)
            _keep(record, options.results)
    records = [r for r in _read(options.results).values() if "error" not in r]
    print(table(records), by_weakness(records), sep="\n\n")


def _read(results: Path) -> dict[str, dict[str, Any]]:
    if not results.exists():
        return {}
    records = [json.loads(line) for line in results.read_text().splitlines()]
    return {record["task"]: record for record in records}


def _keep(record: dict[str, Any], results: Path) -> None:
    results.parent.mkdir(parents=True, exist_ok=True)
    with results.open("a") as file:
        file.write(json.dumps(record) + "\n")
    said = record.get("error", record.get("verdict"))
    print(f"{record['task']}: {said}, {record['seconds']:.0f} s", flush=True)


def _record(task: Task, studies: Path | None, *, smoke: bool) -> dict[str, Any]:
    """The task's result; of a task that fails, the error, so that the others go on."""
    began = time.process_time()
    about = {
        "task": task.name,
        "source": task.source,
        "part": task.part,
        "weakness": task.weakness,
    }
    try:
        with tempfile.TemporaryDirectory() as place, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            folder = Path(place) if studies is None else studies / task.name
            found = run(task, folder, smoke=smoke)
    except Exception as error:
        if smoke:
            raise
        traceback.print_exc()
        found = {"error": f"{type(error).__name__}: {error}"}
    return {**about, **found, "seconds": time.process_time() - began}


def _diagnosed(task: Task, folder: Path, smoke: bool) -> tuple[Any, dict[str, Any]]:
    """Train the task's model, unless the folder has its search; what the diagnosis says of it."""
    import tuneit

    weakness = WEAKNESSES[task.weakness]
    found = tuneit.search(
        task.builder(),
        task.data(),
        objective="val_loss",
        strategy="random",
        trials=1,
        epochs=2 if smoke else weakness.epochs,
        enqueue=[{**CHOSEN, **weakness.params}],
        early_stopping=None,
        pruning="none",
        seed=1,
        output=folder,
        keep=True,
        quiet=True,
    )
    diagnosis = found.diagnose()
    return found, {
        "verdict": str(diagnosis.verdict),
        "confidence": diagnosis.confidence,
        "advice": list(dict.fromkeys(r.key for r in diagnosis.recommendations)),
    }


def run(task: Task, folder: Path, *, smoke: bool = False) -> dict[str, Any]:
    """Train, diagnose and treat one task; give random search the same seconds."""
    began, wall = time.process_time(), time.perf_counter()
    found, diagnosed = _diagnosed(task, folder, smoke)
    share = (time.process_time() - began) / (time.perf_counter() - wall)
    one = found.best.duration_s * share

    lab = _Lab(found, pairs=2 if smoke else PAIRS)
    began = time.process_time()
    claims = lab.claims()
    seconds = time.process_time() - began
    trials = 1 if smoke else max(1, min(MOST_TRIALS, round(seconds / one)))
    searched = smoke or len(task.name) % 2 == 0
    random = lab.random_search(trials) if searched else None
    truth = lab.truth(MENU[:2] if smoke else MENU, random)
    return {
        **diagnosed,
        "claims": claims,
        "truth": truth,
        "random_trials": trials if searched else 0,
        "treating_s": seconds,
        "training_s": one,
        "trivial": found.best.trivial.score,
    }


class _Lab:
    """The paired comparisons of one task."""

    def __init__(self, found: Any, pairs: int) -> None:
        from tuneit.result.treatment.choice import Wishes
        from tuneit.result.treatment.experiment import Experiment
        from tuneit.screen.interrupts import Interrupts
        from tuneit.screen.treatment_view import TreatmentView

        self._found, self._pairs = found, pairs
        self._experiment = Experiment(found, Wishes(), TreatmentView(quiet=True), Interrupts())
        self._trainer = self._experiment.trainer()

    def _choice(self, actions: Sequence[str] | None) -> Any:
        from tuneit.result.treatment.choice import Choice, Wishes

        experiment = self._experiment
        wishes = Wishes(actions=None if actions is None else tuple(actions))
        return Choice(
            self._found, wishes, experiment.situation, self._trainer, experiment.view
        ).arms()

    def claims(self) -> dict[str, list[Any]]:
        """What `tuneit treat` says of the first three recommendations that can be applied."""
        arms, _, _ = self._choice(None)
        if not arms:
            return {}
        experiment = self._experiment
        pairs = experiment.pairs(self._trainer)
        pairs.seconds_each = None
        self._train(pairs, arms)
        return {
            row.action: [row.status, row.gain, row.interval, row.p_value]
            for row in experiment.compare(pairs, arms)
        }

    def _train(self, pairs: Any, arms: Sequence[Any]) -> None:
        for run in self._trainer([self._experiment.baseline, *arms], range(self._pairs)):
            pairs.known[run.arm, run.pair] = run

    def random_search(self, trials: int) -> Any:
        """The best of some random configurations in one pair; None where the baseline is better."""
        from tuneit.treatments.arm import Arm

        rng = np.random.default_rng(24)
        space, baseline = self._found.space, self._experiment.baseline
        arms = [baseline, *(Arm("random_search", space.sample(rng)) for _ in range(trials))]
        scores = {run.arm: run.score for run in self._trainer(arms, [CHOOSING])}
        best = min(arms, key=lambda arm: np.inf if scores[arm.key] is None else scores[arm.key])
        return None if best is baseline else best

    def truth(self, menu: Sequence[str], random: Any) -> dict[str, Any]:
        """Scores and gaps of all treatments in pairs of their own, and of random search's best."""
        baseline = self._experiment.baseline
        arms, rows, _ = self._choice(menu)
        trained = [baseline, *arms, *([] if random is None else [random])]
        runs = list(self._trainer(trained, list(TRUTH)[: self._pairs]))
        return {
            "scores": {
                arm.action: [run.score for run in runs if run.arm == arm.key] for arm in trained
            },
            "gaps": {arm.action: _gap([r for r in runs if r.arm == arm.key]) for arm in trained},
            "not_applicable": {r.action: r.reason for r in rows if r.status == "not_applicable"},
        }


def _gap(runs: Sequence[Any]) -> float | None:
    """The mean distance between the validation and the training loss at the best epoch."""
    found = []
    for run in runs:
        loss, validation = run.series.get("loss"), run.series.get("val_loss")
        if loss and validation:
            best = validation.index(min(validation))
            found.append(validation[best] - loss[best])
    return fmean(found) if found else None


if __name__ == "__main__":
    main()
