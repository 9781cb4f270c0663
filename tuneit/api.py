"""The Python API: search, diagnose, evaluate, report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneit.errors import DataError, InputError
from tuneit.errors.wording import counted, kind_of
from tuneit.findings import Diagnosis, Reference
from tuneit.ledger import Ledger
from tuneit.ledger.database import anchored
from tuneit.result import SearchResult
from tuneit.result.running import run
from tuneit.screen.views import PlainView, QuietView
from tuneit.search.protocols import View
from tuneit.space.python_values import plain
from tuneit.study import Study
from tuneit.study.part import study_name
from tuneit.study_folder import StudyFolder
from tuneit.workbench import prepare
from tuneit.workbench.arguments import as_objective, as_settings, as_strategy, refuse_main_callbacks
from tuneit.workbench.judge import Judge
from tuneit.workbench.reading import read_study

if TYPE_CHECKING:
    from tuneit.data.dataset import Dataset, Task
    from tuneit.evaluation import Evaluation

_IN_MEMORY = {"source": "python", "function": "memory:arrays"}


def search(
    model: Any,
    data: Any = None,
    *,
    objective: Any = "val_loss",
    strategy: str | Mapping[str, Any] | type[Any] = "bayesian",
    parameters: Mapping[str, Any] | None = None,
    trials: int | None = None,
    time: float | str | None = None,
    epochs: int = 20,
    executions: int = 1,
    seed: int = 0,
    name: str | None = None,
    task: Task | None = None,
    positive: str | float | None = None,
    output: str | Path | None = None,
    fresh: bool = False,
    keep: bool = False,
    quiet: bool = False,
    **settings: Any,
) -> SearchResult:
    """Search for the best hyperparameters of a Keras model.

    `model` is a `build_model(hp)`, a keras-tuner HyperModel or a `build(units=…, …)` whose space
    `parameters` gives, as in a study.yaml; or the path of a study.yaml, which then says all the
    rest. A list of objectives looks for trade-offs (`SearchResult.pareto_front`); the first one
    leads. `data` is arrays `(x, y)` or `(x, y, sample_weight)`, a `tuneit.data.dataset.Dataset`, or
    a mapping like a study.yaml's `data`. `time` is seconds or text such as "10m"; without `trials`
    and `time` the search ends after 20 trials. Each configuration is trained `executions` times.
    `task` ("classification" or "regression") of arrays is otherwise told by the model's loss and
    last layer, or where these leave it open by the targets; `positive` names the class of two that
    precision, recall and AUC are of, and gives it the higher label.
    `settings` takes the study.yaml's other keys: `pruning`, `early_stopping`, `diagnosis`,
    `workers`, … A strategy of one's own may be given as its class, callbacks as the functions that
    make them, an objective as keras-tuner's.

    The files that the command line leaves in `reports/<name>/` are left in `output`, and a
    search that finds its own trials there goes on with them (`fresh=True` starts anew). Where the
    builder's code, the data or the space have changed since, it is refused; `keep=True` goes on
    all the same, and the report says between which trials it changed.

    Raises a subclass of `tuneit.TuneitError` for whatever the caller can mend.
    """
    _refuse_both(fresh, keep)
    if data is None and isinstance(model, (str, Path)):
        from tuneit.study_file import load_study

        path = Path(model)
        study = load_study(path)
        return run_study(
            study,
            path.parent,
            Path(output) if output else None,
            fresh=fresh,
            keep=keep,
            view=_view(study, quiet),
        )

    from tuneit.data.dataset import Dataset
    from tuneit.data.finite import require_finite
    from tuneit.data.load import raw_from_arrays
    from tuneit.study_file import study_from
    from tuneit.training.builders.builder import as_builder

    in_memory = not isinstance(data, Mapping)
    if trials is None and time is None:
        trials = 20
    builder = as_builder(model)
    dataset = data if isinstance(data, Dataset) else None
    if dataset is not None:
        require_finite(dataset)
    given = {
        "name": name or study_name(builder.name),
        "seed": seed,
        "model": builder.reference,
        "data": {
            **(_in_memory(dataset) if in_memory else data),
            **_target_settings(task, positive, dataset),
        },
        "objective": as_objective(objective),
        "strategy": as_strategy(strategy),
        "parameters": dict(parameters or {}),
        "budget": {"trials": trials, "epochs": epochs, "time": time, "executions": executions},
        **as_settings(settings),
    }
    study = study_from(plain(given))
    refuse_main_callbacks(study)
    raw = None
    if in_memory and dataset is None:
        x, y, weight = _arrays(data)
        raw = raw_from_arrays(x, y, name=study.name, sample_weight=weight)
    folder = Path(output) if output else None
    prepared = prepare(study, Path.cwd(), folder, builder=builder, dataset=dataset, raw=raw)
    return run(prepared, fresh=fresh, keep=keep, view=_view(study, quiet))


def _in_memory(dataset: Dataset | None) -> dict[str, Any]:
    """The study's `data` for arrays or a Dataset, with the class weights of a Dataset."""
    weights = dataset.weight_by_class if dataset is not None else {}
    return {**_IN_MEMORY, "class_weight": weights} if weights else _IN_MEMORY


