"""What the words of this report mean: its verdict, findings and actions, and the rules behind them.

Other sections link to the entries by `word_link`.
"""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from tuneit.explanations import LIMITS, explanations
from tuneit.report.content import ReportContent
from tuneit.report.sections.base import Section
from tuneit.report.words import capitalise, label


def words(content: ReportContent) -> Section | None:
    """Build the section, with the words that the report uses; None where it uses none."""
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
    """The text, linked to the entry of a name; a name without an entry gives the text alone."""
    shown = capitalise(label(text))
    linked = Markup('<a class="word" href="#word-{}">{}</a>')
    return linked.format(name, shown) if name in explanations() else Markup.escape(shown)
