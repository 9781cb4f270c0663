"""Scale the numbers that a model predicts; the scale is fitted on the training split only."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from tuneit.data.nested import Array, Nested
from tuneit.data.output import Output
from tuneit.errors import DataError
from tuneit.errors.wording import figures

TargetScaling = Literal["standard", "minmax", "none"]

_POWERS: Mapping[str, int] = {
    **dict.fromkeys(("mae", "mean_absolute_error"), 1),
    **dict.fromkeys(("rmse", "root_mean_squared_error"), 1),
    **dict.fromkeys(("mse", "mean_squared_error"), 2),
    **dict.fromkeys(("r2_score", "r2", "pearson_correlation", "concordance_correlation"), 0),
    **dict.fromkeys(("explained_variance", "loss"), 0),
}
"""How a metric grows with the unit: an absolute error as the unit, a squared one as its square.
The loss is that of the scaled targets, which training makes small."""


@dataclass(frozen=True, eq=False)
class TargetUnit:
    """Computes `(y - shift) / factor`: a shift for each column, one factor for all.

    With one factor, errors of several columns keep their proportions, and a mean absolute error
    times the factor is the error in the target's unit.
    """

    shift: Array
    factor: float


@dataclass(frozen=True, eq=False)
class TargetScaler:
    """The unit of each output that predicts numbers, by the output's name ("" of the only one)."""

    kind: TargetScaling
    units: Mapping[str, TargetUnit]

    def scaled(self, output: Output, y: Array) -> Array:
        """An output's targets as the model is trained on them, float32."""
        unit = self.units.get(output.name)
        if unit is None:
            return y
        scaled: Array = ((y.astype(np.float64) - unit.shift) / unit.factor).astype(np.float32)
        return scaled

    def in_unit(self, output: Output, y: Array) -> Array:
        """Scaled targets or predictions of an output in the target's own unit."""
        unit = self.units.get(output.name)
        if unit is None:
            return y
        shift = unit.shift
        if y.ndim == 2 and shift.ndim == 0:  # a column of predictions for targets (rows,)
            shift = shift.reshape(1)
        own: Array = (y.astype(np.float64) * unit.factor + shift).astype(np.float32)
        return own

    def metric_in_unit(self, name: str, value: float) -> float:
        """A metric, by its name in Keras's logs, in the target's own unit (squared for the MSE).

        The loss stays that of the scaled targets, as does a metric that is not known.
        """
        plain = name.removeprefix("val_")
        for output, unit in self.units.items():
            if output and not plain.startswith(f"{output}_"):
                continue
            own = plain.removeprefix(f"{output}_") if output else plain
            power = _POWERS.get(re.sub(r"_\d+$", "", own), 0)
            return float(value * unit.factor**power)
        return value

    def unknown(self, names: Sequence[str]) -> list[str]:
        """Those metrics that stay in the scaled unit, as it is not known how they grow with it."""
        known = {name.removeprefix("val_") for name in names}
        ends = tuple(f"_{name}" for name in _POWERS)
        return sorted(
            name
            for name in known
            if (plain := re.sub(r"_\d+$", "", name)) not in _POWERS and not plain.endswith(ends)
        )

    def to_dict(self) -> dict[str, Any]:
        """Return shifts and factors by output, for JSON."""
        units = {
            name: {"shift": unit.shift.tolist(), "factor": unit.factor}
            for name, unit in self.units.items()
        }
        return {"kind": self.kind, "units": units}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> TargetScaler:
        """Read what `to_dict` returned."""
        units = {
            name: TargetUnit(np.asarray(one["shift"], np.float64), float(one["factor"]))
            for name, one in record["units"].items()
        }
        return cls(record["kind"], units)


def fit_targets(
    y: Nested, outputs: Sequence[Output], kind: TargetScaling
) -> tuple[TargetScaler | None, str]:
    """Fit `standard` (mean 0, standard deviation 1) or `minmax` (0 to 1) on training targets.

    Of several columns the factor is the root of their mean variance, or their widest range.
    Returns None for `none`, and the note that says what was done. Raises DataError where no output
    predicts numbers, and for a constant target.
    """
    if kind == "none":
        return None, ""
    numbers = [output for output in outputs if output.task == "regression"]
    if not numbers:
        what = f"this is {outputs[0].task}" if outputs else "there are no targets"
        raise DataError(
            f"`scale_target` scales numbers to predict, but {what}: remove it, "
            "or say that the task is regression (`task`)",
            at=("data", "scale_target"),
        )
    units = {output.name: _unit(output.of(y), kind, output.name) for output in numbers}
    said = ", ".join(
        (f"'{name}' " if name else "") + f"by {figures(unit.factor)}"
        for name, unit in units.items()
    )
    return TargetScaler(kind, units), (
        f"targets are scaled ({kind}, divided {said}), fitted on the training rows alone; metrics "
        "and predictions are in the target's unit, the loss is that of the scaled targets"
    )


def scaled_targets(scaler: TargetScaler | None, y: Nested, outputs: Sequence[Output]) -> Nested:
    """Targets of all outputs as the model is trained on them."""
    if scaler is None:
        return y
    if isinstance(y, np.ndarray):
        return scaler.scaled(outputs[0], y)
    found = {output.key: scaler.scaled(output, output.of(y)) for output in outputs}
    if isinstance(y, dict):
        return {name: found[name] for name in y}
    return tuple(found[place] for place in range(len(y)))


def _unit(y: Array, kind: TargetScaling, name: str) -> TargetUnit:
    values = y.astype(np.float64)
    shift = values.mean(axis=0) if kind == "standard" else values.min(axis=0)
    if kind == "standard":
        factor = float(np.sqrt(np.square(values - shift).mean()))
    else:
        factor = float((values.max(axis=0) - shift).max())
    if factor <= np.finfo(np.float32).eps * np.abs(values).max(initial=0):
        which = f"target '{name}'" if name else "target"
        raise DataError(
            f"`scale_target` needs a target that varies, but the {which} is "
            f"{values.reshape(-1)[0]:g} in every training row: name another target",
            at=("data", "target"),
        )
    return TargetUnit(np.asarray(shift), factor)
