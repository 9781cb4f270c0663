"""The list of trials, and what its rows share with `trials.csv`."""

from __future__ import annotations

import csv

from builders import a_space, a_trial

from tuneit.cli.trials import trial_dict, trial_table
from tuneit.ledger.study_folder import trials_csv
from tuneit.trials import Facts, TrialState

PRUNED = a_trial(1, state=TrialState.PRUNED, facts=Facts(pruned="worse than the median"))
KILLED = a_trial(
    2, score=None, state=TrialState.FAILED, error="hangs", facts=Facts(retried="its process died")
)
NOTES = (
    None,
    "pruned: worse than the median",
    "trained again, as it ended with: its process died",
)


def test_every_form_notes_why_a_trial_was_pruned_or_tried_twice() -> None:
    trials = [a_trial(0), PRUNED, KILLED]
    rows = list(csv.DictReader(trials_csv(trials, a_space()).splitlines()))
    assert list(rows[0])[-1] == "note"
    assert [row["note"] or None for row in rows] == list(NOTES)
    assert [trial_dict(trial)["note"] for trial in trials] == list(NOTES)
    _, plain, pruned, killed = trial_table(trials).splitlines()
    assert plain.endswith("units=32")
    assert pruned.endswith(f"units=32  ({NOTES[1]})")
    assert killed.endswith(f"units=32  (hangs)  ({NOTES[2]})")


def test_long_rows_go_on_below_without_cutting_words() -> None:
    params = {f"dropout_of_layer_{n}": n / 8 for n in range(6)}
    table = trial_table([a_trial(0, params), PRUNED], width=80)
    assert max(map(len, table.splitlines())) <= 80
    whole = trial_table([a_trial(0, params), PRUNED])
    assert table.split() == whole.split()  # no word is cut, and none is lost
    narrow = trial_table([a_trial(0, params), PRUNED], width=50)
    assert "        dropout_of_layer_0=0,\n        dropout_of_layer_1=0.125,\n" in narrow
