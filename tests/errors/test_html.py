"""What notebooks show: escaped, code marked, words at the left and numbers at the right."""

from __future__ import annotations

from tuneit.errors.html import LEFT, html_table, marked


def test_texts_are_escaped_and_code_is_marked() -> None:
    assert marked("a <b> of `call(x)`, 5` long") == "a &lt;b&gt; of <code>call(x)</code>, 5` long"


def test_words_stand_at_the_left_and_numbers_at_the_right() -> None:
    table = html_table(("", "score", "said"), [(0, "0.5000", ""), ("<x>", "–", "use `relu`")])
    assert table == (
        f"<table><thead><tr><th scope='col'{LEFT}></th><th scope='col'>score</th>"
        f"<th scope='col'{LEFT}>said</th></tr></thead><tbody>"
        f"<tr><th scope='row'{LEFT}>0</th><td>0.5000</td><td{LEFT}></td></tr>"
        f"<tr><th scope='row'{LEFT}>&lt;x&gt;</th><td>–</td>"
        f"<td{LEFT}>use <code>relu</code></td></tr></tbody></table>"
    )


def test_a_table_may_have_a_caption_in_place_of_names() -> None:
    table = html_table((), [("epochs", 3)], "trial 0")
    assert table.startswith(f"<table><caption{LEFT}>trial 0</caption><tbody><tr>")
