from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from tuneit.curves import LearningCurve
from tuneit.errors import PruningError
from tuneit.strategies.pruners.hyperband import Hyperband
from tuneit.strategies.pruners.quota import Quota
from tuneit.strategies.pruners.registry import RULES, make_pruner
from tuneit.strategies.pruners.scores import Scores
from tuneit.study import PruningSpec
from tuneit.trials import Memory, Objective, Trial, TrialState

ACCURACY = Objective("val_accuracy", "maximize")
LOSS = Objective("val_loss", "minimize")


def a_trial(number: int, values, state=TrialState.COMPLETE, metric="val_accuracy") -> Trial:
    return Trial(number, {}, state, score=1.0, curve=LearningCurve.from_history({metric: values}))


def a_pruner(name: str, objective=ACCURACY, *, min_epochs=1, epochs=None, **options):
    spec = PruningSpec(name=name, min_epochs=min_epochs, options=options)
    return make_pruner(spec, objective, epochs)


def stopped_at(pruner, values, trials, number=99) -> int | None:
    """The epoch after which a trial with these values is pruned."""
    for epoch, value in enumerate(values, start=1):
        if pruner.reason(number, epoch, value, trials):
            return epoch
    return None


GOOD = [a_trial(n, np.linspace(0.5, 0.9, 9) + n / 100) for n in range(5)]
BAD = [0.1] * 9


def test_none_never_prunes():
    assert stopped_at(a_pruner("none"), [math.nan, -9.0], GOOD) is None


def test_median_stops_what_is_below_it_and_says_so():
    pruner = a_pruner("median")
    reason = pruner.reason(9, 1, 0.4, GOOD)
    assert reason == "val_accuracy 0.4 at epoch 1 is worse than the median of 5 trials (0.52)"
    assert stopped_at(a_pruner("median"), [0.6] * 3, GOOD) == 3


def test_median_of_a_loss():
    losses = [a_trial(n, [1.0, 0.5], metric="val_loss") for n in range(5)]
    reason = a_pruner("median", LOSS).reason(9, 2, 0.7, losses)
    assert reason == "val_loss 0.7 at epoch 2 is worse than the median of 5 trials (0.5)"
    assert a_pruner("median", LOSS).reason(9, 2, 0.5, losses) is None


def test_median_waits_for_trials_epochs_and_intervals():
    assert stopped_at(a_pruner("median"), BAD, GOOD[:4]) is None
    assert stopped_at(a_pruner("median", n_startup_trials=2), BAD, GOOD[:2]) == 1
    assert stopped_at(a_pruner("median", n_warmup_steps=3), BAD, GOOD) == 4
    assert stopped_at(a_pruner("median", min_epochs=4), BAD, GOOD) == 4
    late = a_pruner("median", n_warmup_steps=1, interval_steps=3, min_epochs=3)
    assert stopped_at(late, BAD, GOOD) == 5


def test_pruned_and_failed_trials_are_not_in_the_median():
    others = [a_trial(n, [0.9] * 9, TrialState.PRUNED) for n in range(9)]
    assert stopped_at(a_pruner("median"), BAD, others) is None


def test_a_trial_that_stopped_early_stands_with_its_best():
    early = [a_trial(n, [0.5, 0.9, 0.8]) for n in range(5)]
    assert stopped_at(a_pruner("median"), [0.6, 0.95, 0.6, 0.5, 0.4], early) is None
    assert stopped_at(a_pruner("median", n_warmup_steps=5), [0.7] * 9, early) == 6


def test_percentile_keeps_the_best_share():
    pruner = a_pruner("percentile", percentile=20)
    assert stopped_at(pruner, [0.53], GOOD) == 1
    assert stopped_at(pruner, [0.54], GOOD) is None


def test_nothing_is_pruned_at_its_last_epoch():
    assert stopped_at(a_pruner("median", epochs=3, n_warmup_steps=2), [0.1] * 3, GOOD) is None


