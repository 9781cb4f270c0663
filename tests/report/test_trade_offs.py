from __future__ import annotations

from dataclasses import replace

from report_builders import a_content, some_trials

from tuneit.report import render_report
from tuneit.report.charts.canvas import chart_style
from tuneit.report.charts.trade_offs import TradeOffDisplay
from tuneit.report.sections.trade_offs import trade_offs
from tuneit.trials import Objective, pareto_front

SIZE = Objective("parameters", "minimize")


def valued(*further: float):
    return [
        replace(t, values=(t.score, 100.0 + (t.number * 37) % 101, *further)) if t.scored else t
        for t in some_trials()
    ]


def test_the_front_is_drawn_and_listed():
    content = a_content(trials=valued(), others=(SIZE,))
    with chart_style():
        section = trade_offs(content)
    assert section is not None
    front = pareto_front(content.trials, (content.objective, SIZE))
    assert [t.number for t in section.values["front"]] == [t.number for t in front]
    alt = section.values["picture"].alt
    assert alt.startswith("val_accuracy against parameters of ")
    assert f"{len(front)} trials on the front" in alt
    page = render_report(content)
    assert "Trade-offs" in page
    assert alt in page


def test_more_than_two_objectives_are_listed_all():
    seconds = Objective("seconds", "minimize")
    page = render_report(a_content(trials=valued(2.5), others=(SIZE, seconds)))
    assert "val_accuracy, parameters and seconds" in page


def test_there_is_none_for_one_objective_or_without_values():
    assert trade_offs(a_content()) is None
    assert trade_offs(a_content(others=(SIZE,))) is None


def test_dots_of_the_front_have_their_trials_numbers_and_whole_values_whole_ticks():
    objectives = (a_content().objective, SIZE)
    trials = valued()
    front = pareto_front(trials, objectives)
    with chart_style():
        ax = TradeOffDisplay.from_trials(trials, front, objectives).plot()
        ax.figure.draw_without_rendering()
    assert {text.get_text() for text in ax.texts} == {str(trial.number) for trial in front}
    ticks = [label.get_text() for label in ax.get_xticklabels()]
    assert all(tick.replace(",", "").isdigit() for tick in ticks)