def _target_settings(
    task: Task | None, positive: object, dataset: Dataset | None
) -> dict[str, Any]:
    """The task and positive class that the caller gives; a Dataset has its own."""
    settings = {"task": task, "positive": positive}
    given = {name: value for name, value in settings.items() if value is not None}
    if given and dataset is not None:
        name = next(iter(given))
        raise DataError(
            f"a Dataset says itself what its targets are: leave out {name}, or make it anew with "
            f"tuneit.data.load.dataset_from_arrays(x, y, {name}={given[name]!r})"
        )
    return given


def _arrays(data: Any) -> tuple[Any, Any, Any]:
    if isinstance(data, (tuple, list)) and len(data) in (2, 3):
        return data[0], data[1], data[2] if len(data) == 3 else None
    shape = getattr(data, "shape", None)
    got = "nothing" if data is None else kind_of(data)
    raise DataError(
        "data is a pair (x, y), or (x, y, sample_weight), a tuneit Dataset, or a mapping such as "
        "{'source': 'sklearn', 'name': 'digits'} or {'source': 'python', 'function': "
        "'data.py:load'} (which may return tf.data.Datasets), but is "
        f"{got}{'' if shape is None else f' of shape {tuple(shape)}'}"
    )


def _refuse_both(fresh: bool, keep: bool) -> None:
    if fresh and keep:
        raise InputError(
            "`fresh` forgets the earlier trials, and `keep` goes on with them: give one of the two"
        )


def _view(study: Study, quiet: bool) -> View:
    return QuietView() if quiet else PlainView(study)


def run_study(
    study: Study,
    root: Path,
    output: Path | None = None,
    *,
    fresh: bool = False,
    keep: bool = False,
    view: View | None = None,
) -> SearchResult:
    """Run or resume a study whose paths are relative to `root`; write its report.

    `fresh` forgets its earlier trials; `keep` goes on with them although code, data or space have
    changed.
    """
    _refuse_both(fresh, keep)
    view = view or QuietView()
    view.preparing("reading the data, loading TensorFlow")
    return run(prepare(study, root, output), fresh=fresh, keep=keep, view=view)


def load_result(study: Study, root: Path, output: Path | None = None) -> SearchResult:
    """Read back the trials of a study that was searched before, without training anything.

    The builder and the data are loaded only where one of their files has changed since, or where
    the best model is asked for. Raises InputError where there are no trials, ResumeError where the
    search space, the objective or the data are not those of the trials.
    """
    # The data's file and the builder's may change the working directory.
    folder, root = StudyFolder.of(study, output), root.absolute()
    study = study.model_copy(update={"storage": anchored(study.storage)})
    objective, *others = study.objectives
    with Ledger.read(study.storage, folder.path, study.name, objective, others) as ledger:
        searched = read_study(ledger, study, root, folder.path)
        trials = ledger.listed()
    late = [parameter for trial in trials for parameter in trial.facts.late]
    budget = study.budget.trials
    stopped = "its budget is not used up"
    if budget is not None and len(trials) >= budget:
        stopped = f"the budget of {counted(budget, 'trial')} is used up"
    return SearchResult(
        study=study,
        folder=folder,
        data=searched.data,
        trials=trials,
        space=searched.space.with_parameters(late),
        stopped=stopped,
        judge=Judge(study, searched.data),
        prepare=searched.prepare,
        changes=searched.changes,
    )


def diagnose(
    history: Any, *, columns: Mapping[str, str] | None = None, **reference: Any
) -> Diagnosis:
    """Diagnose one run: a Keras History, a dict of lists, a DataFrame, or a log file's path.

    `columns` says which columns some series are where their names do not: `{"loss": "train_nll",
    "val_loss": "dev_nll"}`; `"a + b"` is the sum of two. Where that was guessed,
    the diagnosis's `notes` say how.

    Keywords are the fields of `tuneit.findings.Reference`: `target`, `human_error`, `baseline`,
    `metric`, … Without any of them underfitting cannot be told from a hard problem, and is not
    claimed. Raises LogError where the history cannot be read.
    """
    from tuneit.diagnosis import diagnose_curve
    from tuneit.logs import run_from

    run = run_from(history, columns)
    return replace(diagnose_curve(run.curve, Reference(**reference)), notes=run.notes)


def evaluate(model: Any, x: Any, y: Any, *, task: Task | None = None) -> Evaluation:
    """Measure a trained Keras model on data: precision, recall, F1 and confusion matrix, or errors.

    `x` as the model takes it; `y` labels as it was trained on, one-hot rows or real targets. `task`
    is told by the model or the targets where it is not given.
    """
    from tuneit.data.load import dataset_from_arrays
    from tuneit.training.models.head import head_of
    from tuneit.training.saving.prediction import evaluate_on_test

    rows = (x, y)
    data = dataset_from_arrays(
        x, y, validation=rows, test=rows, task=task, ask=lambda: head_of(model)
    )
    return evaluate_on_test(model, data)


def report(result: SearchResult, path: str | Path | None = None) -> Path:
    """Write a search's HTML report; return its path."""
    return result.report(path)
