"""HTML that a notebook shows for an evaluation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any


def as_html(evaluation: object, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """The evaluation's main numbers above a table; the first cell of a row is its heading."""
    columns = "".join(f"<th scope='col'>{escape(name)}</th>" for name in head)
    body = "".join(
        f"<tr><th scope='row'>{escape(str(first))}</th>"
        + "".join(f"<td>{escape(str(cell))}</td>" for cell in rest)
        + "</tr>"
        for first, *rest in rows
    )
    return (
        f"<p>{escape(str(evaluation))}</p>"
        f"<table><thead><tr>{columns}</tr></thead><tbody>{body}</tbody></table>"
    )
