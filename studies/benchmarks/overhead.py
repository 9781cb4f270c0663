"""What tuneit adds to training: a trial against a bare `model.fit`, two workers against one, and
the ledger and proposals against Optuna alone.

    python studies/benchmarks/overhead.py                 # all; some 15 minutes
    python studies/benchmarks/overhead.py trial workers   # or ledger, proposals: parts
    python studies/benchmarks/overhead.py --large         # ledger, proposals at 10,000 trials too
    python studies/benchmarks/overhead.py --smoke         # seconds, for a test

Prints a Markdown table a part, and how many cores the machine has and how busy they were.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

SMOKE = "TUNEIT_OVERHEAD_SMOKE"
"""Set for the processes of a smoke run: few batches, and no XLA, which takes seconds to compile."""

DIGITS = {"source": "sklearn", "name": "digits", "scale": "minmax"}


def batch_size() -> int:
    """Rows in a batch."""
    return 512 if SMOKE in os.environ else 32


def build_model(hp: Any) -> Any:
    """The network of the throughput numbers: 64 → 64 with L2, dropout, → 10."""
    import keras

    model = keras.Sequential(
        [
            keras.layers.Input((64,)),
            keras.layers.Dense(
                64,
                activation="relu",
                kernel_regularizer=keras.regularizers.L2(
                    hp.Float("l2", 1e-6, 1e-2, sampling="log")
                ),
            ),
            keras.layers.Dropout(hp.Float("dropout", 0.0, 0.5)),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    rate = hp.Float("rate", 1e-4, 1e-1, sampling="log")
    model.compile(
        keras.optimizers.Adam(rate),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
        jit_compile=False if SMOKE in os.environ else "auto",
    )
    return model


def search(trials: int, epochs: int, **settings: Any) -> Any:
    from overhead import build_model  # workers import it from this file, not from __main__

    import tuneit

    with tempfile.TemporaryDirectory() as folder:
        return tuneit.search(
            build_model,
            DIGITS,
            objective="val_accuracy",
            strategy=settings.pop("strategy", "random"),
            trials=trials,
            epochs=epochs,
            batch_size=batch_size(),
            early_stopping=None,
            trainer="single",
            output=folder,
            quiet=True,
            **settings,
        )


# ---------------------------------------------------------------------------- a trial


def bare_fit(params: Any, seed: int, dataset: Any, epochs: int) -> None:
    """A plain training, as one writes it without tuneit."""
    import keras
    import keras_tuner

    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)
    hp = keras_tuner.HyperParameters()
    hp.values = dict(params)
    train, validation = dataset.train, dataset.validation
    build_model(hp).fit(
        train.x,
        train.y,
        validation_data=(validation.x, validation.y),
        epochs=epochs,
        batch_size=batch_size(),
        verbose=0,
    )


def measure_trial(trials: int, epochs: int) -> None:
    """Train each configuration twice, with tuneit and with a plain loop, in alternating order.

    All that a search does for a trial counts as tuneit's: proposing, training, judging, writing
    ledger and curve, saving the best model. Inspection and report, once a study, do not.
    """
    from tuneit.training.single import SingleTrainer

    original = SingleTrainer.train
    bare: list[Clock] = []
    whole: list[Clock] = []

    def interleaved(trainer: SingleTrainer, proposals: Any, observer: Any) -> Iterator[Any]:
        dataset = trainer._recipe.dataset

        def run_bare(proposal: Any) -> None:
            began = Clock.now()
            bare_fit(proposal.params, proposal.seed, dataset, epochs)
            bare.append(Clock.now() - began)

        def paired() -> Iterator[Any]:
            since = Clock.now()
            for proposal in proposals:
                spent = Clock.now() - since
                if proposal.number % 2:
                    run_bare(proposal)
                since = Clock.now()
                yield proposal
                # Back here, the trial has been trained, judged and recorded.
                whole.append(Clock.now() - since + spent)
                if proposal.number % 2 == 0:
                    run_bare(proposal)
                since = Clock.now()

        yield from original(trainer, paired(), observer)

    SingleTrainer.train = interleaved  # type: ignore[method-assign]
    try:
        search(trials, epochs)
    finally:
        SingleTrainer.train = original  # type: ignore[method-assign]
    # The first pair pays for what TensorFlow does once.
    pairs = list(zip(bare, whole, strict=True))[1:]
    print(f"\n### A trial ({len(pairs)} pairs, {epochs} epochs)\n")
    print("| median s a trial | bare `model.fit` | tuneit, one worker | ratio of a pair, 95 % |")
    print("|---|---|---|---|")
    for kind in ("wall", "processor"):
        theirs = [getattr(one, kind) for one, _ in pairs]
        ours = [getattr(other, kind) for _, other in pairs]
        ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
        low, high = interval(ratios)
        medians = (statistics.median(values) for values in (theirs, ours, ratios))
        one, other, ratio = medians
        print(f"| {kind} time | {one:.3f} | {other:.3f} | {ratio:.3f} ({low:.3f} to {high:.3f}) |")
    print("\nAim: at most 1.03 of wall time. Processor time feels other processes less.")


@dataclass(frozen=True)
class Clock:
    """Seconds of wall time, and of processor time of all threads."""

    wall: float
    processor: float

    @classmethod
    def now(cls) -> Clock:
        return cls(time.perf_counter(), time.process_time())

    def __sub__(self, other: Clock) -> Clock:
        return Clock(self.wall - other.wall, self.processor - other.processor)

    def __add__(self, other: Clock) -> Clock:
        return Clock(self.wall + other.wall, self.processor + other.processor)


def interval(values: list[float]) -> tuple[float, float]:
    """A bootstrap interval (95 %) of the median."""
    rng = np.random.default_rng(0)
    draws = rng.choice(values, size=(2000, len(values)))
    low, high = np.quantile(np.median(draws, axis=1), [0.025, 0.975])
    return float(low), float(high)


# ---------------------------------------------------------------------------- workers


def measure_workers(trials: int, epochs: int, rounds: int, bare: int) -> None:
    """Seconds from the first trial's start to the last one's end, 1 and 2 workers in turn.

    Beside them what the same machine gains by training the same fits in `bare` processes.
    """
    seconds: dict[int, list[float]] = {1: [], 2: []}
    starts: list[float] = []
    ceilings: list[float] = []
    for _ in range(rounds):
        alone, together = bare_processes(trials, epochs, bare)
        ceilings.append(alone / together)
        for workers in (1, 2):
            start, took = timed_search(trials, epochs, workers)
            seconds[workers].append(took)
            if workers == 2:
                starts.append(start)
    print(f"\n### Workers ({trials} trials of {epochs} epochs, {rounds} rounds in turn)\n")
    print("| workers | median s for all trials | s a trial |\n|---|---|---|")
    for workers, took in seconds.items():
        median = statistics.median(took)
        print(f"| {workers} | {median:.1f} | {median / trials:.2f} |")
    ratios = [one / two for one, two in zip(seconds[1], seconds[2], strict=True)]
    print(
        f"\n2 workers are {statistics.median(ratios):.2f} times as fast as 1 "
        f"({min(ratios):.2f} to {max(ratios):.2f}; aim: at least 1.7), once they have started, "
        f"which took {statistics.median(starts):.1f} s. {bare} processes with bare loops, of a "
        f"thread each, were {statistics.median(ceilings):.2f} times as fast as one "
        f"({min(ceilings):.2f} to {max(ceilings):.2f}): more than that the machine does not give."
    )


def bare_processes(trials: int, epochs: int, count: int) -> tuple[float, float]:
    """Seconds in which one process trains `trials` fits, and `count` share as many, once warm."""
    if not count:
        return 1.0, 1.0
    command = [sys.executable, __file__, "--bare", "--epochs", str(epochs)]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(count)
    ]
    for process in processes:
        wait_for(process, "warm")
    took = side_by_side(processes[:1], trials), side_by_side(processes, trials)
    for process in processes:
        process.communicate()
    return took


def side_by_side(processes: list[Any], trials: int) -> float:
    """Seconds in which these processes train `trials` fits together."""
    began = time.perf_counter()
    for process in processes:
        process.stdin.write(f"{trials // len(processes)}\n")
        process.stdin.flush()
    for process in processes:
        wait_for(process, "done")
    return time.perf_counter() - began


def wait_for(process: Any, word: str) -> None:
    """Read a process's output up to this word."""
    while (line := process.stdout.readline()).strip() != word:
        if not line:
            raise SystemExit(f"a process with bare loops ended before it said {word!r}")


