"""Data sets of scikit-learn: bundled ones, generators, and downloads."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import numpy as np

from tuneit.data.raw import RawData, RawSplit
from tuneit.errors import DataError, did_you_mean, one_of
from tuneit.study import SklearnData

BUNDLED = ("breast_cancer", "diabetes", "digits", "iris", "linnerud", "wine")

GENERATORS = (
    "make_blobs",
    "make_circles",
    "make_classification",
    "make_friedman1",
    "make_friedman2",
    "make_friedman3",
    "make_gaussian_quantiles",
    "make_hastie_10_2",
    "make_moons",
    "make_multilabel_classification",
    "make_regression",
    "make_s_curve",
    "make_sparse_uncorrelated",
    "make_swiss_roll",
)
"""The generators that yield rows with a target; the others yield matrices."""

FETCHED = ("california_housing", "covtype", "lfw_people", "olivetti_faces")
"""Sets of numbers that scikit-learn downloads once and keeps in its own folder."""

_NOT_OURS = ("return_X_y", "as_frame", "return_distributions", "return_centers", "coef", "sparse")
"""Arguments that change the form of what is returned."""


def read(spec: SklearnData, root: Path, seed: int) -> RawData:
    """Load a bundled set by name, or call a generator with its arguments.

    A generator's `random_state` is the study's seed unless the arguments say otherwise. Pictures
    stay as scikit-learn gives them: digits are 64 numbers a row, 0 to 16.
    """
    from sklearn import datasets

    function = getattr(datasets, _function_name(spec.name))
    arguments = _arguments(function, spec, seed)
    try:
        found = function(**arguments)
    except (TypeError, ValueError, MemoryError) as error:
        message = " ".join(str(error).split())
        raise DataError(
            f"scikit-learn's {function.__name__} refuses its arguments {spec.arguments}: {message}"
        ) from None
    except Exception as error:
        # Downloads fail in many ways: no network, a proxy, a full disk, a changed checksum.
        raise DataError(
            f"scikit-learn's set '{spec.name}' must be downloaded once, which failed "
            f"({type(error).__name__}: {error}): connect to the network, or give the data as csv "
            "or npz",
            at=("data", "name"),
        ) from None
    if function.__name__ in GENERATORS:
        return RawData(name=spec.name, splits={"train": RawSplit(*found)})
    return _from_bunch(spec.name, found)


def _function_name(name: str) -> str:
    plain = name.removeprefix("load_").removeprefix("fetch_")
    if plain in BUNDLED:
        return f"load_{plain}"
    if plain in FETCHED:
        return f"fetch_{plain}"
    if name in GENERATORS:
        return name
    known = (*BUNDLED, *GENERATORS, *FETCHED)
    hint = did_you_mean(name, known)
    if name.startswith("fetch_") and not hint:
        raise DataError(
            f"scikit-learn's '{name}' gives no table of numbers: download it once and give it as "
            "csv, npz, images or python",
            at=("data", "name"),
        )
    raise DataError(
        f"scikit-learn has no set '{name}' (there are {one_of(known)}){hint}", at=("data", "name")
    )


def _arguments(function: Any, spec: SklearnData, seed: int) -> dict[str, Any]:
    accepted = set(inspect.signature(function).parameters) - set(_NOT_OURS)
    for name in spec.arguments:
        if name not in accepted:
            raise DataError(
                f"scikit-learn's {function.__name__} takes no argument '{name}' here"
                f"{did_you_mean(name, accepted)}; it takes {one_of(accepted or {'none'})}",
                at=("data", "arguments", name),
            )
    seeded = {"random_state": seed} if "random_state" in accepted else {}
    return seeded | spec.arguments


def _from_bunch(name: str, bunch: Any) -> RawData:
    names = tuple(str(n) for n in getattr(bunch, "feature_names", ()))
    is_classes = np.asarray(bunch.target).dtype.kind in "iu"
    classes = tuple(str(n) for n in getattr(bunch, "target_names", ())) if is_classes else ()
    return RawData(
        name=name,
        splits={"train": RawSplit(bunch.data, bunch.target)},
        class_names=classes,
        feature_names=names,
    )
