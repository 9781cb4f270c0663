"""Reference models: what simple models of other kinds reach on the same rows."""

from __future__ import annotations

from tuneit.data.references.fit import fit_references
from tuneit.data.references.of_arrays import references_of

__all__ = ["fit_references", "references_of"]
