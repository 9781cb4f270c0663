"""Load a study's data and builder, and find its search space."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuneit.ledger.database import anchored
from tuneit.ledger.study_folder import StudyFolder
from tuneit.study import Study
from tuneit.workbench.prepared import PreparedStudy
from tuneit.workbench.sandboxed import sandboxes

if TYPE_CHECKING:
    from tuneit.data.dataset import Dataset
    from tuneit.data.head import Head
    from tuneit.data.raw import RawData, SplitName
    from tuneit.training.builders.build import BuildInSandbox
    from tuneit.training.builders.builder import Builder


def prepare(
    study: Study,
    root: Path,
    output: Path | None = None,
    *,
    builder: Builder | None = None,
    dataset: Dataset | None = None,
    raw: RawData | None = None,
    callbacks: Sequence[Any] = (),
) -> PreparedStudy:
    """Load a study's data and builder and find its search space.

    The study's paths are relative to the folder `root`. `output` defaults to `reports/<name>` in
    the working directory. `raw` replaces what the study's data source would return. `callbacks`
    are those of the study, and may be functions. If the task of the data follows only from the
    model, the model is built first, with default hyperparameters. Raises DataError, BuilderError,
    SpaceError, or InputError for an action that `treat` does not know.
    """
    from tuneit.data.load import as_dataset, read_data
    from tuneit.treatments.menu import refuse_unknown

    refuse_unknown(study.treat.actions if study.treat else None)

    # The data's file and the builder's may change the working directory.
    folder, place = StudyFolder.of(study, output), root.absolute()
    study = study.model_copy(update={"storage": anchored(study.storage)})
    if study.data.source == "python":
        # The user's file may import TensorFlow, which prints much unless it is set up first.
        from tuneit.training.keras_loader import load_keras

        load_keras()
    with sandboxes(study) as isolated:
        # Data first: their errors are then shown without waiting for TensorFlow's import.
        if dataset is None:
            raw = raw or read_data(study.data, place, study.seed)
            steps: dict[SplitName, int | None] = {
                "train": study.steps_per_epoch,
                "validation": study.validation_steps,
            }
            ask = partial(_heads, study, place, builder, isolated)
            dataset = as_dataset(raw, study.data, study.seed, ask, steps)
        from tuneit.training.builders.builder import load_builder
        from tuneit.training.builders.discovery import discover_space
        from tuneit.training.user_code.process_exit import report_exits

        builder = (builder or load_builder(study.model, place)).with_specs(study.parameters)
        builder = builder.for_data(dataset, study)
        with report_exits(f"the builder {builder.name}"):
            space = discover_space(builder, dataset, isolated(builder))
    makers = tuple(callbacks) or study.callbacks
    return PreparedStudy(study, place, folder, builder, dataset, space, makers)


def _heads(
    study: Study,
    root: Path,
    builder: Builder | None,
    isolated: Callable[[Builder], BuildInSandbox | None],
) -> tuple[Head, ...]:
    from tuneit.training.builders.build import default_heads
    from tuneit.training.builders.builder import load_builder
    from tuneit.training.user_code.process_exit import report_exits

    builder = (builder or load_builder(study.model, root)).with_specs(study.parameters)
    if builder.waits_for_data:
        return ()
    with report_exits(f"the builder {builder.name}"):
        return default_heads(builder, isolated(builder))
