"""The verdicts: for each word one row with all that depends on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from tuneit.findings.actions import Kind
from tuneit.findings.example import Course, Example
from tuneit.findings.remedy import Plan, Remedy, Stage

Tone = Literal["good", "warning", "bad", "neutral"]
"""How serious a verdict is: report and terminal choose their colours by it."""

DuringTraining = Literal["stop", "may_stop", "say", "say_at_end", "silent"]
"""What to do about a verdict while the run goes on.

`stop`: end the run, for more epochs mend nothing, and whatever else is seen is a consequence.
`may_stop`: end the run where the user names the verdict. `say`: print it. `say_at_end`: every run
looks like this at some time, so print it only when the run has ended. `silent`: print nothing.
"""


CHECKED = (0.5, 0.75, 0.9, 0.95)
"""Confidences of a check at which `Row.right` says how often it is right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """All that depends on a verdict.

    `meaning` says it in a sentence or two. `right` is set only for faults: the share of right
    verdicts at each confidence of `CHECKED`, interpolated between them. It is fitted on real runs
    of known truth (`studies/benchmarks/lab/calibrate.py`), and never below one half: below it the
    verdict is not given.

    `shifts` are the kinds of hyperparameters to raise (+1) or lower (-1), the first ones first.

    `alike` names the verdicts that this one may be mistaken for: the surest of them wins.
    `explains` names the findings that are no warnings where this verdict holds: they follow from
    it, or cannot be known yet. `refuted_by` says what would show that the verdict was wrong;
    `example` is a run that gets it. Where `hardly_learned`, layers and loss may not fit together.
    """

    meaning: str
    refuted_by: str
    example: Example
    tone: Tone
    during_training: DuringTraining
    right: tuple[float, ...] = ()
    shifts: tuple[tuple[Kind, int], ...] = ()
    alike: tuple[str, ...] = ()
    explains: frozenset[str] = frozenset()
    hardly_learned: bool = False
    plan: Plan | None = None


