"""Each task's evaluation has a view, a template, and words that say how good the model is."""

from __future__ import annotations

import base64
import io
import re
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.image import imread
from report_builders import a_content, a_regression, a_study, all_evaluations, an_evaluation
from sklearn import metrics
from test_render import Page, words

from tuneit.evaluation import ReportedEvaluation, evaluate_classification, evaluate_regression
from tuneit.evaluation.images import pictured_classes
from tuneit.evaluation.kinds import KINDS
from tuneit.evaluation.row_inputs import Column, RowInputs
from tuneit.report import render_report
from tuneit.report.charts.confusion import ConfusionMatrixDisplay, draw_confusion
from tuneit.report.charts.forecast import CourseDisplay, StepErrorDisplay
from tuneit.report.charts.images import draw_images
from tuneit.report.evaluations import VIEWS, views_of
from tuneit.report.tile import Tile
from tuneit.study import ReportSpec


@pytest.fixture(scope="module")
def full() -> str:
    return render_report(a_content(evaluation=all_evaluations()))


def test_each_kind_of_evaluation_has_a_view() -> None:
    assert {*(kind.of.task for kind in KINDS), ReportedEvaluation.task} == set(VIEWS)


@pytest.mark.parametrize(
    ("task", "tile", "sentence"),
    [
        ("multilabel", "micro F1", "all labels right for"),
        ("tagging", "token accuracy", "gives the right tag to"),
        ("segmentation", "mean IoU", "reaches a mean IoU of"),
        ("counts", "Poisson deviance", "its mean Poisson deviance is"),
        ("forecast", "mean error", "is off by"),
        ("reconstruction", "reconstruction RMSE", "the mean training row would be off by"),
        ("unmatched", "error on the test split", "the target has 1: only the loss knows"),
    ],
)
def test_tile_and_sentence_stand_beside_the_trivial_answer(
    task: str, tile: str, sentence: str
) -> None:
    [(name, view)] = views_of(an_evaluation(task))
    assert name == ""
    assert view.tile().name.startswith(tile)
    assert re.search("always|differ", view.tile().beside)
    assert sentence in view.sentence()


def test_a_page_of_all_tasks_is_well_formed_and_names_each_output(full: str) -> None:
    page = Page(full)
    text = page.text
    assert "The model has 9 outputs, each measured on 60 test rows that the search never" in text
    for task in (kind.of.task for kind in KINDS):
        assert f"Output its_{task}" in text
        assert f"<dt>its_{task}</dt>" in full  # in the summary
    assert "car <b>" in text
    assert not any("style" in attrs for _, attrs in page.tags)
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert all(len(img["alt"] or "") > 20 for img in page.all("img"))
    assert all("scope" in attrs for attrs in page.all("th"))
    alts = [img["alt"] for img in page.all("img")]
    for shown in ("input", "truth", "prediction"):
        assert alts.count(f"Picture of the {shown} of test row 1") == 2
    assert len(full) < 3_000_000
    regions = [a["aria-label"] for _, a in page.tags if a.get("role") == "region"]
    assert len({*regions}) == len(regions)
    assert "Output its_classification: Scores by class" in regions


@words
def test_losses_that_a_model_reports_itself_stand_without_a_trivial_answer() -> None:
    evaluation = ReportedEvaluation.of(9, {"loss": 0.5, "kl": 0.25})
    [(_, view)] = views_of(evaluation)
    assert (view.tile().name, view.tile().value) == ("loss on the test split", "0.5000")
    text = Page(render_report(a_content(evaluation=evaluation))).text
    assert "On 9 test rows that the search never saw, it reports loss 0.5000, kl 0.2500;" in text
    assert "inputs without targets: these are the losses" in text
    [(_, view)] = views_of(ReportedEvaluation(9, said="nothing measures it"))
    assert view.sentence() == "nothing measures it"


def test_class_indices_are_drawn_in_the_colours_of_the_legend() -> None:
    gallery = draw_images([pictured_classes("truth", np.array([[[0, 1], [2, 1]]]), 3)])
    assert gallery is not None
    drawn = _pixels(gallery.rows[0][0].uri)
    assert (gallery.titles, drawn.shape) == (("truth",), (2, 2, 3))
    assert (drawn[0, 1] == drawn[1, 1]).all()
    assert len(np.unique(drawn.reshape(-1, 3), axis=0)) == 3
    assert draw_images([]) is None


def _pixels(uri: str) -> np.ndarray:
    return imread(io.BytesIO(base64.b64decode(uri.partition(",")[2])), format="png")[..., :3]


def test_courses_and_step_errors_draw_on_given_axes() -> None:
    evaluation = an_evaluation("forecast")
    displays = [
        StepErrorDisplay(evaluation.steps),  # type: ignore[union-attr]
        CourseDisplay("row", np.arange(3.0), np.arange(3.0)),
    ]
    for display in displays:
        own = display.plot()
        assert own.figure.axes == [own]


@words
def test_accuracy_that_misleads_does_not_stand_alone() -> None:
    true = np.repeat([0, 1], [95, 5])
    evaluation = evaluate_classification(true, np.zeros(100), ["healthy", "ill"])
    [(_, view)] = views_of(evaluation)
    assert view.tile() == Tile(
        "balanced accuracy on the test split", "0.5000", "0.5000 by always answering one class"
    )
    page = Page(render_report(a_content(evaluation=evaluation))).text
    assert "Accuracy misleads: always answering 'healthy' is right for 95.0 % of the rows" in page
    assert page.index("Accuracy misleads") < page.index("All measures")
    for cell in ("0 true positives (TP)", "5 false negatives (FN): missed", "95 true negatives"):
        assert cell in page


