"""Reference models: what simple models of other kinds reach on the same rows."""

from __future__ import annotations

from tuneit.data.references.fit import fit_again, fit_references
from tuneit.data.references.of_arrays import references_of
from tuneit.data.references.scores import costs_of_classes, costs_of_numbers, cross_entropies

__all__ = [
    "costs_of_classes",
    "costs_of_numbers",
    "cross_entropies",
    "fit_again",
    "fit_references",
    "references_of",
]
