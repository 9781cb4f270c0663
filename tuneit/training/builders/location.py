"""Where a worker process finds a study's builder."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tuneit.errors import BuilderError
from tuneit.study import ParameterSpec
from tuneit.training.builders.builder import Builder, as_builder, load_builder
from tuneit.training.user_code.error_text import describe


@dataclass(frozen=True)
class BuilderLocation:
    """A `reference` to a file below `root`, or a `pickled` object; and the study's `specs`."""

    reference: str
    root: Path | None
    pickled: bytes | None
    specs: Mapping[str, ParameterSpec]

    @classmethod
    def of(cls, builder: Builder) -> BuilderLocation:
        """Return a builder's location; raise BuilderError where only this process can reach it."""
        if builder.root is not None:
            return cls(builder.reference, builder.root.resolve(), None, builder.specs)
        module = builder.reference.partition(":")[0]
        try:
            if module == "__main__":
                raise pickle.PicklingError("a worker has another __main__")
            return cls(builder.reference, None, pickle.dumps(builder.target), builder.specs)
        except (pickle.PicklingError, AttributeError, TypeError):
            raise BuilderError(
                f"workers are processes of their own and cannot see {builder.name}, which only "
                "this program defines: put the builder into a file and import it from there, or "
                "name it as model='file.py:build_model'; or train with workers=1 and no "
                "trial_timeout"
            ) from None

    def load(self) -> Builder:
        """Load the builder, in the worker; raise BuilderError where it cannot be imported."""
        if self.root is not None:
            return load_builder(self.reference, self.root).with_specs(self.specs)
        try:
            return as_builder(pickle.loads(self.pickled or b"")).with_specs(self.specs)
        except Exception as error:
            raise BuilderError(
                f"a worker cannot import {self.reference}: {describe(error)}; name the builder "
                "as model='file.py:build_model', or train with workers=1"
            ) from error