def test_asha_compares_at_rungs_with_all_that_got_there():
    pruner = a_pruner("asha", min_resource=2, reduction_factor=3)
    trials = [a_trial(n, [0.5, 0.5 + n / 10], TrialState.PRUNED) for n in range(5)]
    assert stopped_at(pruner, [0.0, 0.85], trials) is None
    assert stopped_at(pruner, [0.0, 0.7], trials) == 2
    # Of fewer than three trials the best goes on.
    assert stopped_at(a_pruner("asha"), [0.6], trials[:1]) is None
    assert stopped_at(a_pruner("asha"), [0.4], trials[:1]) == 1


def test_asha_hears_trials_that_run_at_the_same_time():
    pruner = a_pruner("asha", reduction_factor=2)
    assert pruner.reason(0, 1, 0.9, []) is None
    assert pruner.reason(1, 1, 0.1, [])
    # A second execution begins anew: its first epoch is not outdone by the first one's.
    assert "0.05 at epoch 1" in str(pruner.reason(0, 1, 0.05, []))


def test_hyperband_allots_brackets_and_prunes_in_them():
    rule = Hyperband()
    shares = rule.brackets(27)
    assert shares == [27, 12, 6, 4]
    found = [rule.bracket(n, shares) for n in range(300)]
    assert {0, 1, 2, 3} == set(found)
    assert found.count(0) > found.count(3)
    pruner = a_pruner("hyperband", epochs=27)
    good = [a_trial(n, [0.9] * 27) for n in range(60)]
    ends = {stopped_at(pruner, [0.1] * 27, good, number) for number in range(60, 120)}
    assert ends == {1, 3, 9, None}


def test_hyperband_takes_the_longest_trial_where_it_knows_no_budget():
    assert stopped_at(a_pruner("hyperband"), BAD, []) is None
    good = [a_trial(n, [0.9] * 9) for n in range(60)]
    ends = {stopped_at(a_pruner("hyperband"), BAD, good, number) for number in range(60, 120)}
    assert ends == {1, 3, 9}


def test_patient_waits_for_progress_alone_or_with_another():
    values = [0.1, 0.2, 0.3, 0.3, 0.3, 0.3]
    pruner = a_pruner("patient", patience=2)
    assert stopped_at(pruner, values, []) == 5
    assert stopped_at(a_pruner("patient", patience=2, wrapped="median"), values, []) is None
    assert stopped_at(a_pruner("patient", patience=2, wrapped="median"), values, GOOD) == 5
    assert stopped_at(a_pruner("patient", patience=2, min_delta=0.5), values, []) == 3


def test_threshold_and_nan():
    assert stopped_at(a_pruner("threshold", lower=0.2), [0.3, 0.1], []) == 2
    assert stopped_at(a_pruner("threshold", upper=5, n_warmup_steps=1), [9, 6], []) == 2
    assert stopped_at(a_pruner("threshold", upper=5), [math.nan], []) == 1


EVERY = {
    "none": {},
    "median": {},
    "percentile": {},
    "asha": {},
    "hyperband": {},
    "one_epoch": {"best": 2},
    "patient": {"patience": 2},
    "threshold": {"lower": 0.3},
}
"""Every rule that looks at epochs, with options under which it stops someone."""

every_rule = pytest.mark.parametrize("name", EVERY)


def test_the_contract_runs_over_every_rule():
    assert set(EVERY) == set(RULES)


