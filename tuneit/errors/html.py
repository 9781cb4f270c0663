"""Texts and tables as HTML for notebooks, whose own style gives them their colours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

LEFT = " style='text-align:left'"
"""Of words: a notebook puts the cells of a table at the right, as suits numbers."""


def marked(text: str) -> str:
    """The text escaped; what stands between backticks becomes `<code>`."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def html_table(head: Sequence[str], rows: Iterable[Sequence[object]], caption: str = "") -> str:
    """A table of texts and numbers; the first cell of a row is its heading.

    A column with a word stands at the left. Without a `head` there is no row of names.
    """
    cells = [[str(cell) for cell in row] for row in rows]
    places = range(max(map(len, [head, *cells])))
    styles = [LEFT if n == 0 or any(_is_word(row[n]) for row in cells) else "" for n in places]
    named = "".join(
        f"<th scope='col'{style}>{escape(name)}</th>"
        for name, style in zip(head, styles, strict=False)
    )
    body = "".join(
        f"<tr><th scope='row'{LEFT}>{marked(row[0])}</th>"
        + "".join(
            f"<td{style}>{marked(cell)}</td>"
            for cell, style in zip(row[1:], styles[1:], strict=True)
        )
        + "</tr>"
        for row in cells
    )
    said = f"<caption{LEFT}>{escape(caption)}</caption>" if caption else ""
    first = f"<thead><tr>{named}</tr></thead>" if head else ""
    return f"<table>{said}{first}<tbody>{body}</tbody></table>"


def _is_word(cell: str) -> bool:
    return cell[:1].isalpha()
