"""Run the search of a prepared study."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tuneit.data.few_rows import is_about_test_rows
from tuneit.errors.wording import counted
from tuneit.ledger import Ledger
from tuneit.result.augmented import keep_examples
from tuneit.result.search_result import SearchResult
from tuneit.result.treatment.after_search import treat_after_search
from tuneit.screen.interrupts import Interrupts
from tuneit.search import Limits, SearchConfig, run_search
from tuneit.search.protocols import View
from tuneit.trials import Trial
from tuneit.workbench import PreparedStudy
from tuneit.workbench.identity import (
    changes,
    record_study,
    record_training,
    trains_as_last,
)
from tuneit.workbench.judge import Judge
from tuneit.workbench.kept_files import KeptFiles
from tuneit.workbench.making import pruner_of, strategy_of, trainer_of
from tuneit.workbench.notes import notes
from tuneit.workbench.record import recorded_code
from tuneit.workbench.references import reference_models
from tuneit.workbench.sandboxed import give_up_fatal_trial, inspect, sandbox
from tuneit.workbench.wiring import record_wiring, recorded_wiring


def run(
    prepared: PreparedStudy,
    *,
    fresh: bool,
    keep: bool,
    view: View,
    say: Callable[[str], str] = lambda message: message,
) -> SearchResult:
    """Run or resume the search of a prepared study, and write its files.

    `fresh` deletes earlier trials; `keep` adds to them although code, data or space have changed.
    `say` words notes and the errors of trials for whoever has started the search. Raises
    ResumeError if they have changed and neither is set.
    """
    from tuneit.strategies.stopping import Stopping
    from tuneit.training.builders.unused_parameters import UnusedParameters
    from tuneit.workbench.warm_start import warm_start

    study = prepared.study
    # Wrong options are reported before anything is erased or trained.
    strategy, pruner = strategy_of(prepared), pruner_of(prepared)
    if fresh:
        prepared.folder.claim()
        Ledger.erase(study.storage, prepared.folder.path, study.name)
        prepared.folder.clear()

    def keep_files(trial: Trial, is_best: bool) -> None:
        files.keep(trial, is_best, ledger.trials())

    limits = Limits(study.budget.trials, study.budget.time)
    isolated = sandbox(study, prepared.builder)
    with Interrupts() as interrupts, prepared.ledger(view.note) as ledger, isolated as build:
        header = ledger.header  # changed here, and written once before the search
        for note in record_study(header, ledger.trials(), prepared, keep=keep):
            view.note(say(note))
        if changes(header) != changes(ledger.header):
            # Checkpoints and faults are of the model before the change.
            prepared.folder.drop_checkpoints(set())
            record_wiring(header, ())
        if not trains_as_last(header, prepared):
            prepared.folder.drop_ended_executions()
        if (mixed := record_training(header, ledger.trials(), prepared)) is not None:
            view.note(say(mixed))
        files = KeptFiles(prepared)
        files.catch_up(ledger.trials())
        give_up_fatal_trial(prepared, ledger, view)
        if not ledger.trials():
            view.preparing("trying the model on a few rows")
            model = inspect(prepared)
            record_wiring(header, model.findings)
            for fault in recorded_wiring(header):
                view.note(say(str(fault)))
            for note in filter(is_about_test_rows, prepared.dataset.notes):
                view.note(note)
            for note in notes(prepared, model):
                view.note(say(note))
        judge = Judge(study, prepared.data, reference_models(header, prepared, view))
        warm = warm_start(prepared, header)
        if header != ledger.header:
            ledger.set_header(header)
        outcome = run_search(
            SearchConfig(
                space=prepared.space,
                objective=prepared.objective,
                strategy=replace(strategy, queue=(*strategy.queue, *warm)),
                trainer=trainer_of(prepared),
                store=ledger,
                seed=study.seed,
                executions=prepared.plan.executions,
                limits=limits,
                keep_models=study.keep_models,
                stopping=Stopping(study.stopping, prepared.objective, study.seed),
                pruner=pruner,
                view=view,
                judge=judge.verdict,
                keep=keep_files,
                others=prepared.others,
                interrupted=lambda: interrupts.seen,
                say=say,
                unused=UnusedParameters(prepared.builder, build),
            )
        )
        files.drop_models(ledger.trials())
        trials, header = ledger.listed(), ledger.header
    result = SearchResult(
        study=study,
        folder=prepared.folder,
        data=prepared.data,
        trials=trials,
        space=outcome.space,
        stopped=outcome.stopped,
        judge=judge,
        prepare=lambda: prepared,
        interrupted=outcome.interrupted,
        changes=changes(header),
        wiring=recorded_wiring(header),
        code=recorded_code(header),
    )
    if outcome.interrupted:
        view.note(
            "interrupted: trials that have ended are kept; the report on them is written, then the "
            "search ends"
        )
    else:
        # Evaluating and treating take long: the table is there if they are interrupted.
        prepared.folder.write_table(trials, outcome.space, prepared.others)
        result.conclude()
        keep_examples(result)
        treat_after_search(result, view)
    result.write()
    return result


def unless_interrupted(result: SearchResult) -> SearchResult:
    """Return the result of a search; raise KeyboardInterrupt where Ctrl-C or SIGTERM ended it.

    A script is to end then, and not to go on with its next search.
    """
    if result.interrupted:
        ended = sum(not trial.facts.interrupted for trial in result.trials)
        raise KeyboardInterrupt(
            f"{counted(ended, 'finished trial')} and the report are kept in {result.folder.path}; "
            "the same call goes on"
        )
    return result
