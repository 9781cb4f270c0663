"""The data: rows, shapes, classes, and the findings of the data checks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tuneit.report.charts.images import draw_images
from tuneit.report.content import ReportContent
from tuneit.report.sections.base import Section
from tuneit.report.words import number, shorten

_ITEMS = 24
"""The most items of a list that are shown."""


def data(content: ReportContent) -> Section | None:
    """Build the section; None where nothing is known."""
    if not content.data:
        return None
    described = {k: v for k, v in content.data.items() if v not in (None, "", [], (), {})}
    notes = described.pop("notes", ())
    found = {str(finding) for finding in content.data_findings}
    if not described.get("folds"):
        described.pop("folds", None)  # "folds: 0" says nothing
    classes = described.get("classes")
    counted = isinstance(classes, Mapping) and all(
        isinstance(counts, Mapping) for counts in classes.values()
    )
    if counted:
        del described["classes"]
    weights = described.pop("class_weight", {})
    if not counted and weights:
        described["class weight"] = weights  # without counts there is no table of classes for them
    if "sample_weight" in described:
        spread = described.pop("sample_weight")
        described["row weights"] = (
            f"{number(spread['least'])} to {number(spread['greatest'])}, "
            f"{number(spread['mean'])} on average, of the training rows"
        )
    outputs = [_output(one) for one in described.pop("outputs", ())]
    if outputs:
        for of_all in ("task", "target_shape"):
            described.pop(of_all, None)
    return Section(
        "data",
        "Data",
        {
            "rows": [*_rows(described), *outputs],
            "classes": classes if counted else {},
            "weights": weights if counted else {},
            "weighted": "weight where class_weight is given"
            if "class_weight" in content.space.names
            else "weight in training",
            "splits": list(next(iter(classes.values()))) if counted and classes else [],
            "notes": [note for note in notes if note not in found],
            "findings": content.data_findings,
            "gallery": draw_images(content.augmented, "training row"),
        },
    )


def _rows(described: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in described.items():
        yield str(key).replace("_", " "), _text(value)


def _output(known: Mapping[str, Any]) -> tuple[str, str]:
    """What the targets of one of several outputs are."""
    said = {"classes": known.get("classes"), "shape": known.get("target_shape")}
    more = (f"{name} {_text(value)}" for name, value in said.items() if value)
    return f"output {known['name']}", "; ".join([str(known["task"]), *more])


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return _text([f"{key}: {_text(item)}" for key, item in value.items()])
    if isinstance(value, Sequence) and not isinstance(value, str):
        more = f" and {len(value) - _ITEMS} more" if len(value) > _ITEMS else ""
        return ", ".join(_text(item) for item in value[:_ITEMS]) + more
    if value is None or isinstance(value, (str, int, float)):
        return shorten(number(value), 200)
    return shorten(str(value), 200)
