"""Reference models: what simple models of other kinds reach on the same rows."""

from __future__ import annotations

from tuneit.data.references.fit import fit_references

__all__ = ["fit_references"]
