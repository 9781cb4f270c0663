"""The Python API: search, diagnose, evaluate, report."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneit.errors import InputError
from tuneit.errors.wording import counted
from tuneit.findings import Diagnosis, Finding, Reference
from tuneit.ledger import Ledger
from tuneit.ledger.database import anchored
from tuneit.ledger.study_folder import StudyFolder
from tuneit.result import SearchResult
from tuneit.result.running import run, unless_interrupted
from tuneit.screen.notebook_view import view_of
from tuneit.screen.views import QuietView
from tuneit.search.protocols import View
from tuneit.space.python_values import plain
from tuneit.study import Study
from tuneit.study.part import study_name
from tuneit.training.randomness_kept import randomness_kept
from tuneit.workbench import prepare
from tuneit.workbench.arguments import (
    as_callbacks,
    as_objective,
    as_settings,
    as_strategy,
    as_time,
    refuse_beside_file,
    refuse_local_callbacks,
)
from tuneit.workbench.beside_models import beside_models
from tuneit.workbench.data_arguments import DATA_ARGUMENTS, GivenData, given_data
from tuneit.workbench.judge import Judge
from tuneit.workbench.python_words import in_python, python_words
from tuneit.workbench.reading import read_study
from tuneit.workbench.record import recorded_code
from tuneit.workbench.references import recorded_references
from tuneit.workbench.wiring import recorded_wiring

if TYPE_CHECKING:
    from tuneit.data.dataset import Task
    from tuneit.evaluation import Evaluation
    from tuneit.training.builders.builder import Builder


def search(
    model: Any,
    data: Any = None,
    y: Any = None,
    *,
    x: Any = None,
    validation_data: Any = None,
    validation_split: float | None = None,
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
    optimizer: Any = None,
    loss: Any = None,
    metrics: Any = None,
    output: str | Path | None = None,
    fresh: bool = False,
    keep: bool = False,
    quiet: bool = False,
    verbose: int | str = "auto",
    **settings: Any,
) -> SearchResult:
    """Search for the best hyperparameters of a Keras model.

    `model` is a `build_model(hp)`, a `build(trial)` in Optuna's spelling, a keras-tuner HyperModel
    or a `build(units=…, …)` whose space `parameters` gives; or the path of a study.yaml, which then
    says all the rest. A list of objectives looks for trade-offs (`SearchResult.pareto_front`); the
    first one leads. `time` is seconds or text such as "10m"; without `trials` and `time` the search
    ends after 20 trials. Each configuration is trained `executions` times.

    `data` is `(x, y)` or `(x, y, sample_weight)`; `((x, y), (x_validation, y_validation))`, or
    three such pairs, with the test's as the last; a dict with `x` and `y`, or `x_train`, `y_train`,
    `x_validation`, …; a stream (a tf.data.Dataset, keras.utils.PyDataset, or a function that
    returns a generator) of batches (x, y) or (x, y, sample_weight), or (train, validation[, test])
    of streams; a `tuneit.data.dataset.Dataset`; or a mapping like a study.yaml's `data`.
    Arrays may also be given as `x=`, `y=` and `sample_weight=`. `validation_data` are the rows to
    validate on; else a share of the rows is drawn, `validation_split` (0.2). Another share, `test`
    (0.2), is kept for the evaluation of the best model; `test=0` keeps none. `split` gives both
    shares in a dict, with `stratify`.

    `task` ("classification" or "regression") of arrays is otherwise told by the model's loss and
    last layer, or where these leave it open by the targets; `positive` names the class of two that
    precision, recall and AUC are of, and gives it the higher label. `folds`, `scale`,
    `scale_target`, `class_weight` ("balanced", or numbers by label; of several outputs, either by
    name), `order` and `one_hot` are as in a study.yaml. `groups` (an array, a value for each row)
    keeps rows of one group in one split or fold; with `times` (numbers, dates, or texts such as
    "2024-05-31") training rows come before those to validate on, and these before the test's.
    `missing` ("drop", "mean", "median" or "most_frequent") says what is done about empty cells of a
    DataFrame.

    `batch_size` (32) and `steps_per_epoch` are as in Keras's `fit`; a hyperparameter `batch_size`
    takes precedence. `deterministic=True` lets TensorFlow compute the same numbers in each run
    (with several workers, what a strategy proposes still depends on the order in which trials end).
    `quiet=True` or `verbose=0` shows nothing.

    `optimizer`, `loss` and `metrics` are as in Keras's `compile` and keras-tuner's tuners: each
    model is compiled with them, in place of what its builder gives; it need not compile one then.

    `settings` takes the study.yaml's other keys: `pruning`, `early_stopping`, `workers`, … A
    strategy of one's own may be given as its class, an objective as keras-tuner's. `callbacks` are
    Keras callbacks, of which each training gets a copy, or functions that make them.

    The files that the command line leaves in `reports/<name>/` are left in `output`, and a
    search that finds its own trials there goes on with them (`fresh=True` starts anew). Where the
    builder's code, the data or the space have changed since, it is refused; `keep=True` goes on
    all the same, and the report says between which trials it changed.

    Raises a subclass of `tuneit.TuneitError` for whatever the caller can mend. Ctrl-C and SIGTERM
    raise KeyboardInterrupt when the report of the trials so far is written; the same call goes on.
    """
    arguments = {**locals(), **settings}
    _refuse_both(fresh, keep)
    quiet = quiet or verbose in (0, "0")
    if data is None and isinstance(model, (str, Path)) and x is None:
        refuse_beside_file(model, arguments, inspect.signature(search).parameters)
        return _search_file(Path(model), output, fresh=fresh, keep=keep, quiet=quiet)
    settings |= {"x": x, "y": y, "validation_data": validation_data}
    settings |= {"validation_split": validation_split, "task": task, "positive": positive}
    from tuneit.training.builders.builder import as_builder

    with python_words():
        given = given_data(data, {n: settings.pop(n, None) for n in DATA_ARGUMENTS})
        return _search_given(
            as_builder(model).compiling_with(optimizer, loss, metrics),
            given,
            {
                "seed": seed,
                "objective": as_objective(objective),
                "strategy": as_strategy(strategy),
                "parameters": dict(parameters or {}),
                "budget": {
                    "trials": 20 if trials is None and time is None else trials,
                    "epochs": epochs,
                    "time": as_time(time),
                    "executions": executions,
                },
                **as_settings(settings),
            },
            name,
            Path(output) if output else None,
            fresh=fresh,
            keep=keep,
            quiet=quiet,
        )


def _search_file(
    path: Path, output: str | Path | None, *, fresh: bool, keep: bool, quiet: bool
) -> SearchResult:
    from tuneit.study_file import load_study

    study = load_study(path)
    folder = Path(output) if output else None
    view = view_of(study, quiet=quiet)
    result = run_study(study, path.parent, folder, fresh=fresh, keep=keep, view=view)
    return unless_interrupted(result)


@randomness_kept()
def _search_given(
    builder: Builder,
    data: GivenData,
    values: Mapping[str, Any],
    name: str | None,
    folder: Path | None,
    *,
    fresh: bool,
    keep: bool,
    quiet: bool,
) -> SearchResult:
    """Search with a builder and data that Python gave; `values` are the study's other keys."""
    from tuneit.study_file import study_from

    callbacks = as_callbacks(values.get("callbacks"))
    given = {
        "name": name or study_name(builder.name),
        "model": builder.reference,
        "transfer": builder.transfer,
        "data": data.spec,
        **values,
        "callbacks": [one for one in callbacks if isinstance(one, str)],
    }
    study = study_from(plain(given))
    refuse_local_callbacks(study, callbacks)
    view = view_of(study, quiet=quiet)
    prepared = prepare(
        study,
        Path.cwd(),
        folder,
        builder=builder,
        dataset=data.dataset,
        raw=data.raw(study.name),
        callbacks=callbacks,
    )
    return unless_interrupted(run(prepared, fresh=fresh, keep=keep, view=view, say=in_python))


