"""What the ledger keeps of a trial: every fact comes back, and records of before are read."""

from __future__ import annotations

import json
from dataclasses import fields, replace

from builders import a_trial

from tuneit.ledger.trial_record import dump_begun, dump_trial, load_trial
from tuneit.space import Condition, Int, parameter_to_dict
from tuneit.trials import Facts, Memory, Place, Trial, TrialState, Trivial
from tuneit.trials.memory import RESERVED

LATE = Int(name="batch_size", low=8, high=64, when=(Condition("kind", ("a",)),))
FACTS = Facts(
    parameters=1234,
    measured={"parameters": 1234.0},
    trivial=Trivial("always 0", (0.5, 0.4), 0.7, 0.6),
    late=(LATE,),
    unused={"units_2": 5},
    continued=3,
    pruned="worse than the median",
    retried="its process was killed",
    imported="trial_07",
    untrained=True,
    interrupted=True,
    clock=12.5,
    node="a",
)
MEMORY = Memory(
    epochs=9, parent=4, ends_round=True, place=Place(1, 2, 9, 3), queued=5, own={"trial": {"g": 1}}
)
WRITTEN_BEFORE = {
    "params": {"units": 32},
    "state": "pruned",
    "seed": 7,
    "score": 0.8,
    "best_epoch": 5,
    "memory": {
        **{"epochs": 9, "parent": 4, "ends_round": True, "enqueued": 5, "trial": {"g": 1}},
        **{"bracket": 1, "rung": 2, "size": 9, "promotes": 3},
    },
    "notes": {
        "parameters": 1234,
        "best_epoch": 5,
        "objectives": {"parameters": 1234.0},
        "trivial": {
            **{"answer": "always 0", "scores": [0.5, 0.4], "loss": 0.7, "train_loss": 0.6},
        },
        "space": [parameter_to_dict(LATE)],
        "unasked": {"units_2": 5},
        "continued": 3,
        "pruned": "worse than the median",
        "retried": "its process was killed",
        "imported": "trial_07",
        "interrupted": True,
        "clock": 12.5,
    },
    "scores": [],
    "repeats": [],
}


def test_every_fact_and_all_memory_come_back() -> None:
    trial = a_trial(3, facts=FACTS, memory=MEMORY)
    read = load_trial(3, dump_trial(trial))
    assert (read.facts, read.memory) == (FACTS, MEMORY)
    for whole, empty in ((FACTS, Facts()), (MEMORY, Memory())):
        for field in fields(whole):
            assert getattr(whole, field.name) != getattr(empty, field.name), field.name


def test_a_record_of_before_is_read_and_written_alike() -> None:
    read = load_trial(3, {"trial": json.dumps(WRITTEN_BEFORE)})
    assert (read.facts, read.memory) == (replace(FACTS, untrained=False, node=None), MEMORY)
    assert (read.state, read.best_epoch) == (TrialState.PRUNED, 5)
    again = json.loads(dump_trial(read)["trial"])
    before = {**WRITTEN_BEFORE, "notes": {**WRITTEN_BEFORE["notes"]}}
    del before["notes"]["best_epoch"]  # a trial has it anyhow
    assert again == before


def test_what_is_unknown_takes_no_place() -> None:
    begun = json.loads(dump_begun(Trial(0, {"x": 1}, seed=2)))
    assert begun == {"params": {"x": 1}, "seed": 2, "memory": {}}
    # That a builder will ask for everything is known, unlike nothing at all.
    known = dump_begun(Trial(0, {"x": 1}, seed=2, facts=Facts(unused={})))
    assert load_trial(0, {"trial": known}).facts == Facts(unused={})


def test_the_names_of_a_memorys_fields_are_those_that_a_strategy_may_not_take() -> None:
    own = Memory(own={"mine": 1, "epoch": 2})
    assert load_trial(0, dump_trial(a_trial(memory=own))).memory == own
    written = json.loads(dump_trial(a_trial(memory=MEMORY))["trial"])["memory"]
    assert written.keys() - MEMORY.own.keys() == RESERVED
