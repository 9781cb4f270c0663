"""What a hyperparameter does, recognised by its name."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tuneit.findings.actions import Kind

_PATTERNS: Mapping[Kind, re.Pattern[str]] = {
    "dropout": re.compile(r"drop(out)?", re.I),
    "l2": re.compile(r"(^|_)l2|l1_?l2|weight_?decay|(^|_)wd($|_)|kernel_reg|regulari[sz]|penalty"),
    "learning_rate": re.compile(r"learning_?rate|(^|_)lr($|_)|step_?size", re.I),
    "epochs": re.compile(r"^(n_|num_|max_)?epochs?$", re.I),
    "batch_size": re.compile(r"batch_?size|^bs$", re.I),
    "depth": re.compile(r"layers?$|(^|_)(num_|n_)?layers?($|_)|depth|blocks?$|stacks?$", re.I),
    "width": re.compile(
        r"units|neurons|filters|width|hidden|channels|nodes|(^|_)dim($|_)|d_model|features", re.I
    ),
}
"""The first match counts: `dropout_units` is a dropout, `hidden_layers` a depth, `hidden_units` a
width."""


def kind_of(name: str) -> Kind | None:
    """The kind of a hyperparameter by its name; None if the name is unknown."""
    return next((kind for kind, pattern in _PATTERNS.items() if pattern.search(name)), None)
