"""Epochs that a search needs to come near the best known score of real Keras tasks.

    python studies/benchmarks/search_quality/compare.py tables --tasks digits wine
    python studies/benchmarks/search_quality/compare.py tables --tools random kt:Hyperband
    python studies/benchmarks/search_quality/compare.py tables --metric val_accuracy

`tables` is a folder that `tabulate.py` filled. Every tool searches over the same learning curves,
under the same early stopping, and pays for each epoch that it looks at. Near is a validation score
within 2 % of the way from the best in the table to the score of the best constant
prediction (5 % for diabetes; `--near` says otherwise); with `--metric val_accuracy` within one
point of the best.

Tools: `random`, `bayesian+asha`, … are tuneit's strategies and pruning, `kt:…` keras-tuner's
tuners, `optuna/…` Optuna's TPE with that pruner in a loop of its own.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from quality_functions import FUNCTIONS
from quality_peers import keras_tuner_search, optuna_search
from quality_table import Meter, Searched, Spent, Table
from quality_tasks import TASKS
from quality_tuneit import search

TOOLS = (
    "random",
    "bayesian",
    "bayesian+asha",
    "bayesian+median",
    "optuna:tpe+asha",
    "hyperband",
    "one_epoch",
    "kt:RandomSearch",
    "kt:BayesianOptimization",
    "kt:Hyperband",
    "optuna/none",
    "optuna/median",
    "optuna/hyperband",
)

REFERENCES = ("random", "kt:BayesianOptimization")


def run(tool: str, table: Searched, seed: int, most_epochs: int) -> Spent:
    """Let one tool search until it is near enough, or has used up its epochs."""
    meter = Meter(table, most_epochs)
    if tool.startswith("kt:"):
        keras_tuner_search(tool.removeprefix("kt:"), table, seed, meter)
    elif tool.startswith("optuna/"):
        optuna_search(tool.removeprefix("optuna/"), table, seed, meter)
    else:
        search(tool, table, seed, meter)
    return meter.spent()


def medians(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Medians of bootstrap samples."""
    return np.asarray(np.median(rng.choice(values, (4000, len(values))), axis=1))


def ratio(pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> str:
    """The geometric mean over tasks of the ratios of medians, with its 95 % bootstrap interval."""
    rng = np.random.default_rng(0)
    drawn = np.exp(np.mean([np.log(medians(a, rng) / medians(b, rng)) for a, b in pairs], axis=0))
    known = math.exp(np.mean([math.log(np.median(a) / np.median(b)) for a, b in pairs]))
    low, high = np.quantile(drawn, [0.025, 0.975])
    return f"{known:.2f} ({low:.2f}–{high:.2f})"


def report(
    runs: dict[tuple[str, str], list[Spent]], tasks: Sequence[str], tools: Sequence[str]
) -> None:
    """Print medians by task, and ratios to the references.

    A search that gave up counts as if it had got there at its last epoch.
    """
    references = [name for name in REFERENCES if name in tools]
    epochs = {key: np.array([spent.epochs for spent in found]) for key, found in runs.items()}
    heads = "".join(f" epochs / {name} |" for name in references)
    print(f"\n| task | tool | epochs | trials | seconds | got there |{heads}")
    print("|---" * (6 + len(references)) + "|")
    for task in tasks:
        for tool in tools:
            found, values = runs[task, tool], epochs[task, tool]
            low, high = np.quantile(medians(values, np.random.default_rng(0)), [0.025, 0.975])
            cells = [
                task,
                tool,
                f"{np.median(values):.0f} ({low:.0f}–{high:.0f})",
                f"{np.median([spent.trials for spent in found]):.0f}",
                f"{np.median([spent.seconds for spent in found]):.0f}",
                f"{np.mean([spent.there for spent in found]):.0%}",
                *(ratio([(values, epochs[task, name])]) for name in references),
            ]
            print(f"| {' | '.join(cells)} |")
    print(f"\n| all tasks |{heads}")
    print("|---" * (1 + len(references)) + "|")
    for tool in tools:
        cells = [
            ratio([(epochs[task, tool], epochs[task, name]) for task in tasks])
            for name in references
        ]
        print(f"| {tool} | {' | '.join(cells)} |")


def tables(options: argparse.Namespace) -> Iterator[tuple[str, Callable[[], Searched]]]:
    """What is searched, by name; a function keeps its points, and so is made anew for each run."""
    if options.functions:
        yield from FUNCTIONS.items()
        return
    found = [name for name in TASKS if (options.tables / f"{name}.npz").exists()]
    for name in options.tasks or found:
        table = Table.load(options.tables, name, options.metric, options.near)
        share = float(np.mean(table.scores <= table.target))
        print(
            f"{name}: {len(table.configs)} configurations, of which {share:.2%} are near enough; "
            f"{table.lengths.mean():.1f} epochs each",
            flush=True,
        )
        yield name, lambda table=table: table  # type: ignore[misc]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("tables", type=Path, help="folder that tabulate.py filled")
    parser.add_argument("--tasks", nargs="+", choices=TASKS)
    parser.add_argument("--functions", action="store_true", help="Branin and MF-Hartmann instead")
    parser.add_argument("--tools", nargs="+", default=list(TOOLS))
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first-seed", type=int, default=100)
    parser.add_argument("--metric", help="another objective, such as val_accuracy")
    parser.add_argument("--near", type=float, help="another share of the way, such as 0.01")
    parser.add_argument("--most-epochs", type=int, default=3000, help="where a search gives up")
    parser.add_argument("--out", type=Path, help="a JSON file that keeps every search, and is read")
    options = parser.parse_args()
    kept: dict[str, list[Any]] = {}
    if options.out and options.out.exists():
        kept = json.loads(options.out.read_text())
    runs: dict[tuple[str, str], list[Spent]] = {}
    names = []
    for name, make in tables(options):
        names.append(name)
        for tool in options.tools:
            for seed in range(options.first_seed, options.first_seed + options.seeds):
                key = f"{name} {options.metric or options.near or 'loss'} {tool} {seed}"
                if key not in kept:
                    kept[key] = list(run(tool, make(), seed, options.most_epochs))
                    if options.out:
                        options.out.write_text(json.dumps(kept))
                runs.setdefault((name, tool), []).append(Spent(*kept[key]))
    report(runs, names, options.tools)


if __name__ == "__main__":
    main()
