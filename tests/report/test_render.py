from __future__ import annotations

import base64
import re
import sys
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from report_builders import (
    SPACE,
    a_classification,
    a_content,
    a_curve,
    a_diagnosis,
    a_failed_trial,
    a_regression,
    a_study,
    a_trial,
    some_importances,
    some_trials,
)

from tuneit.curves import LearningCurve
from tuneit.diagnosis.comparison import Comparison
from tuneit.diagnosis.explanations import explanations
from tuneit.diagnosis.importance import Importances
from tuneit.evaluation import evaluate_classification
from tuneit.findings import Diagnosis, Finding, Severity, Verdict
from tuneit.findings.reference_models import ReferenceModels
from tuneit.report import ReportContent, render_report
from tuneit.report.charts.learning_curves import curve_displays
from tuneit.report.sections.data import data
from tuneit.space import Choice, Float, SearchSpace
from tuneit.trials import Facts, Objective, TrialState

EVIL = '<script>alert("x")</script>&\'"$x_1$'


words = pytest.mark.usefixtures("undrawn")
"""For tests that look at the page's words alone."""


class Page(HTMLParser):
    """The structure of a page: tags with their attributes, ids, headings and text."""

    void = frozenset({"meta", "link", "img", "br"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(text)
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.void:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]

    @property
    def images(self) -> list[str]:
        """The SVG sources of the images."""
        prefix = "data:image/svg+xml;base64,"
        sources = [img["src"] or "" for img in self.all("img")]
        assert all(source.startswith(prefix) for source in sources)
        return [base64.b64decode(source.removeprefix(prefix)).decode() for source in sources]

    @property
    def sections(self) -> list[str | None]:
        return [section["id"] for section in self.all("section")]


@pytest.fixture(scope="module")
def full() -> str:
    return render_report(a_content())


def test_the_sections_come_in_the_order_in_which_they_are_read(full: str) -> None:
    assert Page(full).sections == [
        "summary",
        "best_curves",
        "reference_models",
        "recommendations",
        "evaluation",
        "trials",
        "development",
        "hyperparameters",
        "top_trials",
        "data",
        "provenance",
        "words",
    ]


def test_the_words_of_the_report_are_linked_to_what_they_mean(full: str) -> None:
    page, content = Page(full), a_content()
    ids = {attrs["id"] for _, attrs in page.tags if "id" in attrs}
    linked = {attrs["href"] for attrs in page.all("a") if attrs.get("class") == "word"}
    assert linked
    assert {link[1:] for link in linked if link} <= ids
    assert content.diagnosis is not None
    diagnosis = content.diagnosis
    used = {f.name for f in (*diagnosis.findings, *content.data_findings)}
    used |= {advice.key for advice in diagnosis.recommendations} | {str(diagnosis.verdict)}
    explained = {name.removeprefix("word-") for name in ids if name and name.startswith("word-")}
    assert explained == used & set(explanations())
    assert explanations()[str(diagnosis.verdict)].refuted_by in page.text


@words
def test_a_finding_of_an_unknown_name_is_shown_without_a_link() -> None:
    given = a_diagnosis()
    strange = replace(given.findings[0], name="of_a_later_version")
    html = render_report(a_content(diagnosis=replace(given, findings=(strange,))))
    assert "<strong>Of a later version</strong>" in html


def test_the_page_stands_alone(full: str) -> None:
    page = Page(full)
    policy = next(
        meta["content"]
        for meta in page.all("meta")
        if meta.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    [own] = re.findall("<script>(.*?)</script>", full, re.DOTALL)
    digest = base64.b64encode(sha256(own.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}';" in policy
    assert len(own) < 6_000
    for _, attrs in page.tags:
        assert not any(name.startswith("on") for name in attrs)
        assert "style" not in attrs
        for name in ("href", "src"):
            assert (attrs.get(name) or "#").startswith(("#", "data:"))
    assert "://" not in re.sub(r'"data:[^"]*"', "", full)
    assert "@import" not in full
    assert "url(" not in full


def test_its_images_hold_no_script_and_no_outside_address(full: str) -> None:
    images = Page(full).images
    assert len(images) >= 8
    for svg in images:
        addresses = set(re.findall(r"https?://[^\"'\s<>]+", svg))
        assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
        assert "<script" not in svg
        assert "mathdefault" not in svg
        assert "var(--ink" in svg


def test_it_can_be_read_without_seeing_it(full: str) -> None:
    page = Page(full)
    assert page.all("html")[0]["lang"] == "en"
    assert len(page.all("h1")) == 1
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    for img in page.all("img"):
        assert len(img["alt"] or "") > 20
    assert all("scope" in attrs for attrs in page.all("th"))
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    for attrs in page.all("section"):
        assert attrs["aria-labelledby"] in ids


def test_the_summary_says_it_in_words(full: str) -> None:
    text = Page(full).text
    assert "Of 20 trials, trial 11 reached the highest val_accuracy" in text
    assert "Always answering '3', without looking at the input, reaches 0.1020." in text
    assert "learned its training rows by heart" in text
    assert "On 360 test rows that the search never saw" in text
    assert "The budget of 20 trials is used up." in text


def test_curves_bear_the_best_epoch_and_the_findings(full: str) -> None:
    page = Page(full)
    curve = page.images[0]
    assert "overfitting from epoch 14" in curve
    assert "best epoch 23" in curve
    assert "overfitting from epoch 14" in (page.all("img")[0]["alt"] or "")


def test_what_several_trials_show_stands_with_the_hyperparameters(full: str) -> None:
    curves = full.index("What the curves show")
    trials = full.index("What the trials show together")
    assert curves < full.index("0.03 above validation") < trials
    assert trials < full.index("lies at the edge of its range")


@words
def test_importance_says_what_it_rests_on(full: str) -> None:
    assert "from the 16 complete ones of 20 trials, with 95 % bootstrap intervals" in full
    unclear = render_report(a_content(importances=Importances(used=9, trials=40)))
    assert "the 9 complete ones of 40 trials do not show which of them matter" in unclear
    few = render_report(a_content(importances=Importances(used=4, trials=4)))
    assert "which hyperparameters matter: all 4 trials." in few


def test_recommendations_give_reason_evidence_and_change(full: str) -> None:
    text = " ".join(Page(full).text.split())
    assert "raise dropout, now 0.1, searched up to 0.5" in text
    assert "gap 0.21" in text
    assert "What would prove it wrong" in text


def healthy(**changes: Any) -> ReportContent:
    """A search whose best trial has healthy curves, and values amid their ranges."""
    inside = {"learning_rate": 0.01, "units": 128, "dropout": 0.2, "optimizer": "adam"}
    best = a_trial(3, params=inside, score=0.99)
    trials = [*some_trials(3), best]
    return a_content(
        **{"trials": trials, "best": best, "diagnosis": Diagnosis(Verdict.HEALTHY, 0.9)} | changes
    )


NOTHING = "Nothing in this run calls for a change."


@words
def test_simple_models_stand_beside_the_best_trial(full: str) -> None:
    text = Page(full).text.replace("\u00a0", " ")
    assert "fitted on 1077 training rows and scored on 360 validation rows" in text
    assert "0.953 ± 0.011" in text
    assert "0.100 ± 0.016" in text
    assert "64 columns were seen." in text
    beside = Comparison("gradient boosting", "accuracy", 0.14, 0.018, 0.0472, 0.0113, 0.9)
    text = Page(render_report(a_content(compared=[beside]))).text.replace("\u00a0", " ")
    assert "Gradient boosting reaches accuracy 95.3 %, the network only 86.0 %;" in text
    assert "is ahead by 5.1 to 13.4 points (95 %, at most: as if on different rows)." in text
    assert "0.860 ± 0.018" in text
    skipped = a_content(reference_models=ReferenceModels(skipped="the model has several outputs"))
    assert "fitted, since the model has several outputs." in Page(render_report(skipped)).text
    assert "reference_models" not in Page(render_report(a_content(reference_models=None))).sections


@words
def test_a_healthy_search_calls_for_no_change() -> None:
    text = Page(render_report(healthy())).text
    assert NOTHING in text
    assert "Before you use this model" not in text


@words
@pytest.mark.parametrize("reason", ["edge", "failed", "biased", "interrupted", "warned"])
def test_what_speaks_against_a_healthy_curve_is_told(reason: str) -> None:
    content = healthy()
    assert content.best is not None
    found = {
        "failed": ("failed_trials", Severity.INFO, "1 of 20 trials failed, it with: no memory"),
        "biased": ("biased_predictions", Severity.WARNING, "predictions are too low by 3"),
        "warned": ("failing_region", Severity.WARNING, "9 of 9 trials with units ≥ 64 failed"),
    }
    if reason == "edge":
        best = replace(content.best, params={**content.best.params, "dropout": 0.5})
        content = replace(content, best=best)
        said = "The best trial has dropout = 0.5, at the upper end of its range"
    elif reason == "interrupted":
        content, said = replace(content, interrupted=True), "The search was interrupted after 4"
    else:
        name, severity, said = found[reason]
        finding = Finding(name, severity, 0.95, said)
        content = replace(content, diagnosis=Diagnosis(Verdict.HEALTHY, 0.9, (finding,)))
        said = said[0].upper() + said[1:]
    text = Page(render_report(content)).text
    assert NOTHING not in text
    assert "Before you use this model" in text
    assert text.count(said) >= 2  # in the summary, too


@words
def test_the_evaluation_says_which_model_was_tested_and_how_often() -> None:
    text = Page(render_report(healthy())).text
    assert "models was tested, the one" not in text
    assert "evaluated on its test split" not in text
    content = healthy()
    assert content.best is not None
    best = replace(content.best, scores=(0.97, 0.99, 0.98))
    for folds, said in ((3, "the one of fold 2 of 3"), (0, "the one number 2")):
        data = {**content.data, "folds": folds}
        text = Page(render_report(replace(content, best=best, data=data, looks=3))).text
        assert text.count(said) == 2
        assert "has been evaluated on its test split 3 times" in text


@words
def test_a_model_that_is_not_evaluated_yet_has_a_reason() -> None:
    content = healthy(evaluation=None, untested="It is evaluated when the search has ended.")
    page = Page(render_report(content))
    assert page.text.count("It is evaluated when the search has ended.") == 2
    assert "evaluation" in page.sections


def test_the_data_are_described_as_they_are_given(full: str) -> None:
    text = Page(full).text
    assert "train: 1077, validation: 360, test: 360" in text
    assert "pixel_23 and 40 more" in text
    assert "The task was inferred" in text


@words
def test_weights_of_the_training_rows_are_told() -> None:
    content = a_content()
    weights = {"class_weight": {str(i): 1.5 + i for i in range(10)}}
    spread = {"sample_weight": {"least": 0.0, "mean": 1.25, "greatest": 3.0}}
    assert "weight" not in section(content)
    told = section(replace(content, data={**content.data, **weights, **spread}))
    assert "weight in training" in told
    assert "9 116 36 36 10.5" in told
    assert "row weights 0 to 3, 1.25 on average, of the training rows" in told
    choices = Choice(name="class_weight", values=("none", "given"))
    searched = replace(content, space=SearchSpace((*content.space, choices)))
    told = section(replace(searched, data={**content.data, **weights}))
    assert "weight where class_weight is given" in told
    unnamed = {k: v for k, v in content.data.items() if k != "classes"}
    assert "class weight 0: 1.5, 1: 2.5" in section(replace(content, data={**unnamed, **weights}))


def section(content: ReportContent) -> str:
    """The words of the report's data section."""
    html = render_report(content)
    start = html.index('<section id="data"')
    words = re.sub("<[^>]*>", " ", html[start : html.index("</section>", start)])
    return " ".join(words.split())


def test_the_table_has_all_trials_and_the_reasons_of_failures(full: str) -> None:
    assert full.count("<tr class=") == 20
    assert "ResourceExhaustedError: out of memory" in full


@words
def test_the_table_says_why_a_trial_was_pruned_or_tried_twice() -> None:
    pruned = replace(a_trial(1), state=TrialState.PRUNED, facts=Facts(pruned="worse <than> most"))
    failed = replace(a_failed_trial(2), facts=Facts(retried="killed"))
    html = render_report(a_content(trials=[a_trial(0), pruned, failed], best=a_trial(0)))
    assert html.count('<p class="note') == 3
    assert '<p class="note">pruned: worse &lt;than&gt; most</p></td>' in html
    html = render_report(a_content(trials=[pruned], best=None))
    assert "The most frequent reason (1 time): pruned: worse &lt;than&gt; most" in html
    html = render_report(a_content(trials=[failed], best=None))
    said = "trained again, as it ended with: killed"
    assert f'out of memory</p><p class="note">{said}</p></td>' in html


def test_names_from_data_and_yaml_are_escaped() -> None:
    space = SearchSpace(
        (
            Choice(name=EVIL, values=(EVIL, "b")),
            Float(name="learning_rate", low=1e-4, high=0.1, sampling="log"),
        )
    )
    trials = [a_trial(n, params={EVIL: EVIL, "learning_rate": 0.01}) for n in range(3)]
    trials.append(a_failed_trial(3, EVIL))
    diagnosis = a_diagnosis()
    diagnosis = replace(
        diagnosis,
        findings=(replace(diagnosis.findings[0], summary=EVIL, evidence={EVIL: EVIL}),),
        recommendations=(
            replace(diagnosis.recommendations[0], parameter=EVIL, reason=f"`{EVIL}`"),
        ),
    )
    html = render_report(
        a_content(
            study_text=EVIL,
            space=space,
            trials=trials,
            best=trials[0],
            diagnosis=diagnosis,
            evaluation=evaluate_classification([0, 1, 1], np.array([0, 1, 0]), [EVIL, "b"]),
            data={EVIL: EVIL, "notes": [EVIL]},
            importances=some_importances(**{EVIL: 1.0}),
            versions={EVIL: EVIL},
            stopped=EVIL,
            code=EVIL,
        )
    )
    page = Page(html)
    assert html.count("<script") == 1  # the page's own
    assert page.text.count(EVIL) >= 10
    for svg in page.images:
        assert "<script" not in svg


@pytest.mark.parametrize("theme", ["light", "dark", "auto"])
def test_theme(theme: str) -> None:
    trials = [a_trial(0)]
    study = a_study(report={"theme": theme})
    content = a_content(study=study, trials=trials, best=trials[0], evaluation=None)
    html = render_report(content)
    svg = Page(html).images[0]
    for text in (html, svg):
        assert ("prefers-color-scheme" in text) == (theme == "auto")
        assert (":root{color-scheme:dark" in text) == (theme == "dark")


@words
def test_no_trial_and_no_complete_trial() -> None:
    for trials in ([], [a_failed_trial(0), a_failed_trial(1)]):
        page = Page(
            render_report(a_content(trials=trials, importances=Importances(), interrupted=True))
        )
        assert "so there is no best model" in page.text
        assert "was interrupted" in page.text
        assert "best_curves" not in page.sections
    assert "ResourceExhaustedError: out of memory." in page.text


@words
def test_interrupted_trials_have_not_failed() -> None:
    first, cut_off = a_trial(0), replace(a_failed_trial(1), facts=Facts(interrupted=True))
    trials = [first, cut_off, a_failed_trial(2)]
    page = Page(render_report(a_content(trials=trials, best=first, interrupted=True)))
    assert "1 complete, 1 failed, 1 interrupted" in page.text
    assert "Of 2 trials, trial 0 reached" in page.text
    assert "1 trial failed" in " ".join(image["alt"] or "" for image in page.all("img"))


@words
def test_one_trial_of_one_epoch_without_validation_metrics() -> None:
    curve = LearningCurve.from_history({"loss": [1.0], "accuracy": [0.5]})
    trial = a_trial(0, curve=curve, best_epoch=1)
    objective = Objective("accuracy", "maximize")
    page = Page(
        render_report(
            a_content(
                trials=[trial],
                best=trial,
                objective=objective,
                diagnosis=None,
                evaluation=None,
                importances=Importances(),
            )
        )
    )
    assert "No validation metrics were reported" in page.text
    assert "evaluation" not in page.sections


def test_curves_full_of_nan_are_drawn_as_far_as_they_go() -> None:
    lost = LearningCurve.from_history({"loss": [1.0, np.nan, np.nan], "val_loss": [np.nan] * 3})
    exploded = LearningCurve.from_history({"loss": [1.0, 1e30, np.inf], "val_loss": [2, 1e9, 1e38]})
    trials = [
        a_trial(0, curve=lost, score=1e12),
        a_trial(1, curve=exploded, score=0.5),
        a_trial(2, state=TrialState.COMPLETE, score=float("nan"), curve=None),
    ]
    objective = Objective("val_loss", "minimize")
    for best in trials[:2]:
        content = a_content(trials=trials, best=best, objective=objective, evaluation=None)
        html = render_report(content)
        assert "nan" not in re.sub(r'"data:[^"]*"', "", html).lower().split()


@words
def test_regression() -> None:
    trials = [a_trial(n) for n in range(3)]
    page = Page(
        render_report(a_content(trials=trials, best=trials[0], evaluation=a_regression(outputs=2)))
    )
    assert "is off by" in page.text
    assert "output 1" in page.text
    assert any("Residuals of output 0" in (img["alt"] or "") for img in page.all("img"))


def test_a_thousand_trials_and_a_hundred_classes_stay_below_three_megabytes() -> None:
    trials = some_trials(300)
    trials = [replace(trials[n % 300], number=n) for n in range(1000)]
    best = trials[0]
    html = render_report(
        a_content(trials=trials, best=best, evaluation=a_classification(100, 2000))
    )
    assert len(html) < 3_000_000
    assert html.count("<tr class=") == 1000
    assert "Most often confused" in html


def test_equal_contents_give_equal_pages_and_matplotlib_is_left_as_it_was(full: str) -> None:
    mpl.rcParams["font.size"] = 31
    try:
        before = dict(mpl.rcParams)
        assert render_report(a_content()) == full
        assert dict(mpl.rcParams) == before
    finally:
        mpl.rcParams["font.size"] = mpl.rcParamsDefault["font.size"]
    pyplot = sys.modules.get("matplotlib.pyplot")
    assert pyplot is None or not pyplot.get_fignums()


@words
@pytest.mark.parametrize("highest", [0.5, 0.5 * (1 - 1e-12)])
def test_a_value_at_the_end_of_its_range_is_pointed_out(highest: float) -> None:
    trial = a_trial(0, params=SPACE.defaults() | {"dropout": highest})
    page = Page(render_report(a_content(trials=[trial], best=trial)))
    assert "the highest value searched; the best may lie beyond" in page.text


@words
def test_what_is_there_to_be_copied_stays_as_it_is() -> None:
    diagnosis = a_diagnosis()
    first = min(diagnosis.recommendations, key=lambda r: r.priority)
    change = replace(first, parameter=None, priority=0)
    html = render_report(a_content(diagnosis=replace(diagnosis, recommendations=(change,))))
    assert "Keras.layers" not in html
    assert "the widest." not in html


@words
def test_an_imported_model_may_have_seen_the_test_rows() -> None:
    best = a_trial(0, facts=Facts(imported="trial_0"))
    page = Page(render_report(a_content(trials=[best], best=best)))
    assert "on which keras-tuner may have trained it" in page.text
    assert "that the search never saw, it" not in page.text


@words
def test_a_healthy_run_that_misses_its_aim_is_told_what_it_lacks() -> None:
    missed = Finding(
        "avoidable_bias",
        Severity.INFO,
        0.8,
        "validation accuracy 95.8 % misses the target",
        {"reference": 0.99},
    )
    healthy = Diagnosis(Verdict.HEALTHY, 0.9, (missed,))
    assert "Validation accuracy 95.8 % misses the target." in render_report(
        a_content(diagnosis=healthy)
    )


@words
def test_repeats_show_their_spread_and_their_curves() -> None:
    best = a_trial(0, scores=(0.9, 0.94, 0.95), repeats=(a_curve(4), a_curve(5)), score=0.93)
    content = a_content(trials=(best, a_trial(1, score=0.5)), best=best)
    page = " ".join(Page(render_report(content)).text.split())
    assert "the mean of 3 executions, whose standard deviation is 0.026" in page
    assert "0.9300 ± 0.026" in page
    assert "thin lines are the others" in page
    assert best.curve is not None
    displays = curve_displays(best.curve, content.objective, (), best.repeats)
    assert [len(display.plot().lines) for display in displays] == [6, 6]


@words
def test_each_row_opens_its_curve_and_names_its_parameters() -> None:
    trials = [a_trial(0, score=0.9), a_trial(1, score=0.8), a_failed_trial(2)]
    html = render_report(a_content(trials=trials, best=trials[0]))
    rows = re.findall(r"<tr class=.*?</tr>", html, re.DOTALL)
    assert [len(re.findall("<svg viewBox", row)) for row in rows] == [1, 1, 0]
    for row, trial in zip(rows, trials, strict=True):
        assert re.findall(r"<span>(\w+) <b>", row) == [n for n in SPACE.names if n in trial.params]
    assert "seed 1000, " not in rows[0]  # the model's size is unknown here
    assert "seed 1000." in rows[0]


@words
def test_code_is_marked_wherever_a_message_stands() -> None:
    said = "raise `budget.epochs` beyond 20"
    best = a_trial(0)
    finding = Finding("small_split", Severity.WARNING, 0.9, said)
    html = render_report(
        a_content(
            trials=[best, a_failed_trial(1, said)],
            best=best,
            data={"notes": [said]},
            data_findings=(finding,),
            stopped=said,
            changes=[said],
            diagnosis=replace(a_diagnosis(), findings=(replace(finding, epochs_used=9),)),
        )
    )
    shown = re.sub(r"<script>.*?</script>|<style>.*?</style>", "", html, flags=re.DOTALL)
    assert "`" not in shown
    assert shown.count("<code>budget.epochs</code>") >= 6


def test_the_data_of_several_outputs_are_told_by_output() -> None:
    kind = {"name": "kind", "task": "classification", "classes": ["a", "b"], "target_shape": []}
    size = {"name": "size", "task": "regression", "classes": [], "target_shape": [2]}
    known = {"task": "several", "outputs": [kind, size], "target_shape": {"kind": [], "size": [2]}}
    section = data(replace(a_content(), data=known))
    assert section is not None
    assert section.values["rows"] == [
        ("output kind", "classification; classes a, b"),
        ("output size", "regression; shape 2"),
    ]


@words
def test_no_landmark_has_the_name_of_another() -> None:
    page = Page(render_report(a_content()))
    labels = [a["aria-label"] for _, a in page.tags if "aria-label" in a and a.get("role")]
    titles = re.findall(r"<h2[^>]*>(.*?)</h2>", render_report(a_content()))
    assert len({*labels, *titles}) == len(labels) + len(titles)


def test_accuracy_is_drawn_where_the_loss_is_the_objective() -> None:
    displays = curve_displays(a_curve(), Objective("val_loss", "minimize"))
    assert [display.metric for display in displays] == ["loss", "accuracy"]


@words
def test_the_summary_repeats_what_the_data_checks_warn_of() -> None:
    warned = Finding("class_imbalance", Severity.WARNING, 0.9, "90 % of the rows are of class 1")
    page = Page(render_report(a_content(data_findings=(warned,))))
    assert page.text.index("90 % of the rows") < page.text.index("Best hyperparameters")


@words
def test_the_cost_is_told_with_what_pruning_saved() -> None:
    pruned = a_trial(1, state=TrialState.PRUNED, curve=a_curve(1, 5))
    trials = [a_trial(0, curve=a_curve(0, 20)), pruned]
    study = a_study(budget={"trials": 2, "epochs": 20})
    page = Page(render_report(a_content(study=study, trials=trials, best=trials[0])))
    assert "2 trainings with 25 epochs" in page.text
    assert "Pruning ended 1 trial early and saved at most 15 epochs, 38\u202f% of 40." in page.text
