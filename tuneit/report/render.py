"""Render the sections as one HTML page, which loads nothing; a small script sorts its tables."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from tuneit.errors.html import marked
from tuneit.errors.wording import p_text
from tuneit.report import words
from tuneit.report.charts.canvas import chart_style
from tuneit.report.charts.palette import variables
from tuneit.report.content import ReportContent
from tuneit.report.sections import SECTIONS
from tuneit.report.sections.base import Section
from tuneit.report.sections.words import word_link


def render_report(content: ReportContent) -> str:
    """Return the page. Equal contents give equal pages."""
    with chart_style():
        built = [section for build in SECTIONS if (section := build(content)) is not None]
    return render_page(
        content.study.name, built, content.study.report.theme, interrupted=content.interrupted
    )


def render_page(
    title: str, sections: Sequence[Section], theme: str, *, interrupted: bool = False
) -> str:
    """Return a page of these sections."""
    environment = _environment()
    rendered = [
        (section, Markup(environment.get_template(section.template).render(section.values)))
        for section in sections
    ]
    return environment.get_template("page.html.j2").render(
        title=title,
        interrupted=interrupted,
        sections=rendered,
        colours=Markup(variables(theme)),
        script=Markup(script()),
        script_hash=f"sha256-{b64encode(sha256(script().encode()).digest()).decode()}",
    )


@cache
def script() -> str:
    """The script of the page; its policy allows no other."""
    return resources.files("tuneit.report").joinpath("templates/report.js").read_text("utf-8")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("tuneit.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_code_marked,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "number": words.number,
        "score": words.score,
        "end": words.end,
        "p_value": p_text,
        "percent": words.percent,
        "duration": words.duration,
        "label": words.label,
        "shorten": words.shorten,
        "capitalise": words.capitalise,
        "plain": _without_backticks,
        "word_link": word_link,
    }
    return environment


def _code_marked(value: Any) -> Any:
    """Escape a text that is shown; what stands between backticks becomes `<code>`."""
    if not isinstance(value, str) or isinstance(value, Markup) or "`" not in value:
        return value
    return Markup(marked(value))


def _without_backticks(text: str) -> str:
    """The text for an attribute, which can hold no `<code>`."""
    return text.replace("`", "")
