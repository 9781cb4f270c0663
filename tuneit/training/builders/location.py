"""Where a worker process finds a study's builder."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tuneit.errors import BuilderError
from tuneit.study import ParameterSpec
from tuneit.training.builders.augmenting import Augmentation
from tuneit.training.builders.builder import Builder, as_builder, load_builder
from tuneit.training.ready_made import ReadyMade
from tuneit.training.user_code.error_text import describe


@dataclass(frozen=True)
class BuilderLocation:
    """A `reference` to a file below `root`, or a `pickled` object; and the study's `specs`.

    One of tuneit's own models is pickled with the form of its data; its `root` is the study's.

    `compiled_with` is pickled too: a worker is told where the builder is before it loads Keras.
    """

    reference: str
    root: Path | None
    pickled: bytes | None
    specs: Mapping[str, ParameterSpec]
    compiled_with: bytes = b""
    augmentation: Augmentation | None = None

    @classmethod
    def of(cls, builder: Builder) -> BuilderLocation:
        """Return a builder's location; raise BuilderError where only this process can reach it."""
        in_file = builder.root is not None and not isinstance(builder.target, ReadyMade)
        return cls(
            builder.reference,
            None if builder.root is None else builder.root.resolve(),
            None if in_file else _pickled(builder),
            builder.specs,
            _pickled_arguments(builder),
            builder.augmentation,
        )

    def load(self) -> Builder:
        """Load the builder, in the worker; raise BuilderError where it cannot be imported."""
        try:
            compiled_with = pickle.loads(self.compiled_with) if self.compiled_with else None
            if self.pickled is not None:
                builder = as_builder(pickle.loads(self.pickled))
            else:
                builder = load_builder(self.reference, self.root or Path())
            return replace(
                builder,
                root=self.root,
                specs=self.specs,
                compiled_with=compiled_with,
                augmentation=self.augmentation,
            )
        except BuilderError:
            raise
        except Exception as error:
            raise BuilderError(
                f"a worker cannot import {self.reference}: {describe(error)}; name the builder "
                "as model='file.py:build_model', or train with workers=1"
            ) from error


def _pickled(builder: Builder) -> bytes:
    """The builder's object. Raises BuilderError where only this program can make it."""
    try:
        if builder.reference.partition(":")[0] == "__main__":
            raise pickle.PicklingError("a worker has another __main__")
        return pickle.dumps(builder.target)
    except (pickle.PicklingError, AttributeError, TypeError):
        raise BuilderError(
            f"workers are processes of their own and cannot see {builder.name}, which only "
            "this program defines: put the builder into a file and import it from there, or "
            "name it as model='file.py:build_model'; or train with workers=1 and without "
            "trial_timeout and max_memory"
        ) from None


def _pickled_arguments(builder: Builder) -> bytes:
    if builder.compiled_with is None:
        return b""
    try:
        kept = pickle.dumps(builder.compiled_with)
        if b"__main__" not in kept:
            return kept
        why = "it is defined by this program alone"
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        why = describe(error)
    raise BuilderError(
        "workers are processes of their own and cannot get the optimizer, loss or metrics that "
        f"were given ({why}): import what they are made of from a file, or train with workers=1 "
        "and without trial_timeout and max_memory"
    )
