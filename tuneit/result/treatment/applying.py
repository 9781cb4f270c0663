"""Writing the treatment that helped as a study: YAML, and Python where the model changed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneit.errors import InputError
from tuneit.errors.wording import figures, signed_score
from tuneit.errors.writing import writing
from tuneit.ledger.study_folder import write_text
from tuneit.result.treatment.treated_module import CALLBACKS, treated_module
from tuneit.space import Params, Scalar
from tuneit.study import RESERVED
from tuneit.study_file import to_yaml
from tuneit.training.builders.builder import OWN
from tuneit.treatments.outcome import Treatments

if TYPE_CHECKING:
    from tuneit.result import SearchResult


def apply_treatment(result: SearchResult, found: Treatments, pattern: Path | None) -> Path:
    """Write `<study>.treated.yaml` beside the study, ready for `tuneit search`; return its path.

    It tries the treated configuration first, and then searches on. Where the model or its callbacks
    changed, `<study>_treated.py` holds the change, and `<study>.teacher.keras` the model that a
    smaller one learns from. `pattern` is the study's own file, None for
    `<name>.yaml` in the folder that its paths are relative to. Raises InputError where the builder
    or the data are in no file.
    """
    chosen = found.chosen
    assert chosen is not None
    prepared = result.prepared
    if not prepared.is_in_files:
        raise InputError(
            "a treated study needs its builder and data in files, but these are objects of Python: "
            "give them in a study.yaml, or change your builder as the treatment says"
        )
    file = (pattern or prepared.root / f"{result.study.name}.yaml").absolute()
    assert chosen.arm is not None
    edits, plan = chosen.arm.edits, chosen.arm.plan
    if edits and result.study.model.startswith(f"{OWN}:"):
        raise InputError(
            f"the layers of {result.study.model} are tuneit's own, so that a study cannot change "
            f"them ({chosen.action}): write a builder of your own, and return treat(model, …) of "
            "tuneit.training.treating.builder from it"
        )
    values = result.study.model_dump(exclude_unset=True)
    values.pop("storage", None)  # it may hold a password; the new study has a folder of its own
    values["name"] = f"{result.study.name}-treated"[:100]
    changed = {k: v for k, v in chosen.parameters.items() if found.parameters.get(k) != v}
    _set_parameters(values, result, dict(chosen.parameters), changed)
    if "early_stopping" in plan:
        values["early_stopping"] = dict(plan["early_stopping"])
    teacher = file.with_name(f"{file.stem}.teacher.keras") if "distillation" in plan else None
    if teacher is not None:
        with writing(teacher):
            result.best_model().save(teacher)
    callbacks = [name for key, name in CALLBACKS.items() if key in plan]
    if edits or callbacks:
        code = file.with_name(f"{_identifier(file.stem)}_treated.py")
        write_text(code, treated_module(result, chosen, teacher))
        if edits:
            values["model"] = f"{code.name}:{_target(result).rpartition('.')[2]}"
        if callbacks:
            made = [f"{code.name}:{name}" for name in callbacks]
            values["callbacks"] = [*values.get("callbacks", ()), *made]
    target = file.with_name(f"{file.stem}.treated.yaml")
    write_text(target, _comment(found) + to_yaml(values))
    return target


def _set_parameters(
    values: dict[str, Any], result: SearchResult, params: Params, changed: Params
) -> None:
    """Widen the ranges so that they hold the changed values, and try these first."""
    specs = {name: dict(spec) for name, spec in dict(values.get("parameters") or {}).items()}
    for name, value in changed.items():
        if name in RESERVED and name not in specs:
            if name == "epochs":
                values["budget"] = {**values["budget"], "epochs": value}
            elif name == "batch_size":
                values["batch_size"] = value
            else:
                specs[name] = {"value": value}
            continue
        parameter = result.space.get(name, params)
        if parameter is not None and not parameter.contains(value):
            specs[name] = _widened(specs.get(name, {}), parameter.extremes, parameter, value)
    if specs:
        values["parameters"] = specs
    known = {name: v for name, v in params.items() if result.space.get(name) is not None}
    if known:
        values["enqueue"] = [known, *(values.get("enqueue") or ())]


def _widened(
    spec: Mapping[str, Any], extremes: tuple[float, float] | None, parameter: Any, value: Scalar
) -> dict[str, Any]:
    """What the study says of a hyperparameter, so that it may have this value too."""
    if "value" in spec:
        return {**spec, "value": value}
    values = spec.get("values") or getattr(parameter, "values", None)
    if values is not None:
        return {**spec, "values": sorted({*values, value}, key=lambda v: (str(type(v)), v))}
    assert extremes is not None
    low, high = extremes
    number = float(value)  # type: ignore[arg-type]
    if low <= number <= high:  # between two steps
        whole = isinstance(value, int)
        return {**spec, "step": 1 if whole else (high - low) / 1000}
    end = {"max": value} if number > high else {"min": value}
    return {**spec, **end}


def _target(result: SearchResult) -> str:
    return result.prepared.builder.reference.rpartition(":")[2]


def _identifier(text: str) -> str:
    plain = "".join(c if c.isalnum() else "_" for c in text)
    return plain if plain[:1].isalpha() else f"study_{plain}"


def _comment(found: Treatments) -> str:
    """What the comparison showed, as comments of the YAML file."""
    chosen = found.chosen
    assert chosen is not None
    assert chosen.gain is not None
    assert chosen.interval is not None
    assert chosen.p_value is not None
    low, high = map(signed_score, chosen.interval)
    lines = [
        f"Treated: {chosen.action} ({chosen.change}).",
        f"Gain of {found.metric} over {chosen.pairs} pairs: {signed_score(chosen.gain)}, "
        f"95 % interval {low} to {high}, p = {figures(chosen.p_value, 2)}.",
    ]
    if chosen.size:
        lines.append(f"Size: {chosen.size}.")
    if found.confirmation is not None:
        lines.append(
            f"On the {found.confirmation.rows} test rows: {found.confirmation.metric} changes by "
            f"{signed_score(found.confirmation.gain)} (above zero: better)."
        )
    return "".join(f"# {line}\n" for line in lines)
