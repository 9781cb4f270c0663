"""What `SearchResult.treat` gives back, and the call itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneit.errors import InputError
from tuneit.errors.html import html_table, marked
from tuneit.errors.wording import p_text, signed_score
from tuneit.result.treatment.choice import Wishes
from tuneit.result.treatment.experiment import compare, write
from tuneit.screen.treatment_view import TreatmentView
from tuneit.study.part import parse_seconds
from tuneit.training.randomness_kept import randomness_kept
from tuneit.treatments.menu import names_of
from tuneit.treatments.outcome import TreatmentRow, Treatments

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from tuneit.result import SearchResult


@dataclass(frozen=True, eq=False)
class TreatmentResult:
    """The treatments of a search's best trial: `rows` in the order of the recommendations."""

    treatments: Treatments

    @property
    def rows(self) -> tuple[TreatmentRow, ...]:
        """One row a treatment."""
        return self.treatments.rows

    @property
    def chosen(self) -> TreatmentRow | None:
        """The verified treatment that gained most, or None where none helped."""
        return self.treatments.chosen

    @property
    def data_probe(self) -> Mapping[str, Any] | None:
        """What more data would bring, where that was asked for."""
        return self.treatments.data_probe

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-ready form, as treatments.json has it."""
        return self.treatments.to_dict()

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the gains with their intervals (a forest plot) on `ax`, or on new axes."""
        from tuneit.report.charts.forest import ForestDisplay

        return ForestDisplay.from_treatments(self.treatments).plot(ax)

    def __repr__(self) -> str:
        return f"<TreatmentResult: {self.treatments.headline}>"

    def _repr_html_(self) -> str:
        head = ("treatment", "change", "gain", "95 % interval", "p", "pairs", "status", "reason")
        table = html_table(head, map(_cells, self.rows))
        notes = "".join(f"<p>note: {marked(note)}</p>" for note in self.treatments.notes)
        return f"<p>{marked(self.treatments.headline)}</p>{table}{notes}"


def _cells(row: TreatmentRow) -> Sequence[str]:
    return (
        row.action.replace("_", " ").replace("+", " + "),
        row.change,
        "" if row.gain is None else signed_score(row.gain),
        "" if row.interval is None else " to ".join(map(signed_score, row.interval)),
        "" if row.p_value is None else p_text(row.p_value),
        str(row.pairs or ""),
        row.status.replace("_", " "),
        row.reason,
    )


@randomness_kept()
def treat(
    result: SearchResult,
    actions: str | Sequence[str] | None,
    *,
    top: int,
    seeds: int | None,
    time: float | str | None,
    min_gain: float | None,
    apply: bool | str | Path,
    view: TreatmentView,
) -> TreatmentResult:
    """Do as `SearchResult.treat` says, and show the progress on a view."""
    for name, value in (("top", top), ("seeds", seeds)):
        if value is not None and value < 1:
            raise InputError(f"`{name}` must be a whole number from 1, but is {value}")
    try:
        seconds = None if time is None else float(str(parse_seconds(time)))
    except ValueError as error:
        raise InputError(f"`time`: {error}") from None
    if seconds is not None and not seconds > 0:
        raise InputError(f"`time` must be above 0, but is {time}")
    if min_gain is not None and not min_gain >= 0:
        raise InputError(f"`min_gain` must be a number from 0, but is {min_gain}")
    asked = result.study.treat
    if min_gain is None and asked is not None:
        min_gain = asked.min_gain
    wishes = Wishes(
        None if actions is None else tuple(names_of(actions)), top, seeds, seconds, min_gain
    )
    found = compare(result, wishes, view)
    if apply and found.chosen is not None:
        from tuneit.result.treatment.applying import apply_treatment

        pattern = None if apply is True else Path(apply)
        found = replace(found, applied=str(apply_treatment(result, found, pattern)))
        write(result, found)
    result.report()
    return TreatmentResult(found)
