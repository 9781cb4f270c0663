"""NaN and infinite values in the arrays that `model.fit` was called with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tuneit.data.finite import non_finite
from tuneit.findings import Finding, Severity
from tuneit.training.probes.sample import arguments_of_fit


def non_finite_data(model: Any) -> tuple[Finding, ...]:
    """Find NaN in the inputs, targets and weights of the running `fit`, if these are arrays.

    Generators and `tf.data` datasets are not read: the check of weights after each epoch covers
    them.
    """
    for where, part in _parts(arguments_of_fit(model)):
        if not hasattr(part, "shape") or not hasattr(part, "__array__"):
            continue
        column = "output" if where.endswith("y") else "feature"
        names = [str(name) for name in getattr(part, "columns", ())]
        if said := non_finite(np.asarray(part), names, column=column):
            return (
                Finding(
                    "non_finite_data",
                    Severity.CRITICAL,
                    0.99,
                    f"{where} has {said}: impute them, or drop these rows; on some processors "
                    "training goes on with a finite loss all the same",
                    {"where": where},
                ),
            )
    return ()


def _parts(given: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name in ("x", "y", "sample_weight"):
        yield from _named(name, given.get(name))
    validation = given.get("validation_data")
    if isinstance(validation, (tuple, list)):
        for name, part in zip(("x", "y", "sample_weight"), validation, strict=False):
            yield from _named(f"validation_data's {name}", part)


def _named(name: str, part: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(part, dict):
        yield from ((f"input '{key}' of {name}", array) for key, array in part.items())
    elif isinstance(part, (list, tuple)):
        yield from ((f"{name}[{i}]", array) for i, array in enumerate(part))
    elif part is not None:
        yield name, part