def bare_loop(epochs: int) -> None:
    """The work of a `side_by_side` process: one fit to warm up, then as many as each line says."""
    import tensorflow as tf

    from tuneit.data.load import as_dataset, read_data
    from tuneit.study import SklearnData

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    digits = SklearnData(**DIGITS)
    dataset = as_dataset(read_data(digits, Path(), 0), digits, 0)
    params = {"l2": 1e-4, "dropout": 0.2, "rate": 1e-3}
    bare_fit(params, 0, dataset, epochs)
    print("warm", flush=True)
    for line in sys.stdin:
        for seed in range(int(line)):
            bare_fit(params, seed, dataset, epochs)
        print("done", flush=True)


def timed_search(trials: int, epochs: int, workers: int) -> tuple[float, float]:
    """Seconds until the first trial was handed out, and from then until the last one ended."""
    from tuneit.training.single import SingleTrainer
    from tuneit.training.workers.trainer import WorkerTrainer

    kind: Any = SingleTrainer if workers == 1 else WorkerTrainer
    original = kind.train
    marks: list[float] = []

    def watched(trainer: Any, proposals: Any, observer: Any) -> Iterator[Any]:
        marks.append(time.perf_counter())

        def pulled() -> Iterator[Any]:
            for proposal in proposals:
                if len(marks) == 1:
                    marks.append(time.perf_counter())
                yield proposal

        for trial in original(trainer, pulled(), observer):
            yield trial
            marks.append(time.perf_counter())

    kind.train = watched
    try:
        search(trials, epochs, workers=workers)
    finally:
        kind.train = original
    return marks[1] - marks[0], marks[-1] - marks[1]


