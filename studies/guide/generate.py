"""Write the pages of this guide that come from tuneit's own tables.

    python studies/guide/generate.py

`study-yaml.md` has every key of study.yaml, `verdicts.md` every verdict, finding and action.
A test fails where the files differ from what this writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from tuneit.diagnosis.explanations import explanations
from tuneit.diagnosis.explanations.explanation import Explanation, Kind
from tuneit.diagnosis.explanations.study_keys import StudyKey, study_keys

HERE = Path(__file__).parent


def keys_page() -> str:
    """Every key of study.yaml: what it means, what it takes, and its default."""
    lines = [
        "# Every key of study.yaml",
        "",
        "Written by `studies/guide/generate.py` from the schema that `tuneit` checks studies with.",
        "`tuneit explain KEY` prints an entry, `tuneit schema` the JSON Schema for your editor.",
        "NAME stands for a name that you choose. Paths are relative to the study file.",
    ]
    keys = list(study_keys().values())
    lines += _table("The study", [key for key in keys if "." not in key.path])
    for part in (key.path for key in keys if "." not in key.path):
        inside = [key for key in keys if key.path.startswith(f"{part}.")]
        if inside:
            lines += _table(part, inside)
    return "\n".join([*lines, ""])


def _table(title: str, keys: Sequence[StudyKey]) -> Iterator[str]:
    yield from ("", f"## {title}", "", "| key | means | takes | default |", "|---|---|---|---|")
    yield from map(_row, keys)


def _row(key: StudyKey) -> str:
    takes = f"`{key.takes}`" if key.takes else ""
    cells = (f"`{key.path}`", key.means, takes, f"`{key.default}`")
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def words_page() -> str:
    """Every verdict, finding and action, with what would show that it was wrong."""
    return "\n".join(
        [
            "# Verdicts, findings and actions",
            "",
            "Written by `studies/guide/generate.py` from the tables that tuneit diagnoses with.",
            "`tuneit explain NAME` also prints the rule, its numbers with their sources, and an",
            "example.",
            *_part("Verdicts", Kind.VERDICT, "The one word for a run."),
            *_part(
                "Findings",
                Kind.FINDING,
                "What else the curves, the data, the model and the trials show.",
            ),
            *_part("Actions", Kind.ACTION, "What recommendations tell you to do."),
            "",
        ]
    )


def _part(title: str, kind: Kind, about: str) -> Iterator[str]:
    yield from ("", f"## {title}", "", about)
    for entry in explanations().values():
        if entry.kind is kind:
            yield from _entry(entry)


def _entry(entry: Explanation) -> Iterator[str]:
    yield from ("", f"### {entry.name}", "", entry.meaning)
    if entry.advice:
        how = "How" if entry.kind is Kind.ACTION else "What to do"
        yield from ("", f"{how}:", "")
        first, *more = entry.advice
        yield f"- `{first}`" if entry.kind is Kind.ACTION else f"- {first}"
        yield from (f"- {line}" for line in more)
    if entry.refuted_by:
        yield from ("", f"What would refute it: {entry.refuted_by.rstrip('.')}.")


PAGES = {"study-yaml.md": keys_page, "verdicts.md": words_page}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), encoding="utf-8")
