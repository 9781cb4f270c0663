"""Read the data that Python code gives: arrays in pairs or by name, and how to split them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, get_args

from tuneit.errors import DataError, InputError, did_you_mean, one_of
from tuneit.errors.wording import kind_of
from tuneit.workbench.prepared import MEMORY

if TYPE_CHECKING:
    from tuneit.data.dataset import Dataset
    from tuneit.data.raw import RawData, RawSplit, SplitName
    from tuneit.data.stream_splits import Sources

FORMS = (
    "a pair (x, y) or (x, y, sample_weight); x alone, where the model makes its loss of it; "
    "two or three pairs, to train, validate and test on; a dict with x and y, or x_train, y_train, "
    "x_validation, …; a stream (tf.data.Dataset, PyDataset, or a function that returns a "
    "generator), or two or three; a tuneit Dataset; or a "
    "mapping such as {'source': 'sklearn', 'name': 'digits'} or "
    "{'source': 'python', 'function': 'data.py:load'}"
)

SPEC = ("task", "positive", "scale", "scale_target", "folds", "order", "one_hot", "class_weight")
"""Arguments that are keys of a study's `data` with the same name."""

OF_ROWS = ("x", "y", "sample_weight", "groups", "times", "validation_data")
"""Arguments that are arrays."""

SHARES = ("split", "validation_split", "test")
"""Arguments that give the shares of rows in the splits."""

_ORDERS: Mapping[int, tuple[SplitName, ...]] = {
    2: ("train", "validation"),
    3: ("train", "validation", "test"),
}
"""The splits that two or three pairs stand for."""

DATA_ARGUMENTS = (*OF_ROWS, *SHARES, *SPEC, "missing")


@dataclass(frozen=True, eq=False)
class GivenData:
    """The study's `data`, and the arrays or the Dataset that the caller gave.

    `keys` are the groups or times of training rows, and `missing`, by these names.
    """

    spec: Mapping[str, Any]
    arrays: Mapping[SplitName, RawSplit] = field(default_factory=dict)
    dataset: Dataset | None = None
    keys: Mapping[str, Any] = field(default_factory=dict)
    sources: Sources = field(default_factory=dict)

    def raw(self, name: str) -> RawData | None:
        """The arrays or streams, as a data source returns them; None for a source or a Dataset."""
        if self.sources:
            from tuneit.data.stream_reading import RawStreams

            return RawStreams(name, {}, sources=self.sources)
        if not self.arrays:
            return None
        from tuneit.data.raw import RawData

        return RawData(name, self.arrays, **self.keys)


def given_data(data: Any, arguments: Mapping[str, Any]) -> GivenData:
    """Read `data` and the `DATA_ARGUMENTS`; an argument that is None was not given.

    Raises InputError or DataError for arguments that contradict each other.
    """
    from tuneit.data.dataset import Dataset
    from tuneit.workbench.stream_arguments import given_sources

    given = {name: value for name, value in arguments.items() if value is not None}
    if isinstance(data, Dataset):
        return _of_dataset(data, given)
    settings = _settings(given)
    missing = {"missing": given["missing"]} if "missing" in given else {}
    if isinstance(data, Mapping) and isinstance(data.get("source"), str):
        for name in OF_ROWS:
            if name in given:
                raise InputError(
                    f"`{name}` goes with arrays, but data names the source {data['source']!r}: "
                    f"leave out {name}, or give arrays as x= and y="
                )
        return GivenData({**data, **settings, **missing})
    memory = {"source": "python", "function": f"{MEMORY}arrays"}
    if sources := given_sources(data, given):
        return GivenData({**memory, **settings}, sources=sources)
    splits = _splits(data, given)
    if "validation" in splits and "validation_split" in given:
        raise InputError(
            "give validation_split or validation_data, not both: with validation_data no rows are "
            "split off to validate on"
        )
    return GivenData(
        {**memory, **settings},
        splits,
        keys={**_keys(data, given), **_of_tables(splits, missing)},
    )


def _of_tables(
    splits: Mapping[SplitName, RawSplit], missing: Mapping[str, Any]
) -> Mapping[str, Any]:
    """What to do with missing values of tables. Raises InputError where there are none."""
    from tuneit.data.features import is_table
    from tuneit.data.raw import Missing

    ways = get_args(Missing)
    for asked in missing.values():
        if asked not in ways:
            hint = did_you_mean(str(asked), ways)
            raise InputError(f"missing must be {one_of(ways)}, but is {asked!r}{hint}")
        if not is_table(splits["train"].x):
            raise InputError(
                "missing= is about missing values of a DataFrame, but x is "
                f"{kind_of(splits['train'].x)}: fill them in before (numpy.nan_to_num), or drop "
                "these rows"
            )
    return missing