class Verdict(StrEnum):
    """The one word for a run. If several faults are certain, it is the first listed here. What
    explains more comes first: a run that diverged may well look unstable and overfitted, and
    whether a model is too small is known only once it has converged.
    """

    row: Row

    def __new__(cls, word: str, row: Row) -> Verdict:
        """Make the word, which carries its row."""
        verdict = str.__new__(cls, word)
        verdict._value_ = word
        verdict.row = row
        return verdict

    DIVERGED = (
        "diverged",
        Row(
            meaning="Training broke down: the loss grew without bound or became NaN.",
            refuted_by="the loss falls back to its lowest value when training goes on, as it does "
            "after a warm restart",
            example=Example(
                train=Course(start=1.2, end=0.6, onset=15, rise=0.25, swing=0.03),
                validation=Course(start=1.25, end=0.7, onset=15, rise=0.3, swing=0.04),
            ),
            tone="bad",
            during_training="stop",
            right=(0.67, 0.83, 0.88, 0.88),
            shifts=(("learning_rate", -1),),
            # Swings may end high, as if the run had diverged or overfitted.
            alike=("unstable", "overfitting"),
            explains=frozenset({"no_learning", "unstable", "not_converged", "underfitting"}),
            hardly_learned=True,
            plan=Plan(
                Stage.OPTIMISATION,
                (
                    Remedy("lower_learning_rate", 0.9),
                    Remedy("gradient_clipping", 0.5),
                    Remedy("batch_normalisation", 0.4),
                ),
            ),
        ),
    )
    NO_LEARNING = (
        "no_learning",
        Row(
            meaning="The model learned almost nothing: it does no better than a predictor "
            "that ignores its input.",
            refuted_by=(
                "a metric on validation rows beats the trivial predictor by more than three "
                "standard errors"
            ),
            example=Example(
                train=Course(start=0.6935, end=0.6931, swing=0.002),
                validation=Course(start=0.694, end=0.6932, swing=0.003),
            ),
            tone="bad",
            during_training="stop",
            right=(0.67, 0.82, 0.95, 0.97),
            shifts=(("learning_rate", 1), ("learning_rate", -1)),
            # Swings may hide a fall.
            alike=("unstable",),
            explains=frozenset({"not_converged", "underfitting"}),
            hardly_learned=True,
            plan=Plan(
                Stage.OPTIMISATION,
                (
                    Remedy("check_labels", 0.9),
                    Remedy("learning_rate_sweep", 0.8),
                    Remedy("batch_normalisation", 0.4),
                ),
            ),
        ),
    )
    UNSTABLE = (
        "unstable",
        Row(
            meaning="Training swings: the loss jumps up and down from epoch to epoch instead of "
            "settling.",
            refuted_by=(
                "the training loss in inference mode, measured after each epoch on fixed rows, "
                "does not swing"
            ),
            example=Example(
                train=Course(start=1.5, end=0.6, pace=4, swing=0.9),
                validation=Course(start=1.5, end=0.7, pace=4, swing=0.9),
            ),
            tone="warning",
            during_training="may_stop",
            right=(0.50, 0.61, 0.61, 0.61),
            shifts=(("learning_rate", -1), ("batch_size", 1)),
            # A run may swing early and overfit later.
            alike=("overfitting",),
            explains=frozenset({"not_converged", "underfitting", "noisy_validation"}),
            plan=Plan(
                Stage.OPTIMISATION,
                (
                    Remedy("lower_learning_rate", 0.9),
                    Remedy("schedule", 0.6),
                    Remedy("gradient_clipping", 0.4),
                    Remedy("larger_batch_size", 0.3),
                ),
            ),
        ),
    )
    OVERFITTING = (
        "overfitting",
        Row(
            meaning="The model learned its training rows by heart: the score on them went on "
            "improving while that on validation rows got worse, or stayed far behind.",
            refuted_by=(
                "dropout, L2 or more rows improve the validation score no further than its noise, "
                "and the weights of the last epoch score as well as those of the best epoch"
            ),
            example=Example(
                train=Course(start=1.2, end=0.05, pace=8, swing=0.01),
                validation=Course(start=1.2, end=0.3, pace=6, onset=15, rise=0.02, swing=0.02),
            ),
            tone="warning",
            during_training="may_stop",
            right=(0.56, 0.90, 0.93, 0.93),
            shifts=(("dropout", 1), ("l2", 1), ("width", -1), ("depth", -1)),
            # Swings of validation may end high; a gap may be small beside what training misses.
            alike=("noisy_validation", "not_converged", "underfitting"),
            plan=Plan(
                Stage.VARIANCE,
                (
                    Remedy(
                        "early_stopping",
                        0.9,
                        "epoch {best_epoch} was the best: the {epochs_past_best} after it took "
                        "validation {quantity} from {best} to {end}",
                        needs="epochs_past_best",
                    ),
                    Remedy(
                        "dropout",
                        0.6,
                        "training {quantity} went on to {train_end}, by heart: units that are "
                        "dropped at random cannot rely on one another to memorise rows",
                    ),
                    Remedy("l2", 0.5),
                    Remedy("augmentation", 0.6),
                    Remedy("transfer_learning", 0.7),
                    Remedy("smaller_network", 0.3),
                    Remedy("more_data", 0.9),
                ),
            ),
        ),
    )
    NOT_CONVERGED = (
        "not_converged",
        Row(
            meaning="Training ended too early: the model was still improving at the last epoch.",
            refuted_by="half as many epochs again bring no better validation score",
            example=Example(
                train=Course(start=2.3, end=0.1, pace=30, swing=0.01),
                validation=Course(start=2.3, end=0.2, pace=30, swing=0.02),
            ),
            tone="warning",
            during_training="say_at_end",
            right=(0.56, 0.56, 0.92, 0.92),
            shifts=(("learning_rate", 1), ("epochs", 1)),
            explains=frozenset({"underfitting"}),
            plan=Plan(
                Stage.BIAS,
                (
                    Remedy(
                        "more_epochs",
                        0.9,
                        "{more_epochs} more should bring another {gain} "
                        "({gain_low} to {gain_high})",
                    ),
                    Remedy(
                        "learning_rate_sweep",
                        0.6,
                        "the loss still fell at the last epoch: the range test says whether a "
                        "higher rate would get there in the same epochs",
                    ),
                ),
            ),
        ),
    )
    UNDERFITTING = (
        "underfitting",
        Row(
            meaning="The model is too weak, or too restrained, even for the rows it was trained "
            "on: its training score stays short of what is known to be possible.",
            refuted_by=(
                "a model with twice the units, or one more layer, fits the training rows no better"
            ),
            example=Example(
                train=Course(start=0.5, end=0.72, swing=0.01),
                validation=Course(start=0.5, end=0.71, swing=0.02),
                metric="accuracy",
                target=0.95,
            ),
            tone="warning",
            during_training="say_at_end",
            right=(0.59, 0.59, 0.59, 0.74),
            shifts=(("width", 1), ("depth", 1), ("dropout", -1), ("l2", -1)),
            hardly_learned=True,
            plan=Plan(
                Stage.BIAS,
                (
                    Remedy(
                        "more_capacity",
                        0.8,
                        "training {quantity} itself stops at {train}, short of {reference}: more "
                        "units or layers can fit what these miss",
                    ),
                    Remedy("less_regularisation", 0.6),
                    Remedy("raise_learning_rate", 0.3),
                ),
            ),
        ),
    )
    NOISY_VALIDATION = (
        "noisy_validation",
        Row(
            meaning="The validation score swings so much from epoch to epoch that small "
            "differences between trials mean little.",
            refuted_by=(
                "the score swings as much on twice the validation rows, or a mean over folds "
                "ranks the trials as this split does"
            ),
            example=Example(
                train=Course(start=1.2, end=0.2, swing=0.01),
                validation=Course(start=1.2, end=0.35, swing=0.5),
            ),
            tone="warning",
            during_training="say",
            right=(0.67, 0.83, 0.88, 0.97),
            plan=Plan(Stage.DATA, (Remedy("larger_validation_set", 0.8),)),
        ),
    )
    UNREPRESENTATIVE_VALIDATION = (
        "unrepresentative_validation",
        Row(
            meaning="The validation rows differ from the training rows: they are persistently "
            "easier or harder.",
            refuted_by=(
                "a classifier cannot tell validation rows from training rows (AUC near 0.5), "
                "and the training loss in inference mode is as low as validation's"
            ),
            example=Example(
                train=Course(start=1.2, end=0.6, pace=4, swing=0.01),
                validation=Course(start=2.4, end=2.0, pace=4, swing=0.02),
            ),
            tone="warning",
            during_training="say",
            right=(0.67, 0.88, 0.93, 0.93),
            plan=Plan(Stage.DATA, (Remedy("fix_the_split", 0.8),)),
        ),
    )
    TOO_SHORT = (
        "too_short",
        Row(
            meaning="Too few epochs were trained to tell what limits the model.",
            refuted_by="five epochs or more show the same as these",
            example=Example(
                train=Course(start=1.2, end=0.3), validation=Course(start=1.2, end=0.35), epochs=3
            ),
            tone="neutral",
            during_training="silent",
            plan=Plan(
                Stage.LAST,
                (Remedy("more_epochs", 0.9, "after {epochs} nothing can be told from noise"),),
            ),
        ),
    )
    HEALTHY = (
        "healthy",
        Row(
            meaning="Its learning curves show no fault: it learned, and what it learned holds on "
            "rows it was not trained on.",
            refuted_by=(
                "the test split's score is clearly worse than validation's, or a target that "
                "others reach is missed"
            ),
            example=Example(
                train=Course(start=1.2, end=0.2, swing=0.01),
                validation=Course(start=1.2, end=0.23, swing=0.02),
            ),
            tone="good",
            during_training="silent",
        ),
    )


FAULTS: Mapping[str, Verdict] = {str(v): v for v in Verdict if v.row.right}
"""The verdicts that say what is wrong, by their word, in order of rank."""
