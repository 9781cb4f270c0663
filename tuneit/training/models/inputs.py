"""The symbolic inputs of a model, in the form in which it takes them."""

from __future__ import annotations

from typing import Any


def inputs_of(model: Any) -> Any:
    """One tensor, or a list or dict of them; None for a subclassed model, which has none."""
    tensors = getattr(model, "inputs", None)
    if not tensors:
        return None
    form = getattr(model, "_inputs_struct", None)  # of Functional models alone
    if form is None:
        return tensors[0]
    return form[0] if isinstance(form, (list, tuple)) and len(form) == 1 else form
