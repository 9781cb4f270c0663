"""Overfitting on simulated histories of known truth: tuneit beside the 1.04 rule.

    python studies/benchmarks/diagnosis_simulated.py overfit_simulated.npz

The file holds `name` (its middle part names the data set), `overfit`, `train_loss` and `val_loss`
(runs × epochs). Prints macro-F1 and false alarms: on the whole histories, with the one fitted
threshold chosen anew in 5-fold cross-validation grouped by data set, on short noisy versions of
the same runs, then how often findings of each confidence are right, and the speed.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tuneit.curves import LearningCurve
from tuneit.diagnosis import diagnose_curve
from tuneit.diagnosis.check import MIN_EPOCHS
from tuneit.diagnosis.rise import measure_rise
from tuneit.diagnosis.view import share, view_of

Judge = Callable[[LearningCurve], bool]


@dataclass(frozen=True)
class Histories:
    train: np.ndarray
    validation: np.ndarray
    overfitted: np.ndarray
    groups: np.ndarray

    def curves(self, epochs: int | None = None, noise: float = 0.0) -> list[LearningCurve]:
        """The runs; with `epochs` as many evenly spaced ones, with relative noise on validation."""
        rng = np.random.default_rng(0)
        n = self.train.shape[1]
        taken = (
            np.arange(n) if epochs is None else np.linspace(0, n - 1, epochs).round().astype(int)
        )
        curves = []
        for train, validation in zip(self.train, self.validation, strict=True):
            t = train[taken] * (1 + noise / 2 * rng.standard_normal(len(taken)))
            v = validation[taken] * (1 + noise * rng.standard_normal(len(taken)))
            curves.append(LearningCurve.from_history({"loss": list(t), "val_loss": list(v)}))
        return curves


def load(path: Path) -> Histories:
    data = np.load(path, allow_pickle=False)
    names = [str(name).removeprefix("training_log_") for name in data["name"]]
    groups = np.array([name.rpartition("_model")[0] for name in names])
    return Histories(data["train_loss"], data["val_loss"], data["overfit"].astype(bool), groups)


def tuneit(curve: LearningCurve) -> bool:
    return diagnose_curve(curve).verdict == "overfitting"


def tail_over_minimum(curve: LearningCurve) -> bool:
    """Mean of the last 5 % of the validation loss above 1.04 × the minimum of the smoothed one."""
    values = curve["val_loss"]
    width = max(1, len(values) // 20)
    smoothed = np.convolve(values, np.ones(width) / width, mode="valid")
    return bool(values[-width:].mean() > 1.04 * smoothed.min())


JUDGES: dict[str, Judge] = {"tuneit": tuneit, "1.04 rule": tail_over_minimum}


def macro_f1(truth: np.ndarray, said: np.ndarray) -> float:
    scores = []
    for positive in (True, False):
        hits = np.sum((truth == positive) & (said == positive))
        scores.append(2 * hits / max(1, np.sum(truth == positive) + np.sum(said == positive)))
    return float(np.mean(scores))


def line(label: str, truth: np.ndarray, said: np.ndarray) -> str:
    false_alarms = said[~truth].mean()
    return f"{label:<44}{macro_f1(truth, said):>9.3f}{false_alarms:>9.3f}{said[truth].mean():>9.3f}"


def grown(curve: LearningCurve) -> float:
    """What the one fitted threshold is compared with: the rise over the loss's own fall."""
    pair = view_of(curve).loss
    if pair is None or pair.validation is None or len(pair.validation) < MIN_EPOCHS:
        return 0.0
    return share(measure_rise(pair.validation).size, pair.scale)


def cross_validated(histories: Histories, curves: list[LearningCurve]) -> np.ndarray:
    """Held-out verdicts of the threshold alone, in the middle of the gap on the other folds."""
    rises = np.array([grown(curve) for curve in curves])
    sets = np.unique(histories.groups)
    np.random.default_rng(0).shuffle(sets)
    said = np.zeros(len(curves), dtype=bool)
    for fold in range(5):
        held_out = np.isin(histories.groups, sets[fold::5])
        known, truth = rises[~held_out], histories.overfitted[~held_out]
        cuts = np.quantile(known[known > 0], np.linspace(0, 1, 400))
        scores = np.array([macro_f1(truth, known > cut) for cut in cuts])
        best = cuts[scores >= scores.max() - 1e-12]
        said[held_out] = rises[held_out] > (best.min() + best.max()) / 2
    return said


def calibration(histories: Histories, curves: list[LearningCurve]) -> list[str]:
    pairs = []
    for curve, truth in zip(curves, histories.overfitted, strict=True):
        found = diagnose_curve(curve).finding("overfitting")
        if found is not None:
            pairs.append((found.confidence, truth))
    rows = []
    for low, high in ((0.2, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 1.01)):
        inside = [(c, t) for c, t in pairs if low <= c < high]
        if inside:
            mean, right = np.mean(inside, axis=0)
            rows.append(f"  said {mean:.2f}, right {right:.2f} of {len(inside)} findings")
    return rows


def main(path: Path) -> None:
    histories = load(path)
    truth, whole = histories.overfitted, histories.curves()
    print(
        f"{len(truth)} histories, {truth.sum()} overfitted, {len(set(histories.groups))} data sets"
    )
    print(f"{'':<44}{'macro-F1':>9}{'false':>9}{'found':>9}")
    for name, judge in JUDGES.items():
        print(line(f"{name}, whole", truth, np.array([judge(curve) for curve in whole])))
    print(line("tuneit's threshold, 5-fold by data set", truth, cross_validated(histories, whole)))
    noisy: list[LearningCurve] = []
    for epochs in (10, 20, 40, 80):
        for noise in (0.0, 0.01, 0.03):
            curves = histories.curves(epochs, noise)
            noisy += curves if noise else []
            for name, judge in JUDGES.items():
                said = np.array([judge(curve) for curve in curves])
                print(line(f"{name}, {epochs} epochs, noise {100 * noise:.0f} %", truth, said))
    print("confidence of 'overfitting' on the noisy short runs:")
    repeated = Histories(
        histories.train, histories.validation, np.tile(truth, len(noisy) // len(truth)), truth
    )
    print("\n".join(calibration(repeated, noisy)))
    timed = [curve.head(200) for curve in whole]
    start = time.perf_counter()
    for curve in timed:
        diagnose_curve(curve)
    seconds = (time.perf_counter() - start) / len(timed) * 1000
    print(f"1,000 logs of 200 epochs: {seconds:.2f} s")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