def test_an_f_score_of_ones_choice_joins_the_measures() -> None:
    true, answers = np.array([1, 1, 0, 0, 0, 1]), np.array([1, 0, 0, 1, 0, 1])
    for names, expected in ((("no", "yes"), 5 * 0.5 / (4 * 0.5 + 1)), (("a", "b", "c"), None)):
        evaluation = evaluate_classification(true, answers, names)
        [(_, view)] = views_of(evaluation)
        chosen = view.values(ReportSpec(beta=2.0))["measures"][-1]
        assert chosen.label == "F2"
        average = "binary" if len(names) == 2 else "macro"
        assert chosen.value == pytest.approx(
            metrics.fbeta_score(true, answers, beta=2, average=average)
        )
        if expected is None:
            constant = np.zeros(6, dtype=int)  # the first of the most frequent classes
            expected = metrics.fbeta_score(true, constant, beta=2, average="macro", zero_division=0)
        assert chosen.trivial == pytest.approx(expected)
        assert "measures" in view.values(ReportSpec())


@pytest.mark.parametrize("classes", [2, 40, 100])
def test_a_confusion_matrix_is_whole_and_shows_few_errors_too(classes: int) -> None:
    true = np.repeat(np.arange(classes), 50)
    answers = true.copy()
    answers[0] = classes - 1  # one error
    names = [f"class {i}" for i in range(classes)]
    evaluation = evaluate_classification(true, answers, names)
    display = ConfusionMatrixDisplay.from_evaluation(evaluation, "true")
    # The section of the report is 992 pixels wide.
    assert display.size <= 800
    axes = display.plot()
    assert [tick.get_text() for tick in axes.get_yticklabels()] == names
    right, wrong = axes.collections
    for cells in (right, wrong):
        cells.update_scalarmappable()  # type: ignore[attr-defined]
    shades = wrong.get_facecolors()[:, 3]  # type: ignore[attr-defined]
    assert shades.max() > 0.5
    assert (shades > 0.2).sum() == 1
    assert len(right.get_facecolors()) == classes**2  # type: ignore[attr-defined]


def test_confusions_are_drawn_as_counts_and_as_both_kinds_of_shares() -> None:
    evaluation = evaluate_classification([0, 0, 1], [0, 1, 1], ["a", "b"])
    assert [
        p.alt.partition(")")[0].partition("(")[2] for p in draw_confusion(evaluation, "auto")
    ] == [
        "rows",
        "share of the true class",
        "share of the predicted class",
    ]
    np.testing.assert_allclose(evaluation.confusion_normalized, [[0.5, 0.5], [0, 1]])
    np.testing.assert_allclose(evaluation.confusion_by_prediction, [[1, 0.5], [0, 0.5]])


@words
def test_costs_of_errors_choose_a_threshold_and_probabilities_are_calibrated() -> None:
    rng = np.random.default_rng(0)

    def rows() -> tuple[np.ndarray, np.ndarray]:
        true = (rng.random(300) < 0.3).astype(int)
        return true, 1 / (1 + np.exp(-6 * (true - 0.5) - rng.normal(0, 5, 300)))

    evaluation = evaluate_classification(*rows(), ["well", "ill"], validation=rows())
    costly = a_study(report={"costs": {"false_positive": 1, "false_negative": 20}})
    page = Page(render_report(a_content(study=costly, evaluation=evaluation)))
    assert "A missed row of ill costs 20, a false alarm 1. On 300 validation rows" in page.text
    assert "lowest cost on validation rows" in page.text
    assert "Temperature scaling helps: the logits divided by" in page.text
    alts = " ".join(img["alt"] or "" for img in page.all("img"))
    for shown in ("ROC curve of ill", "Curve of precision", "Cost of a row", "Calibration curve"):
        assert shown in alts
    assert "Threshold by cost" not in Page(render_report(a_content(evaluation=evaluation))).text
    three = an_evaluation("classification")
    assert (
        "a threshold needs a model of two classes"
        in Page(render_report(a_content(study=costly, evaluation=three))).text
    )


@words
def test_a_regression_tells_its_errors_by_true_value_and_all_measures() -> None:
    page = Page(render_report(a_content(evaluation=a_regression()))).text
    assert "Error by true value" in page
    assert "median error" in page
    assert "mean absolute error as a share of the true value" in page
    zero = evaluate_regression([0.0, 1.0, 2.0], [0.1, 1.0, 2.0])
    page = Page(render_report(a_content(evaluation=zero))).text
    assert "MAPE is not defined, because some true values are 0" in page
    assert "Error by true value" not in page


@words
def test_weak_segments_and_worst_rows_are_told() -> None:
    rng = np.random.default_rng(0)
    kind, true = np.repeat(["a", "<b>"], 60).astype(object), rng.integers(2, size=120)
    shares = np.where(true == 1, 0.9, 0.1)
    shares[60:] = rng.random(60)
    inputs = RowInputs([Column("kind", kind)], rng.random((120, 5, 5)))
    evaluation = evaluate_classification(true, shares, ["well", "ill"], inputs=inputs)
    page = Page(render_report(a_content(evaluation=evaluation)))
    assert "kind = <b>" in page.text
    assert "2 were looked at" in page.text
    assert evaluation.worst is not None
    alts = [img["alt"] for img in page.all("img")]
    for row in evaluation.worst.rows:
        assert f"Picture of the input of test row {row.row}" in alts
    numbers = evaluate_regression(np.arange(120.0), rng.random(120), inputs=inputs)
    shown = Page(render_report(a_content(evaluation=numbers))).text
    assert "absolute error" in shown
    assert "kind = <b>" in shown
