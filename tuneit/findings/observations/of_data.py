"""Observations on a dataset, before anything is trained on it."""

from __future__ import annotations

from collections.abc import Mapping

from tuneit.findings.observations.observation import Observation

OF_DATA: Mapping[str, Observation] = {
    "class_imbalance": Observation(
        meaning="One class has most of the rows, or some class very few.",
        rule="data.checks.balance:_imbalance",
        refuted_by="recall is as high for the rare classes as for the large ones",
        advice="Set `data.class_weight: balanced`, and judge by a metric that counts every class, "
        "such as F1 or AUC, instead of accuracy.",
    ),
    "missing_class": Observation(
        meaning="A split has no row of a class.",
        rule="data.checks.balance:_missing",
        refuted_by="the class does not occur in the rows that the model is for",
        advice="Split again with stratification, or collect rows of that class.",
    ),
    "feature_drift": Observation(
        meaning="A classifier can tell the rows of a split from the training rows by their "
        "features: they do not come from one distribution.",
        rule="data.checks.drift:check_feature_drift",
        refuted_by="the classifier fails (AUC near 0.5) on another random split of the same rows, "
        "or without a feature that only counts rows or time",
        advice="Shuffle before splitting. Where the order matters (time, groups), keep the split "
        "and expect the validation score to be lower.",
    ),
    "target_drift": Observation(
        meaning="The targets of a split are distributed differently from those of the "
        "training rows.",
        rule="data.checks.drift:check_target_drift",
        refuted_by="another random split of the same rows shows no difference",
        advice="Shuffle and stratify the split, or say that the difference is intended.",
    ),
    "duplicate_rows": Observation(
        meaning="Training rows occur more than once, more often than chance makes them.",
        rule="data.checks.duplicates:_within",
        refuted_by="the repeated rows are separate measurements that happen to be equal",
        advice="Remove the copies before splitting, unless each of them was measured.",
    ),
    "duplicates_across_splits": Observation(
        meaning="Rows of validation or test are copies of training rows: a model that memorises "
        "scores too well on them.",
        rule="data.checks.duplicates:_across",
        refuted_by="the score is the same without the copied rows",
        advice="Remove the copies, or keep copies of one row in one split (`data.groups`).",
    ),
    "label_noise": Observation(
        meaning="Some training rows lie among rows of another class: their labels may be wrong.",
        rule="data.checks.labels:check_label_noise",
        refuted_by="people who look at the listed rows confirm their labels",
        advice="Look at the listed rows, and correct the labels that are wrong.",
    ),
    "single_feature_leakage": Observation(
        meaning="One feature alone predicts the target almost perfectly.",
        rule="data.checks.leakage:check_leakage",
        refuted_by="the feature is known, in use, before the target is",
        advice="Leave the feature out if it is known only after the target, or made from it.",
    ),
    "small_split": Observation(
        meaning="A split has so few rows that scores on it are known only roughly.",
        rule="data.checks.resolution:check_resolution",
        refuted_by="the score differs less between random splits of this size than the "
        "finding says",
        advice="Use more rows for that split, or cross-validation (`data.folds`).",
    ),
    "extreme_values": Observation(
        meaning="A few values of a feature are so large that the others look equal beside them.",
        rule="data.extreme_values:find_extremes",
        refuted_by="the values are right, and the model does worse without them",
        advice="Correct or clip the values, or take the feature's logarithm.",
    ),
    "constant_features": Observation(
        meaning="A feature has one value in all training rows, and tells the model nothing.",
        rule="data.checks.scales:_constant",
        refuted_by="it varies in the rows that the model is for",
        advice="Leave it out.",
    ),
    "wild_scales": Observation(
        meaning="The features' scales differ so much that gradient descent is slow or breaks down.",
        rule="data.checks.scales:_wild",
        refuted_by="the loss of the first epochs is the same with standardised features",
        advice="Set `data.scale: standard`, or begin the model with keras.layers.Normalization.",
    ),
}
"""By name."""
