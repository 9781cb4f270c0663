"""What the report shows of treatments."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from report_builders import a_content

from tuneit.report.charts.forest import ForestDisplay
from tuneit.report.render import render_report
from tuneit.report.sections.treatments import treatments
from tuneit.result.treatment.treat import TreatmentResult
from tuneit.treatments.outcome import Confirmation, TreatmentRow, Treatments

PROBE = {
    "rows": [25, 50, 100],
    "scores": [[0.6, 0.62], [0.7, 0.71], [0.75, 0.74]],
    "status": "verified",
    "reason": "twice the rows are expected to gain 0.02",
    "gain": 0.02,
    "interval": [0.01, 0.03],
}
SWEEP = {
    "rates": [1e-5, 1e-3, 1e-1],
    "losses": [2.0, 1.0, 3.0],
    "present": 1e-4,
    "suggested": 1e-3,
    "range": [1e-4, 1e-3],
}


def found(**changes: Any) -> Treatments:
    good = TreatmentRow(
        *("dropout", "dropout 0.1 → 0.3", "verified"),
        gains=(0.02,) * 6,
        interval=(0.01, 0.03),
        p_value=0.03,
        verdict_before="overfitting",
        verdict_after="healthy",
    )
    bad = replace(good, action="l2", status="harmful", gains=(-0.1,) * 6, interval=(-0.2, -0.05))
    small = replace(good, action="distillation", weights=(1200, 300), verdict_after=None)
    none = TreatmentRow("deeper", "", "not_applicable", "the class <Mine> cannot be rebuilt")
    curves = [[0.5, 0.6, 0.7], [0.5, 0.6]]
    return Treatments(
        *("val_accuracy", 0.8, (0, 1), {"units": 8}, (good, bad, small, none)),
        confirmation=Confirmation("dropout", "accuracy", 40, (0.8,), (0.82,), 0.02),
        series={"baseline": {"val_accuracy": curves}, "dropout": {"val_accuracy": curves}},
        **changes,
    )


def test_the_page_has_table_forest_curves_and_notes() -> None:
    content = replace(
        a_content(),
        treatments=found(data_probe=PROBE, rate_sweep=SWEEP, notes=("one pair takes 2 s",)),
    )
    page = render_report(content)
    for said in (
        "Dropout verified: val_accuracy is better by 0.0200",
        "the class &lt;Mine&gt; cannot be rebuilt",
        "overfitting → healthy",
        "On the 40 test rows",
        "Gain of val_accuracy by treatment",
        "val_accuracy by epoch before and after dropout",
        "val_accuracy by training rows: 25 0.6100",
        "Training loss by learning rate",
        "one pair takes 2 s",
        "1,200 → 300 weights",
        "verified says, that the score falls by less",
    ):
        assert said in page, said


def test_a_study_without_treatments_has_no_section() -> None:
    assert treatments(a_content()) is None


def test_charts_are_left_out_where_nothing_was_measured() -> None:
    section = treatments(replace(a_content(), treatments=Treatments("val_loss", None, (), {})))
    assert section is not None
    assert not any(section.values[name] for name in ("forest", "curves", "probe", "sweep"))


def test_in_python_it_is_an_object_that_draws_and_shows_itself() -> None:
    result = TreatmentResult(found())
    axes = result.plot()
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "dropout",
        "l2",
        "distillation",
    ]
    forest = ForestDisplay.from_treatments(found())
    assert "dropout +0.0200 (+0.0100 to +0.0300), verified" in forest.alt
    html = result._repr_html_()
    assert "the class &lt;Mine&gt; cannot be rebuilt" in html
    assert repr(result).startswith("<TreatmentResult: Dropout verified")