def _refuse_both(fresh: bool, keep: bool) -> None:
    if fresh and keep:
        raise InputError(
            "`fresh` forgets the earlier trials, and `keep` goes on with them: give one of the two"
        )


@randomness_kept()
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


def load_result(
    study: Study, root: Path | None, output: Path | None = None, *, as_recorded: bool = False
) -> SearchResult:
    """Read back the trials of a study that was searched before, without training anything.

    The builder and the data are loaded only where one of their files has changed since (unless the
    study is `as_recorded` in its ledger), or where the best model is asked for; never without a
    `root`, as `read_study` has it. Raises InputError where there are no trials, ResumeError where
    the search space, the objective or the data are not those of the trials.
    """
    # The data's file and the builder's may change the working directory.
    folder, root = StudyFolder.of(study, output), root and root.absolute()
    study = study.model_copy(update={"storage": anchored(study.storage)})
    objective, *others = study.objectives
    with Ledger.read(study.storage, folder.path, study.name, objective, others) as ledger:
        searched = read_study(ledger, study, root, folder.path, as_recorded=as_recorded)
        trials, header = ledger.listed(), ledger.header
    models, wiring = recorded_references(header, study), recorded_wiring(header)
    stopped, budget = "its budget is not used up", study.budget.trials
    if budget is not None and len(trials) >= budget:
        stopped = f"the budget of {counted(budget, 'trial')} is used up"
    return SearchResult(
        study=study,
        folder=folder,
        data=searched.data,
        trials=trials,
        space=searched.space.with_parameters([p for trial in trials for p in trial.facts.late]),
        stopped=stopped,
        judge=Judge(study, searched.data, models),
        prepare=searched.prepare,
        changes=searched.changes,
        wiring=wiring,
        code=recorded_code(header),
    )


