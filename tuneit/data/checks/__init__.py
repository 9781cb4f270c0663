"""Checks of a dataset before training."""

from __future__ import annotations

from collections.abc import Callable

from tuneit.data.checks.balance import check_balance
from tuneit.data.checks.drift import check_feature_drift, check_target_drift
from tuneit.data.checks.duplicates import check_duplicates
from tuneit.data.checks.labels import check_label_noise
from tuneit.data.checks.leakage import check_leakage
from tuneit.data.checks.resolution import check_resolution
from tuneit.data.checks.scales import check_scales
from tuneit.data.dataset import Dataset
from tuneit.findings import Finding, Severity

__all__ = ["check_dataset"]

Check = Callable[[Dataset], tuple[Finding, ...]]

OF_TARGETS: tuple[Check, ...] = (check_balance, check_target_drift)
"""Checks of the targets only, which run on each output."""

OF_BOTH: tuple[Check, ...] = (check_leakage, check_label_noise)
"""Checks of targets and features, which run on each output too, but not for texts."""

OF_FEATURES: tuple[Check, ...] = (check_duplicates, check_scales, check_feature_drift)
"""Checks of the features, which do not run on texts."""

_ORDER = (Severity.CRITICAL, Severity.WARNING, Severity.INFO)


def check_dataset(dataset: Dataset, resolution: float | None = None) -> tuple[Finding, ...]:
    """Return the findings about a dataset, the most severe first.

    `resolution` is the smallest difference of the objective that the search should detect, in the
    metric's unit (0.01 is a point of accuracy); None where that is unknown. Large data are
    sampled with a fixed seed, so that the findings are the same each time and take seconds.
    """
    from threadpoolctl import threadpool_limits

    # The samples are small: more threads would only wait for one another.
    with threadpool_limits(1):
        of_features = () if dataset.has_texts else OF_FEATURES
        of_targets = OF_TARGETS if dataset.has_texts else (*OF_TARGETS, *OF_BOTH)
        found = [finding for check in of_features for finding in check(dataset)]
        for output in dataset.outputs:
            one = dataset.of_output(output)
            of_output = [finding for check in of_targets for finding in check(one)]
            if len(dataset.outputs) > 1:
                of_output = [finding.of_output(output.name) for finding in of_output]
            found += of_output
    found += check_resolution(dataset, resolution)
    return tuple(sorted(found, key=lambda f: (_ORDER.index(f.severity), -f.confidence)))
