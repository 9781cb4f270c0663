"""Memory of a search over a stream that is larger than it.

Batches are generated on the way, so that nothing but the process holds them. Prints how much was
streamed and the most memory that the process had; exits with 1 where that is more than `--most`.
Usage: python studies/benchmarks/streaming.py [--gigabytes 6] [--most 2] [--features 6000]
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import Any

import numpy as np

import tuneit

ROWS = 256
GIGA = 10**9


class Stream:
    """Batches of features whose first column tells the class; counts the bytes that it gives."""

    def __init__(self, features: int) -> None:
        self.features = features
        self.given = 0

    def batches(self) -> Iterator[tuple[Any, Any]]:
        """Batches without end, drawn anew."""
        rng = np.random.default_rng(0)
        while True:
            x = rng.random((ROWS, self.features), dtype=np.float32)
            self.given += x.nbytes
            yield x, (x[:, 0] > 0.5).astype(np.int32)


def build(hp: Any) -> Any:
    import keras

    rate = hp.Float("rate", 0.1, 10.0, sampling="log")
    model = keras.Sequential([keras.layers.Dense(1, "sigmoid")])
    model.compile(keras.optimizers.SGD(rate), "binary_crossentropy", metrics=["accuracy"])
    return model


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=6.0, help="to stream in all trials")
    parser.add_argument("--most", type=float, default=2.0, help="gigabytes of memory")
    parser.add_argument("--features", type=int, default=6000)
    options = parser.parse_args()
    stream = Stream(options.features)
    epochs = 2
    steps = max(1, round(options.gigabytes * GIGA / epochs / (4 * ROWS * options.features)))
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        result = tuneit.search(
            build,
            (stream.batches, stream.batches),
            trials=1,
            epochs=epochs,
            steps_per_epoch=steps,
            validation_steps=4,
            name="streaming",
            output=folder,
            quiet=True,
        )
    seconds = time.perf_counter() - began
    # Kilobytes on Linux, bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / GIGA
    print(
        f"streamed {stream.given / GIGA:.2f} GB in {seconds:.0f} s "
        f"({stream.given / GIGA / seconds:.2f} GB/s), at most {most:.2f} GB of memory; "
        f"best {result.best_score}"
    )
    return int(most > options.most or result.best_score is None)


if __name__ == "__main__":
    if main():
        sys.exit(1)
