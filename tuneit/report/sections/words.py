"""Explanations of the verdict, the findings and the actions of this report, and their rules.

Other sections link to the entries by `word_link`.
"""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from tuneit.diagnosis.explanations import LIMITS, explanations
from tuneit.report.content import ReportContent
from tuneit.report.sections.base import Section
from tuneit.report.words import capitalise, label


def words(content: ReportContent) -> Section | None:
    """Build the section with the words that the report uses; None if it uses none."""
    known = explanations()
    used = [known[name] for name in dict.fromkeys(_used(content)) if name in known]
    if not used:
        return None
    return Section("words", "What the words mean", {"used": used, "limits": LIMITS})


def _used(content: ReportContent) -> Iterator[str]:
    if content.diagnosis is not None:
        yield str(content.diagnosis.verdict)
        yield from (finding.name for finding in content.diagnosis.findings)
    yield from (finding.name for finding in content.data_findings)
    if content.diagnosis is not None:
        yield from (advice.key for advice in content.diagnosis.recommendations)


def word_link(text: str, name: str) -> Markup:
    """The text, linked to the entry of `name` if there is one."""
    shown = capitalise(label(text))
    linked = Markup('<a class="word" href="#word-{}">{}</a>')
    return linked.format(name, shown) if name in explanations() else Markup.escape(shown)
