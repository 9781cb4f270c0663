"""The report as Markdown, short enough for a comment on a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tuneit.report.content import ReportContent
from tuneit.report.sections.summary import summary
from tuneit.report.words import duration, label, number, score

_TRIALS = 5
"""The most trials that are listed, the best first."""

_ADVICE = 3
"""The most recommendations that are listed."""


def render_markdown(content: ReportContent) -> str:
    """Return GitHub-flavoured Markdown. Equal contents give equal texts."""
    return "\n".join([*_lines(content), ""])


def _lines(content: ReportContent) -> Iterator[str]:
    values = summary(content).values
    yield f"## {_escape(content.study.name)}: tuneit report"
    yield from ("", *_table(["", "", ""], [(t.name, t.value, t.beside) for t in values["tiles"]]))
    yield ""
    for name, sentence in values["sentences"]:
        yield f"- **{_escape(name)}**: {_text(sentence)}"
    if content.checks:
        yield from ("", "### Checks", "")
        rows = [
            ("✅ passed" if one.passed else "❌ failed", str(one.requirement), one.found)
            for one in content.checks
        ]
        yield from _table(["", "check", "found"], rows)
    diagnosis = content.diagnosis
    if diagnosis is not None and diagnosis.recommendations:
        yield from ("", "### Recommendations", "")
        for advice in sorted(diagnosis.recommendations, key=lambda r: r.priority)[:_ADVICE]:
            change = f": {_text(advice.change)}" if advice.change else ""
            yield f"1. **{_escape(advice.action)}**{change}  \n   {_text(advice.reason)}"
    if content.ranked:
        yield from ("", "### Best trials", "")
        yield from _trials(content)


def _trials(content: ReportContent) -> Iterator[str]:
    trials = content.ranked[:_TRIALS]
    names = list(dict.fromkeys(name for trial in trials for name in trial.params))
    head = ["trial", content.named(content.objective.metric), "verdict", "epochs", "time", *names]
    rows = [
        (
            str(trial.number),
            score(trial.score),
            label(trial.verdict or "–"),
            str(trial.epochs),
            duration(trial.duration_s),
            *(number(trial.params[n]) if n in trial.params else "" for n in names),
        )
        for trial in trials
    ]
    yield from _table(head, rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield _row(head)
    yield _row(["---"] * len(head))
    yield from map(_row, ([_text(cell) for cell in row] for row in rows))


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _text(text: str) -> str:
    """Escape a text for a table or a list; what stands between backticks stays code."""
    parts = re.split(r"(`[^`]+`)", " ".join(text.split()))
    return "".join(
        part.replace("|", "\\|") if part.startswith("`") and part != "`" else _escape(part)
        for part in parts
    )


def _escape(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>|#~])", r"\\\1", text)
