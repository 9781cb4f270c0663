"""What is shown while searching."""

from __future__ import annotations

import io

import pytest
from builders import a_curve, a_study, a_trial

from tuneit.cli.live_view import LiveView, sparkline
from tuneit.screen.views import PlainView, clock, params_text
from tuneit.trials import Facts, Proposal, TrialState


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (185, "3 min 05 s"), (7620, "2 h 07 min")],
)
def test_durations_are_said_as_people_say_them(seconds: float, text: str) -> None:
    assert clock(seconds) == text


def test_a_sparkline_spans_its_values_and_survives_nan() -> None:
    assert sparkline([0, 1]) == "▁█"
    assert sparkline([0, float("nan"), 1]) == "▁ █"
    assert sparkline([float("nan")]) == ""
    assert sparkline([2, 2]) == "▁▁"
    assert len(sparkline(list(range(100)), width=10)) == 10


def test_parameters_fit_in_a_line() -> None:
    assert params_text({"lr": 0.000123456, "units": 64, "name": "adam"}) == (
        "lr=0.0001235, units=64, name=adam"
    )


def test_plain_lines_count_on_after_a_resumption() -> None:
    stream = io.StringIO()
    view = PlainView(a_study(budget={"trials": 5}), stream)
    view.begin([a_trial(0), a_trial(1)])
    view.finished(a_trial(2, state=TrialState.FAILED, error="out of memory"), is_best=False)
    view.finished(a_trial(3, score=0.9, curve=a_curve()), is_best=True)
    lines = stream.getvalue().splitlines()
    assert lines[0] == "resuming after 2 finished trials"
    assert lines[1].startswith("trial 3/5 #2 failed: out of memory")
    assert lines[2].startswith("trial 4/5 #3 | 0.9000 |")
    assert "best so far" in lines[2]


def test_the_live_panel_tells_best_running_and_time_left() -> None:
    from rich.console import Console

    view = LiveView(a_study(budget={"trials": 4}))
    view.done = view.already = 0
    view.started(Proposal(0, {"units": 8}, seed=1))
    view.epoch(0, 1, {"val_accuracy": 0.5})
    view.epoch(0, 2, {"val_accuracy": 0.75})
    console = Console(file=io.StringIO(), width=120)
    console.print(view._draw())
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "0/4" in shown
    assert "epoch 2/" in shown
    assert "0.7500" in shown
    assert view.time_left() is None

    view.finished(a_trial(0, score=0.75), is_best=True)
    assert view.time_left() is not None
    console.print(view._draw())
    assert "val_accuracy 0.7500" in console.file.getvalue()  # type: ignore[attr-defined]


def test_a_long_name_leaves_the_numbers_of_the_panel_on_its_line() -> None:
    from rich.console import Console

    view = LiveView(a_study(name="a-long-name-" * 8, budget={"trials": 40}))
    view.done = 8
    console = Console(file=io.StringIO(), width=80)
    console.print(view._draw())
    first, *rest = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert first.startswith("a-long-")
    assert "8/40  elapsed" in first
    assert not rest


def test_the_live_panel_shows_all_hyperparameters_and_reasons_in_80_columns() -> None:
    from rich.console import Console

    view = LiveView(a_study(budget={"trials": 9}))
    console = Console(file=io.StringIO(), width=80, height=24)
    view._console = view._live.console = console
    params = {f"dropout_of_layer_{n}": n / 8 for n in range(6)}
    view.begin([a_trial(0, params, 0.75)])
    try:
        view.started(Proposal(2, params, seed=1))
        pruned = Facts(pruned="val_accuracy 0.5 at epoch 3 is not among the best 2 of 6 trials")
        view.finished(a_trial(1, params, 0.5, TrialState.PRUNED, facts=pruned), is_best=False)
        console.print(view._draw())
        shown = " ".join(console.file.getvalue().split())  # type: ignore[attr-defined]
        assert shown.startswith("resuming after 1 finished trial")
        assert shown.count("dropout_of_layer_5=0.625") == 3
        assert "not among the best 2 of 6 trials" in shown
        for number in range(2, 12):
            view.finished(a_trial(number, params), is_best=False)
        console.file = io.StringIO()
        console.print(view._draw())
        assert len(console.file.getvalue().splitlines()) <= 24
    finally:
        view.end()


def test_views_show_names_values_and_errors_of_others_without_steering_the_terminal() -> None:
    from rich.console import Console

    params = {"how\x1b]0;x\x07": "sgd\u202e\n12 trials"}
    failed = a_trial(0, params, None, TrialState.FAILED, error="no \x1b[2J\rmore")
    stream = io.StringIO()
    plain = PlainView(a_study(), stream)
    plain.note("class '\x9b31m'")
    plain.finished(failed, is_best=False)
    assert len(stream.getvalue().splitlines()) == 2
    live = LiveView(a_study())
    live.started(Proposal(1, params, seed=1))
    live.finished(failed, is_best=False)
    live.best = a_trial(2, params)
    console = Console(file=io.StringIO(), width=300)
    console.print(live._draw())
    live._console = console
    live.note("class '\x9b31m'")
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    for text in (stream.getvalue(), shown):
        assert not set(text) & set("\x1b\x07\r\x9b\u202e")
        assert r"no \u001b[2J\u000dmore" in text
        assert r"how\u001b]0;x\u0007=sgd\u202e\n12 trials" in text
        assert r"note: class '\u009b31m'" in text
