"""Notes on the few rows of a test split that is made by default."""

from __future__ import annotations

FEW = 100
"""With fewer test rows, an accuracy near 0.5 has a standard error above 5 percentage points."""

MANY = 50
"""Rows from which on a test split is cut in any case: the default share of them is 10 rows."""

_OF = "for the evaluation of the best model"


def few_kept(kept: int, rows: int) -> tuple[str, ...]:
    """The note on a small test split that nobody asked for."""
    if kept >= FEW:
        return ()
    return (
        f"{kept} of the {rows} rows {'is' if kept == 1 else 'are'} kept {_OF}; so few tell little: "
        "with a test share of 0 all are trained on",
    )


def none_kept(rows: int) -> str:
    """The note on rows that are too few for a test split beside the others."""
    return f"no rows are kept {_OF}: {rows} are too few for a third split"


def is_about_test_rows(note: str) -> bool:
    """Whether a note is one of this module's."""
    return _OF in note
