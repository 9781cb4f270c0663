"""What is fuzzed: each target reads an input, or refuses it with an error of tuneit."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fuzz_inputs import STUDIES, damaged, study_texts, tables
from hypothesis import strategies as st

_KERAS = "epoch,accuracy,loss,val_accuracy,val_loss\n" + "".join(
    f"{n},{1 - 0.5 / (n + 1):.4f},{1 / (n + 1):.4f},{0.9 - 0.4 / (n + 1):.4f},{1.1 / (n + 1):.4f}\n"
    for n in range(12)
)
_HISTORY = json.dumps({"loss": [1.0, 0.5, 0.4], "val_loss": [1.0, 0.8, None]})
_CONSOLE = "Epoch 1/2\n9/9 - 1s - loss: 0.5 - val_loss: 0.6\nEpoch 2/2\n9/9 - loss: 0.4\n" * 2
_LIGHTNING = "epoch,step,train_loss,val_loss\n" + "".join(
    f"{n},{n * 10},{1 / (n + 1)},\n{n},{n * 10 + 9},,{1.2 / (n + 1)}\n" for n in range(6)
)
_ROWS = "a,b,y\n" + "".join(f"{n % 7},{n / 3:.3f},{'yes' if n % 3 else 'no'}\n" for n in range(40))


@dataclass(frozen=True)
class Target:
    """`inputs` makes (text of a) file, `read` reads it: True where it was read, False refused."""

    inputs: st.SearchStrategy[Any]
    read: Callable[[Any, Path], bool]


def read_study(text: str, folder: Path) -> bool:
    from tuneit.errors import TuneitError
    from tuneit.study_file import load_study

    path = folder / "study.yaml"
    if not path.exists():
        named_files(folder)
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        load_study(path)
    except TuneitError as error:
        said = str(error)
    else:
        return True
    assert all(said.splitlines()), "an empty sentence"
    return False


def named_files(folder: Path) -> None:
    """Make the files that studies name, since a study without them is refused early."""
    for path in STUDIES.glob("*.py"):
        shutil.copy(path, folder)
    (folder / "model.py").write_text("def build_model(hp): ...\n")
    texts = "".join(path.read_text(encoding="utf-8") for path in STUDIES.glob("*.yaml"))
    for name in {"rows.csv", *re.findall(r"[\w./-]+\.(?:csv|npz|keras)\b", texts)}:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()


def read_log(given: tuple[bytes, str], folder: Path) -> bool:
    from tuneit.diagnosis import diagnose_curve
    from tuneit.errors import TuneitError
    from tuneit.logs import read_runs

    data, name = given
    path = folder / name
    path.write_bytes(data)
    try:
        runs = read_runs(path)
    except TuneitError:
        return False
    finally:
        path.unlink()
    for run in runs:
        assert 0 <= diagnose_curve(run.curve).confidence <= 1
    return True


def read_table(given: tuple[bytes, str], folder: Path) -> bool:
    from tuneit.data.load import as_dataset, read_data
    from tuneit.errors import TuneitError
    from tuneit.study import Study

    data, missing = given
    (folder / "table.csv").write_bytes(data)
    spec = {"source": "csv", "path": "table.csv", "target": "y", "missing": missing}
    study = Study.model_validate(
        {"model": "m.py:b", "data": spec, "objective": "val_loss", "budget": {"trials": 1}}
    )
    try:
        as_dataset(read_data(study.data, folder, 0), study.data, 0)
    except TuneitError:
        return False
    return True


def read_ledger(data: bytes, folder: Path) -> bool:
    from tuneit.errors import TuneitError
    from tuneit.ledger import Ledger
    from tuneit.ledger.repair import repair
    from tuneit.trials import Objective

    (folder / "ledger.journal").write_bytes(data)
    objective = Objective.named("val_accuracy")
    try:
        with Ledger.read(None, folder, "study", objective) as ledger:
            ledger.trials()
        return True
    except TuneitError:
        pass
    try:
        repair(folder).kept.unlink()
        with Ledger.read(None, folder, "study", objective) as ledger:
            ledger.trials()
    except TuneitError:
        return False
    return True


def a_journal(folder: Path) -> bytes:
    """The journal of a small study, as tuneit writes it."""
    from tuneit.curves import LearningCurve
    from tuneit.ledger import Ledger
    from tuneit.space import Choice, Float, SearchSpace
    from tuneit.trials import Objective, Proposal, Trial, TrialState

    space = SearchSpace(
        (Float(name="rate", low=1e-4, high=1e-1, sampling="log"), Choice(name="n", values=(1, 2)))
    )
    objective = Objective.named("val_accuracy")
    with Ledger.open(None, folder, "study", objective) as ledger:
        ledger.set_header(
            {"space": space.to_list(), "objective": {"metric": "val_accuracy", "goal": "maximize"}}
        )
        for number in range(3):
            params = {"rate": 0.01 * (number + 1), "n": 2}
            ledger.start(Proposal(number, params, seed=number), space)
            rows = [{"loss": 1 / (n + 1), "val_accuracy": 0.5 + n / 10} for n in range(3)]
            ledger.record(
                Trial(
                    number=number,
                    params=params,
                    state=TrialState.FAILED if number == 2 else TrialState.COMPLETE,
                    seed=number,
                    score=None if number == 2 else 0.7,
                    curve=LearningCurve.from_epochs(rows),
                    duration_s=1.5,
                    error="it failed" if number == 2 else None,
                ),
                space,
            )
    return (folder / "ledger.journal").read_bytes()


def targets(folder: Path) -> dict[str, Target]:
    """All targets by name; `folder` is an empty one for what they need."""
    logs = st.tuples(
        damaged([text.encode() for text in (_KERAS, _HISTORY, _CONSOLE, _LIGHTNING)])
        | tables(["epoch", "loss", "val_loss", "Train Acc (%)", "val_acc", "lr", "step", "", "x"])
        | st.binary(max_size=200),
        st.sampled_from(["a.csv", "a.json", "a.txt", "a.log", "events.out.tfevents.1"]),
    )
    data = st.tuples(
        damaged([_ROWS.encode()]) | tables(["a", "b", "y"]) | st.binary(max_size=200),
        st.sampled_from(["refuse", "drop", "mean", "most_frequent"]),
    )
    journal = a_journal(folder)
    # As earlier versions wrote them; without checksums damage gets further.
    unchecked = re.sub(rb',"crc32":"[0-9a-f]{8}"', b"", journal)
    return {
        "study": Target(study_texts(), read_study),
        "log": Target(logs, read_log),
        "data": Target(data, read_table),
        "ledger": Target(damaged([journal, unchecked, unchecked]), read_ledger),
    }
