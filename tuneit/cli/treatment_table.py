"""Treatments as a terminal shows them: 80 columns."""

from __future__ import annotations

import textwrap
from pathlib import Path

from tuneit.errors.harmless import for_line
from tuneit.errors.wording import counted, p_text, score_text, signed_score
from tuneit.study.paths import nearby
from tuneit.treatments.outcome import TreatmentRow, Treatments

_WIDTH = 79
_HEAD = ("treatment", "gain", "95 % interval", "p", "pairs", "time", "status")
_CELLS = "{:<20}{:>9}  {:<18}{:>7}{:>6}{:>6}  {}"
_NAMES = 19
"""Characters of a treatment's name in the table; longer ones have a line of their own."""


def treatment_table(found: Treatments) -> str:
    """The baseline, a row for each treatment, what confirms the best one, and notes."""
    lines = []
    if found.score is not None and found.seeds:
        pairs = counted(len(found.seeds), "pair")
        lines.append(f"baseline: {found.metric} {score_text(found.score)}, mean of {pairs}")
    if found.rows:
        lines += ["", _CELLS.format(*_HEAD)]
        for row in found.rows:
            lines += _row(row)
    if found.combination is not None:
        lines += ["", "the two best together:", *_row(found.combination)]
    lines.append("")
    lines += _wrapped(found.headline)
    if found.confirmation is not None:
        lines += _confirmed(found)
    if found.data_probe is not None:
        probe = found.data_probe
        lines += _wrapped(f"more data: {probe['status'].replace('_', ' ')}; {probe['reason']}")
    for note in found.notes:
        lines += _wrapped(f"note: {note}")
    if found.applied is not None:
        lines.append(f"applied: tuneit search {nearby(Path(found.applied))}")
    return "\n".join(map(for_line, lines)).strip()


def _row(row: TreatmentRow) -> list[str]:
    if not row.pairs:
        return [f"{row.action:<20}  {row.status.replace('_', ' ')}", *_words(row)]
    cells = (
        row.action,
        "-" if row.gain is None else signed_score(row.gain),
        "-" if row.interval is None else " to ".join(map(signed_score, row.interval)),
        "-" if row.p_value is None else p_text(row.p_value),
        str(row.pairs),
        f"{row.seconds:.0f} s" if row.seconds < 1000 else f"{row.seconds / 60:.0f} min",
        row.status.replace("_", " "),
    )
    long = len(row.action) > _NAMES
    lines = [row.action] if long else []
    lines.append(_CELLS.format(*(("", *cells[1:]) if long else cells)))
    return lines + _words(row)


def _words(row: TreatmentRow) -> list[str]:
    """The change, the verdicts and the reason, below a row."""
    lines: list[str] = []
    said = row.change
    if row.verdict_before and row.verdict_after:
        same = row.verdict_before == row.verdict_after
        verdicts = row.verdict_after if same else f"{row.verdict_before} → {row.verdict_after}"
        said = f"{said}; {verdicts}" if said else verdicts
    for text in (said, row.size, row.reason):
        if text:
            lines += textwrap.wrap(text, _WIDTH - 2, initial_indent="  ", subsequent_indent="  ")
    return lines


def _confirmed(found: Treatments) -> list[str]:
    confirmed = found.confirmation
    assert confirmed is not None
    before, after = (sum(v) / len(v) for v in (confirmed.baseline, confirmed.treated))
    return _wrapped(
        f"on the {confirmed.rows} test rows: {confirmed.metric} {score_text(before)} → "
        f"{score_text(after)}, "
        f"mean of {counted(len(confirmed.baseline), 'pair')} ({signed_score(confirmed.gain)})"
    )


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH) or [""]
