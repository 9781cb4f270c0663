"""Which builders run as they are: small ones of every kind, under tuneit and under keras-tuner.

    python studies/benchmarks/compatibility                      # all: half an hour
    python studies/benchmarks/compatibility --quick              # one strategy a builder, in turn
    python studies/benchmarks/compatibility streams targets      # these families
    python studies/benchmarks/compatibility --cases text_dataset # these cases
    python studies/benchmarks/compatibility --json rows.json
    python studies/benchmarks/compatibility --smoke              # three builders, for a test

Each builder is searched for two trials of one epoch on tiny data, and has one outcome that is
checked: a finite best score, exactly the hyperparameters that it asks for, a best model that
predicts, and what else its case says. tuneit runs those of spaces under five strategies. All runs
share one process, which loads TensorFlow once.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
from cases import Case

FAMILIES = (
    "spaces",
    "hypermodels",
    "compiling",
    "tuners",
    "inputs",
    "targets",
    "streams",
    "optuna_trials",
    "mistakes",
    "arguments",
)
SMOKE = ("int_with_a_step", "lengths_differ", "not_compiled")


def cases_of(families: Iterable[str]) -> list[Case]:
    loaded = (importlib.import_module(f"families.{name}") for name in families)
    return [case for module in loaded for case in module.family.cases]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("families", nargs="*", metavar="family", help=", ".join(FAMILIES))
    parser.add_argument("--cases", nargs="+", default=(), help="only those of these names")
    parser.add_argument("--tool", choices=("tuneit", "keras-tuner"), help="only this one")
    parser.add_argument("--json", type=Path, help="write a record of each search to this file")
    parser.add_argument("--quick", action="store_true", help="one strategy a builder, in turn")
    parser.add_argument("--smoke", action="store_true", help="as little as shows that it runs")
    options = parser.parse_args()
    unknown = set(options.families) - set(FAMILIES)
    if unknown:
        parser.error(f"families are {', '.join(FAMILIES)}, not {', '.join(sorted(unknown))}")
    wanted = SMOKE if options.smoke else options.cases
    cases = cases_of(options.families or FAMILIES)
    unknown = set(wanted) - {case.name for case in cases}
    if unknown:
        parser.error(f"there are no cases {', '.join(sorted(unknown))}")

    from report import Report  # these load TensorFlow
    from searches import run

    report = Report()
    print(report.head, flush=True)
    for index, case in enumerate(cases):
        if (options.quick or options.smoke) and len(case.strategies) > 1:
            case = replace(case, strategies=(case.strategies[index % len(case.strategies)],))
        if options.tool:
            case = replace(case, tools=tuple({options.tool} & set(case.tools)))
        if case.tools and (not wanted or case.name in wanted):
            print(report.add(case, list(run(case))), flush=True)
            if options.json:  # anew each time, for a run that is ended before
                options.json.write_text(json.dumps([asdict(row) for row in report.rows], indent=1))
    print(f"\n{report.sums()}")


if __name__ == "__main__":
    main()