@every_rule
def test_nan_and_histories_without_curves_do_not_disturb(name):
    odd = [
        Trial(0, {}, TrialState.FAILED),
        a_trial(1, [math.nan, math.nan]),
        Trial(2, {}, TrialState.COMPLETE, curve=LearningCurve.from_history({"loss": [1.0]})),
        Trial(3, {}),
    ]
    pruner = a_pruner(name, epochs=9, **EVERY[name])
    end = stopped_at(pruner, [0.5, math.nan, 0.6], odd)
    assert end == {"threshold": 2, "patient": None}.get(name)


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("median", {"warmup": 3}, "has no option 'warmup'"),
        ("percentile", {"percentil": 3}, "did you mean 'percentile'"),
        ("percentile", {"percentile": 0}, "must be in"),
        ("asha", {"reduction_factor": 1}, "at least 2"),
        ("threshold", {}, "give `lower`, `upper` or both"),
        ("threshold", {"lower": 5, "upper": 1}, "below `upper`, but they are 5 and 1"),
        ("threshold", {"upper": math.nan}, "below `upper`, but they are -inf and nan"),
        ("patient", {"wrapped": "medium"}, "did you mean 'median'"),
        ("none", {"patience": 3}, "it has none"),
        ("median", {"n_startup_trials": -1}, "must be at least 0, but is -1"),
        ("median", {"n_startup_trials": "many"}, "must be a whole number, but is 'many'"),
        ("median", {"n_startup_trials": 2.5}, "must be a whole number, but is 2.5"),
        ("median", {"n_startup_trials": True}, "must be a whole number, but is true"),
        ("percentile", {"percentile": None}, "must be a number, but is empty"),
        ("threshold", {"upper": "abc"}, "option 'upper' must be a number or null, but is 'abc'"),
        ("threshold", {"upper": False}, "must be a number or null, but is false"),
        ("patient", {"wrapped": 3}, "must be text or null, but is 3"),
        ("patient", {"options": 3}, "must be a mapping, but is 3"),
        ("patient", {"wrapped": "median", "options": {"interval_steps": "x"}}, "'interval_steps'"),
        ("wilcoxon", {"p_threshold": "low"}, "must be a number, but is 'low'"),
    ],
)
def test_bad_options_are_said(name, options, words):
    with pytest.raises(PruningError, match=words):
        a_pruner(name, **options)


@pytest.mark.parametrize("options", [{"upper": 3}, {"upper": None, "lower": 0.5}])
def test_whole_numbers_are_numbers_and_null_is_what_was_not_given(options):
    a_pruner("threshold", **options)


@every_rule
def test_no_rule_stops_a_lone_good_trial_its_first_epochs_or_its_last(name):
    assert stopped_at(a_pruner(name, epochs=9, **EVERY[name]), np.linspace(0.5, 0.9, 9), []) is None
    late = stopped_at(a_pruner(name, epochs=9, min_epochs=5, **EVERY[name]), BAD, GOOD)
    assert late is None or late >= 5
    last = a_pruner(name, epochs=9, min_epochs=9, **EVERY[name])
    assert stopped_at(last, BAD, GOOD) is None


@every_rule
def test_resumed_decisions_equal_uninterrupted_ones(name):
    rng = np.random.default_rng(0)
    curves = np.sort(rng.random((40, 9)), axis=1)
    curves[::4, 3:] = curves[::4, 3:4]

    def decisions(fresh_at=()) -> list:
        pruner, trials, found = a_pruner(name, epochs=9, **EVERY[name]), [], []
        for number, values in enumerate(curves):
            if number in fresh_at:
                pruner = a_pruner(name, epochs=9, **EVERY[name])
            end = stopped_at(pruner, values, trials, number)
            found.append(end)
            state = TrialState.PRUNED if end else TrialState.COMPLETE
            trials.append(a_trial(number, values[:end], state))
        return found

    assert decisions() == decisions(fresh_at=(5, 20, 21))
    assert any(decisions()) == (name != "none")


def paused(number: int, values, epochs: int, parent: int | None = None) -> Trial:
    return replace(a_trial(number, values), memory=Memory(epochs=epochs, parent=parent))


def test_a_paused_trial_stands_only_where_it_got_to():
    high = [paused(n, [0.9], epochs=1) for n in range(5)]
    assert stopped_at(a_pruner("median", epochs=9), [0.95, 0.5, 0.5], high) is None
    assert stopped_at(a_pruner("median", epochs=9), [0.5], high) == 1
    # One that ended by itself before its epochs were over stands with its best.
    early = [paused(n, [0.9], epochs=3) for n in range(5)]
    assert stopped_at(a_pruner("median", epochs=9), [0.95, 0.5, 0.5], early) is None
    assert stopped_at(a_pruner("median", epochs=9), [0.5, 0.5], early) == 1


