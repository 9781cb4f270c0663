"""The Python module that builds a treated model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tuneit.treatments.arm import Arm
from tuneit.treatments.outcome import TreatmentRow

if TYPE_CHECKING:
    from tuneit.result import SearchResult


CALLBACKS = {
    "schedule": "lower_rate",
    "pruning": "prune_weights",
    "distillation": "learn_from_teacher",
}
"""The functions of the module that make callbacks, by the setting of the plan."""


def treated_module(result: SearchResult, chosen: TreatmentRow, teacher: Path | None = None) -> str:
    """The module's code: the changed builder, and functions that make callbacks.

    The change is written as Keras code where that makes the treated model; else tuneit's `treat`
    makes it. `teacher` is the saved model of a distillation, beside the module.
    """
    from tuneit.training.treating.written import written

    arm, prepared = chosen.arm, result.prepared
    assert arm is not None
    where, _, name = prepared.builder.reference.rpartition(":")
    schedule, change = arm.plan.get("schedule"), None
    if arm.edits:
        change = written(prepared.recipe, result.space, arm.params, arm.edits)
    own = ["import functools"] if arm.edits and not prepared.builder.is_hypermodel else []
    if teacher is not None:
        own.append("from pathlib import Path")
    others = ["import keras"] if change or schedule else []
    parts = [f'"""The model of {where}, treated: {chosen.action} ({chosen.change})."""']
    if arm.edits:
        others.append(f"from {_module(where)} import {name.partition('.')[0]} as untreated")
        if change is None:
            others.append("from tuneit.training.treating.builder import treat")
    if "pruning" in arm.plan:
        others.append("from tuneit.training.fitting.magnitude_pruning import MagnitudePruning")
    if teacher is not None:
        others.append("from tuneit.training.treating.distillation import Distillation")
    parts += ["\n".join(lines) for lines in (own, others) if lines]
    head = "\n\n".join(parts)
    functions = [change] if change else []
    if arm.edits:
        given = "" if change else "".join(f', "{edit}"' for edit in arm.edits)
        functions.append(_builder(name, given, is_class=prepared.builder.is_hypermodel))
    if schedule:
        mode = "max" if result.objective.maximize else "min"
        functions.append(
            f"def {CALLBACKS['schedule']}():\n"
            "    return keras.callbacks.ReduceLROnPlateau(\n"
            f'        monitor="{result.objective.metric}", mode="{mode}", '
            f"factor={schedule['factor']}, patience={schedule['patience']}\n"
            "    )\n"
        )
    if "pruning" in arm.plan:
        functions.append(_returned("pruning", f"MagnitudePruning({_arguments(arm, 'pruning')})"))
    if teacher is not None:
        place = f'Path(__file__).with_name("{teacher.name}")'
        made = f"Distillation({place}, {_arguments(arm, 'distillation')})"
        functions.append(_returned("distillation", made))
    return "\n\n\n".join([head, *(function.rstrip() for function in functions)]) + "\n"


def _returned(setting: str, made: str) -> str:
    return f"def {CALLBACKS[setting]}():\n    return {made}\n"


def _arguments(arm: Arm, setting: str) -> str:
    return ", ".join(f"{name}={value}" for name, value in arm.plan[setting].items())


def _module(where: str) -> str:
    return ".".join(Path(where).with_suffix("").parts) if where.endswith(".py") else where


def _builder(name: str, given: str, *, is_class: bool) -> str:
    """The builder that the study names; `given` are arguments after the model, if any."""
    rest = name.partition(".")[2]
    used, short = f"untreated.{rest}" if rest else "untreated", name.rpartition(".")[2]
    function = "treat" if given else "treated"
    if not is_class:
        return (
            f"@functools.wraps({used})\n"
            f"def {short}(*args, **kwargs):\n"
            f"    return {function}({used}(*args, **kwargs){given})\n"
        )
    # A study may name the class or an instance of it.
    return (
        f"class {short}(untreated if isinstance({used}, type) else type({used})):\n"
        "    def build(self, hp):\n"
        f"        return {function}(super().build(hp){given})\n"
    )
