"""How good a model is that gives each pixel of an image a class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuneit.errors.wording import score_text
from tuneit.evaluation.confusion import WithConfusion, count_confusion, ratio
from tuneit.evaluation.images import Images, pictured_classes, pictured_inputs
from tuneit.evaluation.intervals import Interval
from tuneit.evaluation.measures import Measure, measured, record_of, value_text
from tuneit.evaluation.notebook import Displayed, Table
from tuneit.evaluation.positions import PositionPredictions, PositionTargets, read_positions
from tuneit.evaluation.row_bootstrap import score_intervals


@dataclass(frozen=True)
class RegionScore:
    """One class: `iou` (intersection over union, Jaccard) and `dice` (F1), each in [0, 1].

    Both are None where neither truth nor prediction has a pixel of the class. `recall` is the share
    of its pixels that are found, `support` their number. The baselines are those of giving this
    class to every pixel.
    """

    name: str
    iou: float | None
    dice: float | None
    recall: float
    support: int
    baseline_iou: float
    baseline_dice: float


@dataclass(frozen=True)
class SegmentationScores:
    """All pixels together, each in [0, 1]; means are over the classes that occur."""

    pixel_accuracy: float
    mean_iou: float
    mean_dice: float


@dataclass(frozen=True, eq=False)
class SegmentationEvaluation(WithConfusion, Displayed):
    """The numbers of a segmentation on `pixels` pixels of `n` images.

    Pixels are counted over all images, as Keras's MeanIoU does. What does not count is left out
    (`PositionTargets` says which), `left_out` is how many. `baseline` always answers
    `majority_class`, the most frequent class in training. `confusion` counts pixels, true class by
    row. `images` are the first rows: input, truth, prediction.
    """

    n: int
    pixels: int
    left_out: int
    class_names: tuple[str, ...]
    scores: SegmentationScores
    majority_class: str
    baseline: SegmentationScores
    classes: tuple[RegionScore, ...]
    confusion: NDArray[np.int64]
    images: tuple[Images, ...] = ()
    measures: tuple[Measure, ...] = ()

    task = "segmentation"
    unit = "pixel"

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-ready form, as `summary.json` gives it; without the images."""
        return {
            "task": self.task,
            "n": self.n,
            "pixels": self.pixels,
            "left_out": self.left_out,
            **asdict(self.scores),
            "baseline": {**asdict(self.baseline), "majority_class": self.majority_class},
            "classes": [asdict(score) for score in self.classes],
            "metrics": record_of(self.measures),
            "confusion_matrix": self.confusion_record(),
        }

    def headline(self) -> str:
        """The main numbers beside the trivial predictor's, in one line."""
        own, trivial = self.scores, self.baseline
        ignored = f", {self.left_out} pixels left out" if self.left_out else ""
        return (
            f"mean IoU {score_text(own.mean_iou)} on {self.n} images{ignored} (always "
            f"'{self.majority_class}': {score_text(trivial.mean_iou)}), mean Dice "
            f"{score_text(own.mean_dice)} ({score_text(trivial.mean_dice)}), pixel accuracy "
            f"{score_text(own.pixel_accuracy)} ({score_text(trivial.pixel_accuracy)})"
        )

    def _table(self) -> Table:
        head = ("class", "IoU", "Dice", "recall", "IoU of always", "pixels")
        rows = [
            [
                s.name,
                *map(value_text, (s.iou, s.dice, s.recall, s.baseline_iou)),
                s.support,
            ]
            for s in self.classes
        ]
        return head, rows


def evaluate_segmentation(
    test: PositionTargets,
    outputs: Any,
    class_names: Sequence[str] = (),
    train: PositionTargets | None = None,
    *,
    inputs: Any = None,
    **how: Any,
) -> SegmentationEvaluation:
    """Compare a segmentation's outputs with the truth.

    Shapes, further arguments (`positions`, `codes`, `threshold`, `from_logits`) and errors are
    those of `read_positions`; `inputs` are the features of the same rows, drawn where they are
    images.
    """
    read = read_positions(test, outputs, class_names, train, **how)
    size = len(read.class_names)
    confusion = count_confusion(read.true, read.predicted, size)
    trivial = count_confusion(read.true, np.full(len(read.true), read.majority), size)
    own, baseline = _scores(confusion), _scores(trivial)
    return SegmentationEvaluation(
        n=len(read.counted),
        pixels=len(read.true),
        left_out=read.left_out,
        class_names=read.class_names,
        scores=own,
        majority_class=read.class_names[read.majority],
        baseline=baseline,
        classes=_region_scores(confusion, read.class_names),
        confusion=confusion,
        images=_images(read, inputs),
        measures=measured(asdict(own), asdict(baseline), _intervals(read)),
    )


def _intervals(read: PositionPredictions) -> dict[str, Interval]:
    """Intervals over the images, which are drawn whole: pixels of one depend on each other."""
    right, support, predicted = read.counts_by_row()
    size = right.shape[1]

    def scores(sums: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
        both, total = sums[:, :size], sums[:, size:]
        occurs = (total > 0).sum(axis=1)
        return {
            "pixel_accuracy": 2 * both.sum(axis=1) / total.sum(axis=1),
            "mean_iou": np.nan_to_num(both / (total - both)).sum(axis=1) / occurs,
            "mean_dice": np.nan_to_num(2 * both / total).sum(axis=1) / occurs,
        }

    return score_intervals(np.column_stack([right, support + predicted]), scores)


def _overlap(confusion: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pixels of each class in both truth and prediction, and the sum of those in each."""
    return np.diag(confusion), confusion.sum(axis=0) + confusion.sum(axis=1)


def _scores(confusion: NDArray[np.int64]) -> SegmentationScores:
    both, total = _overlap(confusion)
    occur = total > 0
    return SegmentationScores(
        pixel_accuracy=float(both.sum() / confusion.sum()),
        mean_iou=float(ratio(both, total - both)[occur].mean()),
        mean_dice=float(ratio(2 * both, total)[occur].mean()),
    )


def _region_scores(confusion: NDArray[np.int64], names: Sequence[str]) -> tuple[RegionScore, ...]:
    both, total = _overlap(confusion)
    support, pixels = confusion.sum(axis=1), int(confusion.sum())
    columns = zip(
        names,
        ratio(both, total - both),
        ratio(2 * both, total),
        ratio(both, support),
        *(support, total),
        strict=True,
    )
    return tuple(
        RegionScore(
            name,
            iou=float(iou) if occurs else None,
            dice=float(dice) if occurs else None,
            recall=float(recall),
            support=int(own),
            baseline_iou=float(own / pixels),
            baseline_dice=float(2 * own / (own + pixels)),
        )
        for name, iou, dice, recall, own, occurs in columns
    )


def _images(read: PositionPredictions, inputs: Any) -> tuple[Images, ...]:
    """Inputs, true and predicted classes of the first rows; pixels left out are of class 0."""
    if read.counted.ndim != 3:
        return ()
    truth = np.zeros(read.counted.shape, dtype=np.int64)
    truth[read.counted] = read.true
    classes = len(read.class_names)
    return (
        *pictured_inputs(inputs),
        pictured_classes("truth", truth, classes),
        pictured_classes("prediction", read.predicted_maps, classes),
    )
