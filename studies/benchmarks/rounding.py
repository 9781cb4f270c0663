"""How far a training in a cohort comes from the same one alone, beside what rounding alone does.

    python studies/benchmarks/rounding.py
    python studies/benchmarks/rounding.py --batch 32 --epochs 20

Sums are taken in another order in a cohort, so its curves differ in their last digits, and training
enlarges that. How much is shown by training alone once more, from a first layer whose weights
are one unit in the last place larger. Prints the largest relative difference of the validation
loss up to an epoch, the median of all trials.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from typing import Any

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

ONE_UNIT = 1 + np.finfo(np.float32).eps


def curves(trainer: str, options: argparse.Namespace, scale: float = 1.0) -> np.ndarray:
    """Validation losses of shape (trials, epochs)."""
    import keras
    from keras import layers
    from sklearn.datasets import load_digits

    import tuneit

    def build_model(hp: Any) -> Any:
        hidden = [layers.Dense(options.units, "relu") for _ in range(3)]
        model = keras.Sequential([layers.Input((64,)), *hidden, layers.Dense(10, "softmax")])
        rate = hp.Float("learning_rate", 1e-3, 2e-3)
        model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
        hidden[0].kernel.assign(hidden[0].kernel * scale)
        return model

    x, y = load_digits(return_X_y=True)
    with tempfile.TemporaryDirectory() as folder:
        result = tuneit.search(
            build_model,
            ((x[:500] / 16).astype(np.float32), y[:500]),
            objective="val_loss",
            parameters={"batch_size": {"value": options.batch}},
            strategy="random",
            pruning="none",
            early_stopping=None,
            trainer=trainer,
            trials=options.trials,
            epochs=options.epochs,
            seed=3,
            output=folder,
            quiet=True,
        )
    return np.array([trial.curve.series["val_loss"] for trial in result.trials])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--trials", type=int, default=8)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--units", type=int, default=256)
    options = parser.parse_args()
    alone = curves("single", options)
    others = curves("cohort", options), curves("single", options, float(ONE_UNIT))
    apart = [np.maximum.accumulate(np.abs(other / alone - 1), axis=1) for other in others]
    print("| up to epoch | in a cohort | alone, one unit apart |\n|---|---|---|")
    for epoch in sorted({e for e in (1, 5, 10, 20, 40, options.epochs) if e <= options.epochs}):
        values = (f"{np.median(series[:, epoch - 1]):.0e}" for series in apart)
        print(f"| {epoch} | {' | '.join(values)} |", flush=True)


if __name__ == "__main__":
    main()
