"""Observations on several trials, and on the test split."""

from __future__ import annotations

from collections.abc import Mapping

from tuneit.findings.observations.observation import Observation
from tuneit.findings.remedy import Plan, Remedy, Stage

OF_TRIALS: Mapping[str, Observation] = {
    "failing_region": Observation(
        meaning="Trials on one side of a hyperparameter's range failed or diverged far more often.",
        rule="diagnosis.across:_failing",
        refuted_by="trials there run to their end as often as elsewhere in further trials",
        advice="Narrow the range to the side that works, or mend what fails there.",
    ),
    "best_of_many": Observation(
        meaning="The best score is partly luck: of many trials that are equally good within noise, "
        "the luckiest is the best.",
        rule="diagnosis.optimism:best_of_many",
        refuted_by="the test split's score is as good as the best validation score",
        advice="Expect the corrected score on new data. More validation rows, cross-validation or "
        "several executions a trial make it smaller.",
    ),
    "effect": Observation(
        meaning="Trials on one side of a hyperparameter's range scored better, beyond chance.",
        rule="diagnosis.across:_effect",
        refuted_by="two runs that differ in this hyperparameter alone score alike, over seeds",
        advice="Narrow the range to the better side, and spend the trials there.",
    ),
    "interaction": Observation(
        meaning="What a hyperparameter's better side is depends on another hyperparameter.",
        rule="diagnosis.interactions:interactions",
        refuted_by="the four combinations, trained with several seeds, show no such difference",
        advice="Search the two together; do not fix one by the effect that it has alone.",
    ),
    "edge_of_range": Observation(
        meaning="The best trials lie at the end of a hyperparameter's range.",
        rule="diagnosis.across:_edge",
        refuted_by="the best trials of a wider range lie inside the old one",
        advice="Widen the range at that end; the recommendation names the new bound.",
    ),
    "unimportant": Observation(
        meaning="The hyperparameter made no visible difference.",
        rule="diagnosis.across:_effect",
        refuted_by="runs that differ in it alone score differently, over seeds",
        advice="Fix it at its best value: the search has fewer dimensions then.",
    ),
    "biased_predictions": Observation(
        meaning="The predictions are too low or too high on average on the test split.",
        rule="evaluation.findings:_biased",
        refuted_by="the mean residual on new rows is within chance of zero",
        plan=Plan(
            Stage.DATA,
            (
                Remedy(
                    "remove_the_bias",
                    0.8,
                    "the mean residual of {output} is {mean_residual} on the test split, with a "
                    "standard error of {standard_error}",
                ),
            ),
        ),
    ),
    "class_never_predicted": Observation(
        meaning="No row of a class was recognised on the test split.",
        rule="evaluation.findings:_never_predicted",
        refuted_by="more test rows of the class show some that are recognised",
        plan=Plan(Stage.DATA, (Remedy("class_weights", 0.7),)),
    ),
    "worse_on_test": Observation(
        meaning="The score on the test split is worse than validation's, beyond chance: the model "
        "was chosen by the validation rows.",
        rule="evaluation.findings:_worse",
        refuted_by="another test split of the same size scores as well as validation",
        plan=Plan(
            Stage.DATA,
            (
                Remedy(
                    "larger_validation_set",
                    0.8,
                    "accuracy is {test} on the test split, but {validation} on the validation "
                    "rows that the model was chosen by",
                ),
            ),
        ),
    ),
    "executions_compared": Observation(
        meaning="How many of the trial's executions (seeds or folds) get the same verdict.",
        rule="diagnosis.executions:commonest",
        refuted_by="further executions of the same configuration get another verdict",
        advice="If few get the same: look at each curve, and do not rely on the verdict "
        "alone. Folds may differ because their rows do.",
    ),
    "out_of_memory": Observation(
        meaning="Some trials needed more memory than there is, and have no score.",
        rule="diagnosis.failures:out_of_memory",
        refuted_by="the same configurations exceed the memory with half the batch, too",
        plan=Plan(
            Stage.DATA,
            (
                Remedy(
                    "smaller_batch_size",
                    0.9,
                    "{exceeded} of {trials} trials exceeded the memory, which grows with the rows "
                    "of a batch",
                ),
            ),
        ),
    ),
    "failed_trials": Observation(
        meaning="Some trials ended with an error and have no score.",
        rule="diagnosis.failures:failed_trials",
        refuted_by="the same configurations run to their end when they are tried again",
        plan=Plan(
            Stage.DATA,
            (
                Remedy(
                    "mend_failing_trials",
                    0.9,
                    "{failed} of {trials} trials failed: what they would have shown is missing, "
                    "and the search works around where they failed",
                ),
            ),
        ),
    ),
}
"""By name."""