def _keys(data: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """Groups and times of the training rows, of the arguments or of a dict of arrays."""
    from tuneit.data.named_arrays import keys_from_mapping, names_of_keys

    found: dict[str, Any] = {}
    if isinstance(data, Mapping):
        found = keys_from_mapping(data, "data", names_of_keys(data))
    for name in ("groups", "times"):
        if name in given:
            if name in found:
                raise InputError(f"give {name} in data or by name, not both")
            found[name] = given[name]
    return found


def _of_dataset(dataset: Dataset, given: Mapping[str, Any]) -> GivenData:
    from tuneit.data.finite import require_finite

    if given:
        name = next(iter(given))
        raise DataError(
            f"{name} does not go with a Dataset, which has its own splits and targets: leave it "
            "out, or make another Dataset with tuneit.data.load.dataset_from_arrays(x, y, …)"
        )
    require_finite(dataset)
    spec: dict[str, Any] = {"source": "python", "function": f"{MEMORY}arrays"}
    if dataset.weight_by_class:
        spec["class_weight"] = dataset.weight_by_class
    return GivenData(spec, dataset=dataset)


def _settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """The data's settings, as a study has them."""
    from tuneit.data.output import class_name

    settings = {name: given[name] for name in SPEC if name in given}
    weights = settings.get("class_weight")
    if isinstance(weights, Mapping):  # by label, as Keras takes it, or by class name
        settings["class_weight"] = {
            class_name(key): {class_name(k): v for k, v in value.items()}  # of one of the outputs
            if isinstance(value, Mapping)
            else value
            for key, value in weights.items()
        }
    split = given.get("split", {})
    if not isinstance(split, Mapping):
        raise InputError(
            "split must be a dict such as {'validation': 0.2, 'test': 0.1}, with shares of the "
            f"rows, but is {kind_of(split)}: groups=, times= and order='time' say how rows are "
            "split"
        )
    shares = dict(split)
    for name, key in (("validation_split", "validation"), ("test", "test")):
        if name in given:
            if key in shares:
                raise InputError(f"give {name} or split[{key!r}], not both: they say the same")
            if isinstance(given[name], (tuple, list)):
                raise InputError(
                    f"{name} must be a share of the rows, but is {kind_of(given[name])}: give test "
                    "rows as the third pair of data=((x, y), (x_validation, y_validation), "
                    "(x_test, y_test))"
                )
            shares[key] = given[name]
    return {**settings, "split": shares} if shares else settings


def _splits(data: Any, given: Mapping[str, Any]) -> dict[SplitName, RawSplit]:
    """The arrays by split."""
    from tuneit.data.raw import RawSplit

    weight = given.get("sample_weight")
    if "x" in given or "y" in given:
        if data is not None and "x" in given:
            raise InputError("give the rows as data or as x= and y=, not both")
        x = given.get("x", data)
        if x is None:
            raise DataError("y= goes with x=, but x is missing: give x=…")
        splits: dict[SplitName, RawSplit] = {"train": RawSplit(x, given.get("y"), weight)}
    else:
        splits = _of_data(data)
        if weight is not None:
            if splits["train"].weight is not None:
                raise InputError("give sample_weight in data or by name, not both")
            splits["train"] = RawSplit(splits["train"].x, splits["train"].y, weight)
    if "validation_data" in given:
        if "validation" in splits:
            raise InputError("data has a validation split already: leave out validation_data")
        alone = splits["train"].y is None
        splits["validation"] = _pair(given["validation_data"], "validation_data", alone)
    return splits


def _of_data(data: Any) -> dict[SplitName, RawSplit]:
    from tuneit.data.named_arrays import names_of_weights, splits_from_mapping
    from tuneit.data.raw import RawSplit, splits_from_parts

    if isinstance(data, Mapping):
        return splits_from_mapping(data, "data", weight=names_of_weights(data))
    if isinstance(data, (tuple, list)) and len(data) in (2, 3):
        return splits_from_parts(data, _ORDERS)
    if getattr(data, "shape", None):
        return {"train": RawSplit(data)}
    got = "nothing" if data is None else kind_of(data)
    raise DataError(f"data must be {FORMS}; but it is {got}")


def _pair(given: Any, name: str, alone: bool) -> RawSplit:
    """The arrays of a split; `alone` is whether the training rows are inputs without targets."""
    from tuneit.data.raw import RawSplit

    if alone and not isinstance(given, (tuple, list)):
        return RawSplit(given)
    if not isinstance(given, (tuple, list)) or len(given) not in (2, 3):
        raise DataError(f"{name} must be (x, y) or (x, y, sample_weight), but is {kind_of(given)}")
    return RawSplit(*given)