# ---------------------------------------------------------------------------- ledger, proposals


def finished_trials(count: int, epochs: int = 20) -> Iterator[tuple[Any, Any]]:
    """A proposal and its trial with a curve, again and again."""
    from tuneit.curves import LearningCurve
    from tuneit.trials import Proposal, Trial, TrialState

    space = network_space()
    rng = np.random.default_rng(0)
    for number in range(count):
        proposal = Proposal(number, space.sample(rng), seed=number)
        names = ("loss", "accuracy", "val_loss", "val_accuracy")
        curve = LearningCurve.from_history({name: rng.random(epochs).tolist() for name in names})
        score = float(max(curve["val_accuracy"]))
        yield (
            proposal,
            Trial(
                number,
                proposal.params,
                TrialState.COMPLETE,
                proposal.seed,
                score,
                curve,
                1,
                1.0,
                scores=(score,),
            ),
        )


def network_space() -> Any:
    from tuneit.space import Choice, Float, Int, SearchSpace

    return SearchSpace(
        (
            Float(name="rate", low=1e-4, high=1e-1, sampling="log"),
            Float(name="l2", low=1e-6, high=1e-2, sampling="log"),
            Float(name="dropout", low=0.0, high=0.5),
            Int(name="units", low=16, high=256, step=16),
            Choice(name="optimizer", values=("adam", "sgd", "rmsprop")),
        )
    )


def measure_ledger(sizes: list[int], last: int = 20) -> None:
    """Milliseconds to start and to record a trial with a curve of 20 epochs, and to reopen."""
    from tuneit.ledger import Ledger
    from tuneit.trials import Objective

    objective = Objective("val_accuracy", "maximize")
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        trials = finished_trials(max(sizes) + last)
        with Ledger.open(None, Path(folder), "benchmark", objective) as ledger:
            for size in sizes:
                while len(ledger.trials()) < size:
                    proposal, trial = next(trials)
                    ledger.start(proposal, network_space())
                    ledger.record(trial, network_space())
                starts, records = [], []
                for _ in range(last):
                    proposal, trial = next(trials)
                    began = Clock.now()
                    ledger.start(proposal, network_space())
                    starts.append(Clock.now() - began)
                    began = Clock.now()
                    ledger.record(trial, network_space())
                    records.append(Clock.now() - began)
                began = time.perf_counter()
                with Ledger.read(None, Path(folder), "benchmark", objective):
                    reopened = time.perf_counter() - began
                rows.append((size, starts, records, reopened))
    print("\n### Ledger (journal file; medians of 20)\n")
    print("| trials | start, ms (processor) | record with curve, ms (processor) | reopen, s |")
    print("|---|---|---|---|")
    for size, starts, records, reopened in rows:
        start, record = (
            f"{1e3 * statistics.median(clock.wall for clock in times):.2f} "
            f"({1e3 * statistics.median(clock.processor for clock in times):.2f})"
            for times in (starts, records)
        )
        print(f"| {size:,} | {start} | {record} | {reopened:.2f} |")
    print("\nAim: under 5 ms to record a finished trial with its curve.")