def test_a_continued_trial_has_its_parents_best_and_stands_for_both():
    parents = [paused(n, [0.1 * n, 0.5], epochs=2) for n in range(5)]
    child = Trial(5, {}, memory=Memory(epochs=9, parent=4))
    others = [a_trial(6 + n, [0.45] * 9) for n in range(5)]
    pruner = a_pruner("median", epochs=9)
    # It reports from epoch 3 on, and had 0.5 before.
    known = [*parents, child, *others]
    assert pruner.reason(5, 3, 0.2, known) is None
    ended = paused(5, [0.4, 0.5, 0.2], epochs=3, parent=4)
    scores = Scores(ACCURACY)
    scores.read([*parents, ended])
    assert sorted(scores.at(1, besides=99)) == [0, 1, 2, 3, 5]


def test_a_training_that_pauses_is_not_stopped_where_it_pauses():
    running = [Trial(0, {}, memory=Memory(epochs=3))]
    pruner = a_pruner("threshold", lower=0.5, epochs=9)
    assert pruner.reason(0, 2, 0.1, running) is not None
    assert pruner.reason(0, 3, 0.1, running) is None


def test_a_trials_curve_is_read_once_however_many_epochs_ask(monkeypatch):
    trials = [a_trial(n, np.linspace(0, 1, 40)) for n in range(1000)]
    pruner = a_pruner("median")
    pruner.reason(1000, 1, 1.0, trials)
    monkeypatch.setattr(Scores, "_series", lambda *_: pytest.fail("a curve is read again"))
    for epoch in range(2, 40):
        pruner.reason(1000, epoch, 1.0, trials)


def test_one_epoch_finishes_only_the_best_so_far():
    pruner = a_pruner("one_epoch", epochs=9, best=2)
    assert stopped_at(pruner, [0.3] * 9, GOOD[:1]) is None
    reason = a_pruner("one_epoch", best=2).reason(9, 1, 0.52, GOOD)
    assert reason == "val_accuracy 0.52 at epoch 1 is not among the best 2 of 6 trials (0.53)"
    assert stopped_at(a_pruner("one_epoch", epochs=9, best=2), [0.99] + [0.1] * 8, GOOD) is None
    assert stopped_at(a_pruner("one_epoch", epochs=9, best=6), BAD, GOOD) is None


@pytest.mark.parametrize("trials", [8, 12, 14, 15, 40, 90])
@pytest.mark.parametrize("together", [1, 8])
def test_a_quota_of_trials_runs_to_its_end_however_many_train_together(trials, together):
    curves = np.sort(np.random.default_rng(1).random((trials, 30)), axis=1)
    pruner = make_pruner(PruningSpec(name="asha"), ACCURACY, 30, Quota())
    known = []
    for begin in range(0, trials, together):
        numbers = range(begin, min(begin + together, trials))
        known += [Trial(number, {}, TrialState.RUNNING) for number in numbers]
        ends = dict.fromkeys(numbers)
        for epoch in range(1, 31):
            for number in (n for n in numbers if ends[n] is None):
                if pruner.reason(number, epoch, curves[number][epoch - 1], known):
                    ends[number] = epoch
        for number, end in ends.items():
            state = TrialState.PRUNED if end else TrialState.COMPLETE
            known[number] = a_trial(number, curves[number][:end], state)
    complete = sum(trial.state is TrialState.COMPLETE for trial in known)
    assert complete >= max(5, trials / 3)
    # It saves most of the training all the same, where trials see what others came to.
    assert complete < trials or trials <= together
    assert trials <= 15 or complete <= 0.6 * trials


def test_a_quota_counts_no_failed_trials_and_goes_on_where_it_was():
    quota = Quota(least=2, share=3)
    ended = [a_trial(0, GOOD[0].curve["val_accuracy"]), Trial(1, {}, TrialState.FAILED)]
    assert not quota.allows(2, ended)
    ended += [a_trial(2, [0.9] * 9), *(a_trial(n, [0.1], TrialState.PRUNED) for n in (3, 4, 5))]
    assert quota.allows(6, ended)
    assert quota.allows(6, ended)
    assert not quota.allows(7, ended)
