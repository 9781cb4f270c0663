"""The part of a trial that no program can save: the matrix products of its own widths.

    python studies/benchmarks/throughput/arithmetic.py mlp_widths cnn_widths

Times the products of the training steps (forward, and both gradients) of the same configurations
that `throughput` trains: NumPy's processor seconds on one core. A convolution counts as the product
of its patches, an LSTM as the two products of each time step. Validation, activations and the
optimizer are not in it, so these seconds are a floor for any way to train the members.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from threadpoolctl import threadpool_limits
from tools import Job, a_job
from workloads import Config

Product = tuple[int, int, int]
"""Rows, inputs and outputs of a matrix product."""


def dense(config: Config, rows: int, shape: tuple[int, ...]) -> Iterator[Product]:
    """The layers of `dense_widths`."""
    widths = [int(config[f"units_{i}"]) for i in range(int(config["layers"]))]
    widths = [shape[0], *widths, 10]
    yield from ((rows, *pair) for pair in pairwise(widths))


def convolutional(config: Config, rows: int, shape: tuple[int, ...]) -> Iterator[Product]:
    """The layers of `convolutional_widths`; each block halves both sides of the picture."""
    pixels, channels = shape[0] * shape[1], shape[2]
    for filters in (int(config["filters_0"]), int(config["filters_1"])):
        yield rows * pixels, 9 * channels, filters
        pixels, channels = pixels // 4, filters
    yield rows, pixels * channels, int(config["units"])
    yield rows, int(config["units"]), 10


def recurrent(config: Config, rows: int, shape: tuple[int, ...]) -> Iterator[Product]:
    """The steps of `recurrent_widths`."""
    units = int(config["units"])
    for _ in range(shape[0]):
        yield rows, shape[1], 4 * units
        yield rows, units, 4 * units
    yield rows, units, 10


LAYERS = {
    "mlp_widths": dense,
    "cancer": dense,
    "generated": dense,
    "cnn_widths": convolutional,
    "lstm_widths": recurrent,
}


def seconds_of_a_step(products: list[Product], turns: int = 20) -> float:
    """The median time of the products and of their gradients, over `turns` tries."""
    rng = np.random.default_rng(0)
    sides = [
        tuple(rng.random(size, dtype=np.float32) for size in ((m, k), (k, n), (m, n)))
        for m, k, n in products
    ]
    took = []
    for _ in range(turns):
        begun = time.process_time()
        for inputs, weights, errors in sides:
            _ = inputs @ weights, inputs.T @ errors, errors @ weights.T
        took.append(time.process_time() - begun)
    return float(np.median(took))


def seconds_of_a_trial(workload: str, job: Job, config: Config) -> float:
    """Of all steps of all epochs."""
    x, _ = job.train
    rows = int(config.get("batch_size", job.workload.batch_size))
    products = list(LAYERS[workload](config, rows, x.shape[1:]))
    return seconds_of_a_step(products) * -(-len(x) // rows) * job.epochs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("workloads", nargs="+", choices=LAYERS)
    parser.add_argument("--trials", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=20)
    options = parser.parse_args()
    print("| workload | trials | CPU s a trial, products alone |\n|---|---|---|")
    for workload in options.workloads:
        job = a_job(workload, options.trials, options.epochs, None)
        with threadpool_limits(1):
            taken = [seconds_of_a_trial(workload, job, config) for config in job.configs]
        print(f"| {workload} | {len(taken)} | {np.mean(taken):.3f} |", flush=True)


if __name__ == "__main__":
    main()
