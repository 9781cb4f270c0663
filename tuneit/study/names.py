"""Names of arrays or columns: one, several in order, or several by name."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from tuneit.study.part import Name


def _form(value: object) -> str:
    if isinstance(value, dict):
        return "by name"
    return "list" if isinstance(value, (list, tuple)) else "one"


# The form is decided first: else a wrong name in a list would also be reported as no name.
_List = Annotated[tuple[Name, ...], Field(strict=False, min_length=1)]
_OneOrMore = Annotated[
    Annotated[Name, Tag("one")] | Annotated[_List, Tag("list")], Discriminator(_form)
]
Names = Annotated[
    Annotated[Name, Tag("one")]
    | Annotated[_List, Tag("list")]
    | Annotated[dict[str, Name], Field(min_length=1), Tag("by name")],
    Discriminator(_form),
]
"""`x`, `[image, table]`, or `{image: pixels, table: numbers}` with the model's names before."""

Columns = Annotated[
    Annotated[Name, Tag("one")]
    | Annotated[_List, Tag("list")]
    | Annotated[dict[str, _OneOrMore], Field(min_length=1), Tag("by name")],
    Discriminator(_form),
]
"""`note`, `[age, height]`, or `{numbers: [age, height], text: note}`."""

Layout = str | tuple[str, ...] | dict[str, Any]
"""What `Names` and `Columns` are in Python."""


def names_in(layout: Layout) -> tuple[str, ...]:
    """All names of arrays or columns, in order."""
    if isinstance(layout, str):
        return (layout,)
    parts = layout.values() if isinstance(layout, dict) else layout
    return tuple(name for part in parts for name in names_in(part))