def diagnose(
    history: Any,
    x: Any = None,
    y: Any = None,
    *,
    x_val: Any = None,
    y_val: Any = None,
    model: Any = None,
    task: Task | None = None,
    columns: Mapping[str, str] | None = None,
    reference_models: bool = True,
    **reference: Any,
) -> Diagnosis:
    """Diagnose one run: a Keras History, a dict of lists, a DataFrame, or a log file's path.

    `columns` says which columns some series are where their names do not: `{"loss": "train_nll",
    "val_loss": "dev_nll"}`; `"a + b"` is the sum of two. Where that was guessed,
    the diagnosis's `notes` say how.

    With the training rows `x` and `y`, as `fit` took them, simple models of scikit-learn are fitted
    on them (in seconds; `reference_models=False` fits none) and scored on the validation rows
    `x_val` and `y_val`, or else on a fifth of the rows: what one of them reaches is possible.
    `task` is told by model and targets where it is not given. With the trained `model` too, the
    diagnosis also checks how it is wired (`check_model`) and looks inside it: at predictions,
    activations and gradients on 256 rows, and whether it can learn 32 rows by heart where the curve
    shows a fault.

    Other keywords are the fields of `tuneit.findings.Reference`: `target`, `human_error`,
    `baseline`, `metric`, … Without any of them, and without rows, underfitting cannot be told from
    a hard problem, and is not claimed. Raises LogError where the history cannot be read, InputError
    for a model without x and y, DataError for rows that cannot be trained on.
    """
    from tuneit.diagnosis import diagnose_curve
    from tuneit.logs import run_from

    if (x is None) != (y is None) or (x is None and (model is not None or x_val is not None)):
        raise InputError("diagnose needs the training rows: give x and y, and the model if you can")
    run, known = run_from(history, columns), Reference(**reference)
    notes = run.notes
    seen: tuple[Finding, ...] = ()
    if x is not None and reference_models:
        known, told = beside_models(known, run.curve, (x, y, x_val, y_val), model, task)
        notes += told
    if model is not None:
        from tuneit.training.examination import examine

        seen, told = examine(model, x, y, run.curve, known)
        notes += told
    return replace(diagnose_curve(run.curve, known, seen=seen), notes=notes)


def evaluate(model: Any, x: Any, y: Any = None, *, task: Task | None = None) -> Evaluation:
    """Measure a trained Keras model on data: precision, recall, F1 and confusion matrix, or errors.

    `x` as the model takes it; `y` labels as it was trained on, one-hot rows or real targets;
    without it, the losses that the model itself reports are told. `task` is told by the model or
    the targets where it is not given.
    """
    from tuneit.data.load import dataset_from_arrays
    from tuneit.training.models.head import heads_of
    from tuneit.training.saving.prediction import evaluate_on_test

    rows = (x, y)
    data = dataset_from_arrays(
        x, y, validation=rows, test=rows, task=task, ask=lambda: heads_of(model)
    )
    return evaluate_on_test(model, data)


def report(result: SearchResult, path: str | Path | None = None) -> Path:
    """Write a search's HTML report; return its path."""
    return result.report(path)
