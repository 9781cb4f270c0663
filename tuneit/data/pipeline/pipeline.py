"""The pipeline of a trained model: how raw rows become its inputs, and labels its targets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from tuneit.data.dataset import Dataset, Nested
from tuneit.data.features import as_features, is_table
from tuneit.data.nested import is_text, map_arrays, named
from tuneit.data.output import Output
from tuneit.data.pipeline.labels import known_targets
from tuneit.data.pipeline.strict import checked_columns
from tuneit.data.table import Encoders, NumberColumn, TableEncoder
from tuneit.data.target_scale import scaled_targets
from tuneit.errors import DataError

if TYPE_CHECKING:
    from tuneit.data.scale import Scaler
    from tuneit.data.target_scale import TargetScaler
    from tuneit.study import DataSpec


@dataclass(frozen=True)
class InputForm:
    """One input of the model: its name, the shape of a row, and whether it holds texts.

    The name is a dict's key, a place ("0", "1", …) in a tuple, or "" of the only input. A length
    that differed between batches of the training rows is None.
    """

    name: str
    shape: tuple[int | None, ...]
    is_text: bool


@dataclass(frozen=True, eq=False)
class Pipeline:
    """What was learnt from the training rows, beside the model's weights.

    `encoders` say how columns of a table become inputs, by the input's name; none where the model
    was trained on arrays or pictures. `scaler` scales the inputs, `target_scaler` numbers to
    predict. `inputs` are the inputs' forms, `form`
    says whether they stand alone, in a tuple or in a dict. `outputs` say what the model's outputs
    mean. `data` is how the study names its data: which columns are targets, or the pictures' size.
    """

    inputs: tuple[InputForm, ...]
    form: str
    outputs: tuple[Output, ...]
    data: DataSpec
    encoders: Encoders = field(default_factory=dict)
    scaler: Scaler | None = None
    target_scaler: TargetScaler | None = None

    @classmethod
    def of(cls, dataset: Dataset, data: DataSpec) -> Pipeline:
        """What was learnt from the training rows of a dataset, which the study names as `data`."""
        x, shapes = dataset.train.x, dataset.input_shapes
        encoders, names = dataset.encoders, dataset.feature_names
        if not encoders and isinstance(x, np.ndarray) and x.shape[1:] == (len(names),):
            # Arrays whose columns have names, as scikit-learn's: a table may have them too.
            encoders = {"": TableEncoder(tuple(NumberColumn(name, None) for name in names))}
        return cls(
            inputs=tuple(InputForm(n, shapes[n], is_text(a)) for n, a in named(x)),
            form="dict" if isinstance(x, dict) else "tuple" if isinstance(x, tuple) else "one",
            outputs=dataset.outputs,
            data=data,
            encoders=encoders,
            scaler=dataset.scaler,
            target_scaler=dataset.target_scaler,
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a table that the inputs are made of."""
        listed: list[str] = []
        for encoder in self.encoders.values():
            parts = encoder.columns if isinstance(encoder, TableEncoder) else (encoder,)
            listed += [column.name for column in parts]
        return tuple(dict.fromkeys(listed))

    def features(self, x: Any, where: str) -> tuple[Nested, tuple[str, ...]]:
        """Raw rows as the model takes them, and notes on what was encoded as unknown.

        `x` is a DataFrame with the training table's columns, or arrays in the form that the model
        was trained on. `where` names them in messages. Raises DataError where a column is missing
        or holds another type, where a value is missing that nothing fills, and where rows have
        another shape: each with the first row, counted from 1.
        """
        notes: tuple[str, ...] = ()
        if is_table(x):
            x, notes = self._encoded(x, where)
        elif self.form == "dict" and not isinstance(x, Mapping):
            listed = ", ".join(one.name for one in self.inputs)
            raise DataError(f"{where} must be a dict of the model's inputs ({listed})")
        elif self.form == "tuple" and isinstance(x, list):
            x = tuple(x)
        arrays = as_features(x, where)
        self._require_forms(arrays, where)
        return (arrays if self.scaler is None else self.scaler.apply(arrays)), notes

    def _encoded(self, table: Any, where: str) -> tuple[Any, tuple[str, ...]]:
        if not self.encoders:
            shapes = map_arrays(str, [one.shape for one in self.inputs])
            raise DataError(
                f"{where} is a table, but the model was trained on arrays whose rows have the "
                f"shape {shapes[0] if len(shapes) == 1 else shapes}: give such arrays (.npz)"
            )
        texts = {one.name for one in self.inputs if one.is_text}
        table, notes = checked_columns(table, self.encoders, texts, where)
        encoded = {name: encoder.encode(table) for name, encoder in self.encoders.items()}
        return (encoded if self.form == "dict" else encoded[""]), notes

    def _require_forms(self, x: Nested, where: str) -> None:
        given = dict(named(x))
        known = {one.name: one for one in self.inputs}
        if given.keys() != known.keys():
            there, wanted = (", ".join(f"'{n}'" for n in names) for names in (given, known))
            raise DataError(
                f"{where} must have the inputs {wanted or 'one'}, but has {there}: give one array "
                "for each input of the model"
                if len(known) > 1
                else f"{where} must be one array, but has {len(given)}"
            )
        for name, array in given.items():
            form, which = known[name], f"input '{name}' of {where}" if name else where
            if is_text(array) != form.is_text:
                kinds = ("numbers", "texts")
                raise DataError(
                    f"{which} must hold {kinds[form.is_text]}, as the training rows do, but holds "
                    f"{kinds[not form.is_text]}"
                )
            if not _fits(array.shape[1:], form.shape):
                raise DataError(
                    f"rows of {which} must have the shape {form.shape}, as the training rows do, "
                    f"but have {array.shape[1:]}"
                )

    def targets(self, y: Any, where: str) -> Nested:
        """Raw labels or numbers in the form of the training targets, scaled as these were.

        Classes may be given by their names, or as they stand in the training data. Raises DataError
        for values of no class, with the first row, and for numbers of another shape.
        """
        return scaled_targets(self.target_scaler, self._known(y, where), self.outputs)

    def _known(self, y: Any, where: str) -> Nested:
        if len(self.outputs) == 1 and self.outputs[0].key is None:
            return known_targets(self.outputs[0], y, where)
        parts = tuple(y) if isinstance(y, list) else y
        found = {
            output.key: known_targets(
                output, output.of(parts), f"output '{output.name}' of {where}"
            )
            for output in self.outputs
        }
        in_order = isinstance(next(iter(found)), int)
        return tuple(found[key] for key in sorted(found)) if in_order else found  # type: ignore


def _fits(shape: tuple[int, ...], trained: tuple[int | None, ...]) -> bool:
    """Whether rows have a shape that the model takes: sequences may have another length."""
    if len(shape) == len(trained) and all(
        t in (None, s) for s, t in zip(shape, trained, strict=True)
    ):
        return True
    return len(shape) == len(trained) == 2 and shape[1:] == trained[1:]
