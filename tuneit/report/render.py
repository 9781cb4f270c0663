"""Render the sections as one HTML page, which loads nothing and runs no script."""

from __future__ import annotations

import re
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from tuneit.report import words
from tuneit.report.charts.canvas import chart_style
from tuneit.report.charts.palette import variables
from tuneit.report.content import ReportContent
from tuneit.report.sections import SECTIONS
from tuneit.report.sections.words import word_link


def render_report(content: ReportContent) -> str:
    """Return the page. Equal contents give equal pages."""
    with chart_style():
        built = [section for build in SECTIONS if (section := build(content)) is not None]
    environment = _environment()
    sections = [
        (section, Markup(environment.get_template(section.template).render(section.values)))
        for section in built
    ]
    return environment.get_template("page.html.j2").render(
        content=content, sections=sections, colours=Markup(variables(content.study.report.theme))
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("tuneit.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "number": words.number,
        "score": words.score,
        "percent": words.percent,
        "duration": words.duration,
        "label": words.label,
        "shorten": words.shorten,
        "capitalise": words.capitalise,
        "code": _code,
        "word_link": word_link,
    }
    return environment


def _code(text: str) -> Markup:
    """Escape the text; text between backticks becomes `<code>`."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))
