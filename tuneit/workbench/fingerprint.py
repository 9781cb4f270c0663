"""Digests of the user's code, and the structure of the model that it builds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tuneit.errors import TuneitError

if TYPE_CHECKING:
    from tuneit.workbench import PreparedStudy

Code = Mapping[str, str]
"""A digest or value of each piece of code, by `name in file`, as `user_code` returns them."""

_BYTECODE = "#py"


@dataclass(frozen=True)
class Fingerprint:
    """Digests of the code of builder and callbacks, of the data's function, and the model.

    `build` builds the model with default hyperparameters and returns its layers, optimizer and
    compile arguments; None where it cannot be built.
    """

    code: Code
    data_code: Code
    build: Callable[[], Mapping[str, Any] | None]

    @classmethod
    def of(cls, prepared: PreparedStudy) -> Fingerprint:
        """Compute a study's fingerprint. The model is built when it is first asked for."""
        return cls(_builders_code(prepared), _data_code(prepared), lambda: _structure(prepared))

    @cached_property
    def model(self) -> Mapping[str, Any] | None:
        """Layers, optimizer and compile arguments of the model with default hyperparameters."""
        return self.build()

    def model_change(self, was: Mapping[str, Any] | None) -> list[str]:
        """List the differences from an earlier model; [] where none are known."""
        from tuneit.training.models.structure import structure_change

        now = self.model
        if was is None or now is None:
            return []
        told = structure_change(was, now)
        if not told:
            return []
        again = self.build()
        # A value that differs between two builds of the same code is random, not a change.
        drawn = structure_change(now, again) if again is not None else []
        heads = {sentence.partition(" from ")[0] for sentence in drawn}
        return [sentence for sentence in told if sentence.partition(" from ")[0] not in heads]


def code_change(was: Code, now: Code) -> list[str]:
    """Say which pieces of code were edited, added or removed, and which constants changed."""
    told = []
    for label in sorted({**was, **now}):
        before, after = was.get(label), now.get(label)
        if before is None or after is None:
            told.append(f"{label} is {'new' if before is None else 'gone'}")
        elif before != after and not _incomparable(before, after):
            edited = before.startswith("#") or after.startswith("#")
            told.append(f"{label} was edited" if edited else f"{label} from {before} to {after}")
    return told


def _incomparable(before: str, after: str) -> bool:
    """Whether both are digests of bytecode, of two versions of Python."""
    versions = {text.partition(" ")[0] for text in (before, after)}
    return len(versions) == 2 and all(v.startswith(_BYTECODE) for v in versions)


def _builders_code(prepared: PreparedStudy) -> Code:
    from tuneit.training.fitting.callbacks import load_callbacks
    from tuneit.training.user_code.collect import user_code

    root = prepared.builder.root
    try:
        callbacks = load_callbacks(prepared.callbacks, root or prepared.root)
    except TuneitError:  # training will raise it
        callbacks = {}
    made = [getattr(one, "given", one) for one in callbacks.values()]
    compiled_with = prepared.builder.compiled_with
    given = [] if compiled_with is None else compiled_with.code
    roots = [prepared.builder.target, *made, *given]
    code = user_code(roots, prepared.builder.folder or prepared.root)
    return {**code, **prepared.builder.base_digests}


def _data_code(prepared: PreparedStudy) -> Code:
    from tuneit.data.sources.python_source import loaded_function
    from tuneit.training.user_code.collect import user_code

    spec = prepared.study.data
    function = loaded_function(spec.function, prepared.root) if spec.source == "python" else None
    return {} if function is None else user_code([function], prepared.root)


def _structure(prepared: PreparedStudy) -> Mapping[str, Any] | None:
    from tuneit.training.builders.build import build_once
    from tuneit.training.models.structure import structure_of

    found: list[Mapping[str, Any]] = []
    build_once(
        prepared.builder,
        prepared.space.defaults(),
        prepared.space,
        lambda hp, model: found.append(structure_of(model)),
    )
    return found[0] if found else None