def measure_proposals(sizes: list[int], repeats: int = 9) -> None:
    """Milliseconds of a TPE proposal, by tuneit and by Optuna alone in turn, as trials increase."""
    import optuna
    from optuna.trial import TrialState as OptunaState

    from tuneit.space.distributions import shown
    from tuneit.strategies.base import Situation
    from tuneit.strategies.registry import make_strategy
    from tuneit.study import StrategySpec
    from tuneit.trials import Objective

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")  # Optuna's, of its experimental options
    space, objective = network_space(), Objective("val_accuracy", "maximize")
    print(f"\n### TPE proposals (medians of {repeats}, in turn)\n")
    print("| trials | Optuna alone, ms | tuneit, ms | ratio |\n|---|---|---|---|")
    for size in sizes:
        everything = [trial for _, trial in finished_trials(size + repeats + 1, epochs=1)]
        strategy = make_strategy(StrategySpec(name="optuna", sampler="tpe"))
        study = optuna.create_study(direction="maximize")
        study.add_trials([frozen(trial, space, shown) for trial in everything[:size]])
        _, distributions = shown(space, everything[0].params)
        ours, theirs = [], []
        for step in range(repeats + 1):
            known = everything[: size + step]
            situation = Situation(space, tuple(known), objective, 0, len(known))
            began = time.perf_counter()
            strategy.propose(situation)
            ours.append(time.perf_counter() - began)
            study.sampler = optuna.samplers.TPESampler(
                multivariate=True,
                group=True,
                constant_liar=True,
                seed=step,
                warn_independent_sampling=False,
            )
            began = time.perf_counter()
            asked = study.ask(distributions)
            theirs.append(time.perf_counter() - began)
            study.tell(asked, state=OptunaState.FAIL)
            study.add_trial(frozen(everything[size + step], space, shown))
        # The first of tuneit's reads all trials, as once when a search is resumed.
        mine, alone = (1e3 * statistics.median(times[1:]) for times in (ours, theirs))
        ratio = statistics.median(a / b for a, b in zip(ours[1:], theirs[1:], strict=True))
        print(f"| {size:,} | {alone:.1f} | {mine:.1f} | {ratio:.2f} |")
    print("\nAim: at most 1.1 times Optuna's.")


def frozen(trial: Any, space: Any, shown: Any) -> Any:
    import optuna

    params, distributions = shown(space, trial.params)
    return optuna.trial.create_trial(value=trial.score, params=params, distributions=distributions)


# ---------------------------------------------------------------------------- running


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = ("trial", "workers", "ledger", "proposals")
    parser.add_argument("parts", nargs="*", metavar="part", help=", ".join(names))
    parser.add_argument("--trials", type=int, default=30)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3, help="of workers 1 and 2 in turn")
    parser.add_argument("--large", action="store_true", help="10,000 trials too")
    parser.add_argument("--smoke", action="store_true", help="as little as shows that it runs")
    parser.add_argument("--bare", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.bare:
        bare_loop(options.epochs)
        return
    unknown = set(options.parts) - set(names)
    if unknown:
        parser.error(f"parts are {', '.join(names)}, not {', '.join(sorted(unknown))}")
    sizes = [100, 1000] + [10_000] * options.large
    trials, epochs, rounds, bare = options.trials, options.epochs, options.rounds, 2
    if options.smoke:
        sizes, trials, epochs, rounds, bare = [20], 2, 1, 1, 0
        os.environ[SMOKE] = "1"
    parts = {
        "trial": lambda: measure_trial(trials, epochs),
        "workers": lambda: measure_workers(trials, epochs, rounds, bare),
        "ledger": lambda: measure_ledger(sizes),
        "proposals": lambda: measure_proposals(sizes),
    }
    print(f"Cores: {os.cpu_count()}; processes waiting or running before: {load()}")
    for name in names:
        if not options.parts or name in options.parts:
            parts[name]()
    print(f"\nProcesses waiting or running after: {load()}")


def load() -> str:
    """The load average of the last minute."""
    return f"{os.getloadavg()[0]:.1f}"


if __name__ == "__main__":
    main()
