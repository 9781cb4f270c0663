"""Runs the studies of this folder in order, and draws the pictures of README.md.

    python studies [NAME...] [--data DIR] [--list] [--pictures DIR]

Without names all of them run. Each is one or a few commands of tuneit, which are printed, and which
you can type yourself. DIR holds the files that are not part of tuneit: cereal.csv, red_wine.csv,
mnist.npz, cifar10.npz; without it pictures come from keras.datasets. Results are in reports/. A
study that was run before is not run again.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pictures

HERE = Path(__file__).parent

STRATEGIES = ("random", "bayesian", "hyperband", "optuna")
ROWS_A_CLASS = (10, 30, 100)

LESSONS: dict[str, tuple[str, ...]] = {
    "cereals": (
        "search cereals.yaml",
        "search cereals.yaml --set name=cereals_sugars --set data.inputs=[sugars]",
    ),
    "red_wine": ("search red_wine_epochs.yaml", "search red_wine.yaml"),
    "learning_rate": ("search learning_rate.yaml",),
    "clinical_trial": ("search clinical_trial.yaml",),
    "mnist": (
        "search mnist_dense.yaml",
        *(f"search mnist.yaml --set name=mnist_{one} --strategy {one}" for one in STRATEGIES),
    ),
    "blobs": ("search blobs.yaml",),
    "rare_disease": ("search rare_disease.yaml",),
    "ingredients": (
        "search activations.yaml",
        "search optimizers.yaml",
        "search regularisers.yaml",
    ),
    "cifar10": (
        "search cifar10.yaml",
        "search cifar10_deep.yaml",
    ),
    "transfer": (
        "search transfer_base.yaml",
        *(
            f"search transfer{kind}.yaml --set name=transfer{kind}_{rows} "
            f"--set data.arguments.rows_a_class={rows}"
            for rows in ROWS_A_CLASS
            for kind in ("", "_scratch")
        ),
    ),
    "alexnet": ("search alexnet.yaml",),
}
"""Each lesson's commands, in the order in which README.md leads through them."""

FILES = {
    "cereals.yaml": ("data.path", "cereal*.csv"),
    "red_wine.yaml": ("data.path", "red_wine*.csv"),
    "red_wine_epochs.yaml": ("data.path", "red_wine*.csv"),
    "mnist.yaml": ("data.arguments.path", "mnist*.npz"),
    "mnist_dense.yaml": ("data.arguments.path", "mnist*.npz"),
    "cifar10.yaml": ("data.arguments.path", "cifar10*.npz"),
    "cifar10_deep.yaml": ("data.arguments.path", "cifar10*.npz"),
    "alexnet.yaml": ("data.arguments.path", "cifar10*.npz"),
}
"""The key of a study that names its file, and what the file is called."""


def main() -> int:
    """Run the lessons that are asked for; return 1 where a command failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(LESSONS))
    parser.add_argument("--data", type=Path, help="the folder of the files")
    parser.add_argument("--list", action="store_true", help="print the commands and run nothing")
    parser.add_argument("--pictures", type=Path, help="draw README.md's pictures into this folder")
    given = parser.parse_args()
    unknown = [name for name in given.names if name not in LESSONS]
    if unknown:
        parser.error(f"there is no study {', '.join(unknown)}; there are {', '.join(LESSONS)}")
    failed = False
    for lesson in given.names or LESSONS:
        commands = [command_of(text, given.data) for text in LESSONS[lesson]]
        done = [run(command, just_print=given.list) for command in commands]
        failed |= not all(done)
        if given.pictures and all(done) and not given.list:
            pictures.draw(lesson, Path("reports"), given.pictures)
    return int(failed)


def command_of(text: str, data: Path | None) -> list[str]:
    """The arguments of a command of tuneit, with the study's path and that of its file."""
    verb, study, *rest = shlex.split(text)
    arguments = [verb, os.path.relpath(HERE / study), *rest]
    if data is not None and study in FILES:
        key, pattern = FILES[study]
        found = sorted(data.glob(pattern))
        if found:
            arguments += ["--set", f"{key}={found[0].absolute()}"]
    return arguments


def run(arguments: Sequence[str], *, just_print: bool) -> bool:
    """Run a command of tuneit; return whether it succeeded."""
    print("tuneit", shlex.join(arguments), flush=True)
    if just_print:
        return True
    begun = time.monotonic()
    done = subprocess.run([sys.executable, "-m", "tuneit", *arguments], check=False)
    print(f"{time.monotonic() - begun:.0f} s", flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
