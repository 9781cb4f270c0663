"""Notes on how a study will be trained, and on what its author may not expect."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from tuneit.errors.wording import listing
from tuneit.space import GRID_POINTS
from tuneit.workbench.cohort_policy import LEARNING, CohortPolicy
from tuneit.workbench.prepared import PreparedStudy

if TYPE_CHECKING:
    from tuneit.training.fitting.inspection import ModelInspection


def how_trained(policy: CohortPolicy) -> str:
    """Say which trials train together, and why others do not."""
    study = policy.study
    if study.cluster is not None:
        together = str(replace(policy.fusion, members=policy.members)) if policy.fuses else ""
        return f"on the Ray cluster `{study.cluster.address}`, each trial with " + (
            f"{study.cluster.resources}" + (f"; on one node {together}" if together else "")
        )
    if study.in_processes:
        return f"{study.workers} at a time, each in its own process"
    if study.trainer == "single":
        return "one at a time, as `trainer: single` says"
    fusion = policy.fusion
    if fusion.reason is not None or policy.members > 1:
        return str(replace(fusion, members=min(fusion.members, policy.members)))
    why = f"strategy {study.strategy.name} learns from each result, and trials "
    if policy.has_rules:
        why = "`stopping` looks at each result"
    elif fusion.splits:
        why += f"that differ in {listing(fusion.splits)} cannot train together"
    elif fusion.alone:
        value, reason = fusion.alone[0]
        why += f"with {value} cannot train with others ({reason})"
    else:
        why += "of models as large as these train hardly faster together"
    return f"one at a time: {why}; `trainer: cohort` proposes {LEARNING} trials at once"


def notes(prepared: PreparedStudy, model: ModelInspection) -> Iterator[str]:
    """Yield notes on what the study's author may not expect; `model` is its inspected model."""
    from tuneit.data.streamed import StreamedDataset

    if prepared.study.strategy.name == "grid" and prepared.space.coarse:
        names = prepared.space.coarse
        of = "of" if len(names) == 1 else "each of"
        yield f"the grid has {GRID_POINTS} values {of} {listing(names)}: set a `step` to get others"
    from tuneit.training.keras_loader import WITH_OTHERS, backend

    if (name := backend()) != "tensorflow":
        yield f"Keras's backend is {name}: with it work {WITH_OTHERS}"
    local = prepared.study.in_processes and prepared.study.cluster is None
    if local and prepared.study.trainer == "cohort":
        yield (
            "`trainer: cohort` has no effect with `workers`, `trial_timeout` or `max_memory`: with "
            "them each trial trains in its own process"
        )
    elif prepared.study.trainer == "cohort":
        from tuneit.training.cohort.preparing import study_refusal

        if reason := study_refusal(prepared.recipe):
            yield f"`trainer: cohort` has no effect: {reason}; each trial trains alone"
    if prepared.study.treat is not None and prepared.study.workers > 1:
        yield (
            "treatments train in one process, those of like models together: `workers` are for "
            "trials, and starting them anew for each treatment takes longer than they save"
        )
    if isinstance(prepared.dataset, StreamedDataset) and prepared.dataset.is_batched:
        asked = prepared.study.model_fields_set & {"batch_size"} or "batch_size" in (
            prepared.space.names
        )
        if asked:
            yield (
                "`batch_size` has no effect: the training stream gives batches itself, and these "
                "are trained on as they are; give a stream of single rows (without batch()) to "
                "choose their size"
            )
    scaler = prepared.dataset.target_scaler
    if scaler is not None and (unknown := scaler.unknown(model.metrics)):
        yield (
            f"{listing(unknown)} {'is' if len(unknown) == 1 else 'are'} measured on the scaled "
            "target, since how the metric grows with the unit is not known: mae, rmse and mse are "
            "given back in the target's unit"
        )
    if not model.calls_back:
        yield (
            f"the fit of {prepared.builder.name} does not pass its `callbacks` on to Keras, so "
            "trials can neither be pruned nor stopped early, and their epochs are not shown"
        )
    if model.shares_weights:
        yield (
            f"{prepared.builder.name} gives each trial the same model, or the same trainable "
            "layers: each trial starts with the weights that the trial before it trained, so "
            "scores do not compare; make the model and its layers inside the function"
        )
    if not model.saves:
        yield (
            f"Keras cannot save the model of {prepared.builder.name}, because it has no "
            "get_config or its train_step never calls the model: only the best model's "
            "weights are kept, as best.weights.h5, and `best_model()` builds the model again"
        )
