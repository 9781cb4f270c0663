"""Any hyperparameter, and its description in JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tuneit.space.choices import Boolean, Choice, Fixed
from tuneit.space.condition import Condition
from tuneit.space.ranges import Float, Int

Parameter = Float | Int | Choice | Boolean | Fixed

_KINDS: dict[str, type[Any]] = {cls.kind: cls for cls in (Float, Int, Choice, Boolean, Fixed)}


def parameter_to_dict(parameter: Parameter) -> dict[str, Any]:
    """Return a JSON-ready description that `parameter_from_dict` reads back."""
    own = ((name, value) for name, value in vars(parameter).items() if name != "when")
    fields = {name: list(v) if isinstance(v, tuple) else v for name, v in own}
    when = [{"parent": c.parent, "values": list(c.values)} for c in parameter.when]
    return {"kind": parameter.kind, **fields, "when": when}


def parameter_from_dict(entry: Mapping[str, Any]) -> Parameter:
    """Read back what `parameter_to_dict` wrote."""
    fields = {k: v for k, v in entry.items() if k not in ("kind", "when")}
    if "values" in fields:
        fields["values"] = tuple(fields["values"])
    when = tuple(Condition(c["parent"], tuple(c["values"])) for c in entry["when"])
    parameter: Parameter = _KINDS[entry["kind"]](**fields, when=when)
    return parameter
