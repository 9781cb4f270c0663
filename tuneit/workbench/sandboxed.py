"""Builders that may end the process: a sandbox for them, and the trial that they cost."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from tuneit.ledger import Ledger
from tuneit.search.protocols import View
from tuneit.study import Study
from tuneit.trials import TrialState

if TYPE_CHECKING:
    from tuneit.training.builders.build import BuildInSandbox
    from tuneit.training.builders.builder import Builder
    from tuneit.training.fitting.inspection import ModelInspection
    from tuneit.workbench.prepared import PreparedStudy


@contextmanager
def sandboxes(study: Study) -> Iterator[Callable[[Builder], BuildInSandbox | None]]:
    """Give a function that makes a sandbox of each builder; they share one process.

    A study that trains in worker processes may have values that end a process. In a worker this
    costs one trial. Building a model with such values here would end the search. For other studies
    the function returns None, which means this process.
    """
    if not study.in_processes or sys.platform == "win32":  # which has no workers
        yield lambda builder: None
        return
    from tuneit.training.workers.pool import WorkerPool
    from tuneit.training.workers.sandbox import Sandbox

    pool = WorkerPool(1)
    try:
        yield lambda builder: Sandbox(builder, pool, study.trial_timeout, study.max_memory)
    finally:
        pool.kill()


@contextmanager
def sandbox(study: Study, builder: Builder) -> Iterator[BuildInSandbox | None]:
    """Give a function that builds models in another process; None means this process."""
    with sandboxes(study) as of:
        yield of(builder)


def inspect(prepared: PreparedStudy) -> ModelInspection:
    """Build the model and train it on a few rows, so that errors show before the search.

    Raises the errors of `inspect_model`.
    """
    from tuneit.training.fitting.inspection import inspect_model
    from tuneit.training.user_code.process_exit import report_exits

    with report_exits(f"the builder {prepared.builder.name}"):
        return inspect_model(prepared.recipe)


def largest_parameters(prepared: PreparedStudy, parameters: int) -> int | None:
    """Count the parameters of the largest model, as `largest_model_parameters` does."""
    from tuneit.training.fitting.largest_model import largest_model_parameters
    from tuneit.training.user_code.process_exit import report_exits

    builder = prepared.builder
    with sandbox(prepared.study, builder) as build, report_exits(f"the builder {builder.name}"):
        return largest_model_parameters(prepared.recipe, parameters, build)


def give_up_fatal_trial(prepared: PreparedStudy, ledger: Ledger, view: View) -> None:
    """Record as failed the trial whose builder ended the process of the last search.

    If it were trained again, it would end this process too.
    """
    from tuneit.training.user_code.process_exit import read_process_exit

    ending = read_process_exit(prepared.folder.note)
    if ending is None or ending.reason is None or ending.number >= len(ledger.trials()):
        return
    trial = ledger.trials()[ending.number]
    if not trial.finished:
        ledger.record(replace(trial, state=TrialState.FAILED, error=ending.reason), prepared.space)
        view.note(f"trial {trial.number} counts as failed: {ending.reason}")
