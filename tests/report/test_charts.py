from __future__ import annotations

import base64
from itertools import pairwise
from xml.etree import ElementTree

import matplotlib.pyplot as plt
import numpy as np
from builders import a_curve
from report_builders import a_classification, a_diagnosis, a_failed_trial, a_trial, some_importances

from tuneit.report.charts.canvas import chart_style, picture
from tuneit.report.charts.confusion import ConfusionMatrixDisplay
from tuneit.report.charts.importance import ImportanceDisplay
from tuneit.report.charts.learning_curves import curve_displays, marks_of
from tuneit.report.charts.palette import BAD, GOOD, LINE_STYLES
from tuneit.report.charts.parallel_coordinates import (
    ParallelDisplay,
    draw_parallel_coordinates,
)
from tuneit.report.charts.parameter_scatter import ParameterDisplay
from tuneit.report.charts.residuals import PredictionDisplay, ResidualDisplay
from tuneit.report.charts.score_history import ScoreHistoryDisplay
from tuneit.space import Choice, Condition, Float, Int, SearchSpace
from tuneit.trials import Objective, TrialState

MAXIMIZE = Objective("val_accuracy", "maximize")


def test_the_best_so_far_never_gets_worse() -> None:
    scores = (0.5, 0.4, 0.9, 0.7)
    trials = [a_trial(n, score=score) for n, score in enumerate(scores)]
    trials += [a_failed_trial(4), a_trial(5, state=TrialState.PRUNED, score=0.99)]
    display = ScoreHistoryDisplay.from_trials(trials, MAXIMIZE)
    assert display.so_far.tolist() == [0.5, 0.5, 0.9, 0.9]
    assert display.failed.tolist() == [4]
    assert display.pruned.tolist() == [5]
    assert "reached 0.9000 in trial 2" in display.alt
    minimized = ScoreHistoryDisplay.from_trials(trials, Objective("val_loss", "minimize"))
    assert minimized.so_far.tolist() == [0.5, 0.4, 0.4, 0.4]


def test_marks_are_the_best_epoch_and_the_grave_findings() -> None:
    marks = marks_of(a_trial(11, best_epoch=9), a_diagnosis())
    assert [(m.epoch, m.colour) for m in marks] == [(9, GOOD), (14, BAD)]


def test_the_epoch_from_which_a_base_is_unfrozen_is_marked() -> None:
    curve = a_curve(loss=[3.0, 2.0, 1.0], unfrozen_layers=[0.0, 0.0, 4.0])
    [mark] = marks_of(a_trial(0, curve=curve, best_epoch=None), None)
    assert (mark.epoch, mark.text) == (3, "base unfrozen from epoch 3")
    assert curve.metrics == ("loss",)


def test_importances_come_greatest_first() -> None:
    display = ImportanceDisplay.from_importances(some_importances(a=0.1, b=0.9))
    assert display.names == ("b", "a")
    assert "b 90\u202f% (70 to 100\u202f%); a 10" in display.alt
    assert "a 10\u202f% (0 to 30\u202f%), no more than chance would show" in display.alt


def test_choices_stand_at_their_place_in_the_list() -> None:
    choice = Choice(name="optimizer", values=("adam", "sgd"))
    trials = [a_trial(n, params={"optimizer": v}) for n, v in enumerate(("sgd", "adam", "old"))]
    display = ParameterDisplay.from_trials(choice, trials, trials[1])
    assert display.x.tolist() == [1.0, 0.0]
    assert display.best == 1


def test_displays_draw_on_given_axes_and_on_their_own() -> None:
    evaluation = a_classification(3, 40)
    trial = a_trial(0)
    assert trial.curve is not None
    displays = [
        ConfusionMatrixDisplay.from_evaluation(evaluation),
        ConfusionMatrixDisplay.from_evaluation(evaluation, "true"),
        ConfusionMatrixDisplay.from_evaluation(evaluation, "pred"),
        ImportanceDisplay(("a",), (1.0,), ((0.8, 1.0),), (True,)),
        *curve_displays(trial.curve, MAXIMIZE),
        ScoreHistoryDisplay.from_trials([trial], MAXIMIZE),
        PredictionDisplay("y", np.arange(3.0), np.arange(3.0)),
        ResidualDisplay("y", np.array([-1.0, 0.0, 2.0])),
    ]
    for display in displays:
        own = display.plot()
        assert own.figure.axes == [own]
        given = own.figure.add_subplot()
        assert display.plot(given) is given
    assert not plt.get_fignums()


def test_large_numbers_stand_apart_at_ticks() -> None:
    with chart_style():
        ax = PredictionDisplay("price", np.array([1e5, 5e5]), np.array([1e5, 5e5])).plot()
        shown = base64.b64decode(picture(ax.get_figure(), "", "auto").uri.partition(",")[2])
    assert shown.count(b">200,000<") == 2
    assert len(ax.get_xticks()) <= 7  # of which the outer ones may lie beyond the axis


def test_lines_beside_one_another_differ_in_colour_and_in_style() -> None:
    assert len(set(LINE_STYLES)) == len(LINE_STYLES)
    for one, other in pairwise(LINE_STYLES):
        assert one[0] != other[0]
    assert len({style for _, style in LINE_STYLES[:4]}) == 4


def test_names_with_control_characters_leave_a_chart_valid_xml() -> None:
    name = "a\x00b\x1bc\x0bd\ufffe"
    with chart_style():
        axes = ImportanceDisplay((name,), (1.0,), ((0.8, 1.0),), (True,)).plot()
        shown = picture(axes.figure, name, "light")  # type: ignore[arg-type]
    svg = base64.b64decode(shown.uri.partition(",")[2]).decode()
    assert "a\ufffdb\ufffdc\ufffdd\ufffd" in "".join(ElementTree.fromstring(svg).itertext())


def test_parallel_coordinates_name_where_the_best_trials_lie() -> None:
    space = SearchSpace(
        (
            Float(name="rate", low=1e-4, high=1e-1, sampling="log"),
            Choice(name="optimizer", values=("adam", "sgd")),
            Int(name="units", low=1, high=9, when=(Condition("optimizer", ("sgd",)),)),
        )
    )
    trials = [
        a_trial(n, params={"rate": 10 ** -(1 + n / 4), "optimizer": "adam"}, score=float(n))
        for n in range(12)
    ]
    trials.append(a_trial(12, params={"rate": 0.1, "optimizer": "sgd", "units": 5}, score=-1.0))
    objective = Objective("val_accuracy", "maximize")
    with chart_style():
        display = ParallelDisplay.from_trials(list(space), trials, objective)
        assert display.places.shape == (13, 4)
        assert display.places[0, 2] == 0.5
        assert np.isnan(display.places[1, 2])
        assert (np.diff(display.scores) >= 0).all()
        assert display.alt.startswith("Parallel coordinates of 13 trials. The best 3 have rate ")
        assert "optimizer adam." in display.alt
        ax = display.plot()
    assert [text.get_text() for text in ax.get_xticklabels()][-1] == "val_accuracy"
    with chart_style():
        assert draw_parallel_coordinates(list(space), trials[:4], objective, "auto") is None
