"""Make the strategy, the pruner and the trainer that a study names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuneit.workbench.cohort_policy import CohortPolicy

if TYPE_CHECKING:
    from tuneit.search.protocols import Trainer
    from tuneit.strategies.enqueued import Enqueued
    from tuneit.strategies.pruners.pruner import Pruner
    from tuneit.strategies.pruners.wilcoxon import Wilcoxon
    from tuneit.workbench.prepared import PreparedStudy


def strategy_of(prepared: PreparedStudy) -> Enqueued:
    """Make the strategy that the study names, behind the configurations that the study enqueues.

    A user's own strategy is imported. Raises StrategyError for options that it does not take,
    SpaceError for a configuration that does not fit the space.
    """
    from tuneit.strategies.enqueued import Enqueued, configurations
    from tuneit.strategies.registry import make_strategy

    spec, own = prepared.study.strategy, None
    if spec.reference is not None:
        from tuneit.training.user_code.references import load_reference

        whose = "strategy's" if spec.sampler is None else "sampler's"
        own = load_reference(spec.reference, prepared.root, whose)
    strategy = make_strategy(spec, prepared.study.budget, own)
    return Enqueued(strategy, configurations(prepared.space, prepared.study.enqueue))


def pruner_of(prepared: PreparedStudy) -> Pruner | Wilcoxon:
    """Make the rule that stops poor trials.

    The default rule stops a limited share of the trials; a rule that the study names has no such
    limit. Raises PruningError for options that it does not take.
    """
    from tuneit.strategies.pruners.quota import Quota
    from tuneit.strategies.pruners.registry import make_pruner

    study = prepared.study
    quota = Quota() if study.pruning.name == "auto" else None
    return make_pruner(study.pruner, prepared.objective, study.budget.epochs, quota)


def trainer_of(prepared: PreparedStudy) -> Trainer:
    """Make the trainer that the study asks for: a cluster, workers, single trials, or cohorts."""
    study, recipe = prepared.study, prepared.recipe
    if study.cluster is not None:
        from tuneit.workbench.clustered import cluster_trainer

        return cluster_trainer(study, study.cluster, recipe)
    if study.in_processes:
        from tuneit.training.workers.trainer import WorkerTrainer

        return WorkerTrainer(
            recipe,
            workers=study.workers,
            trial_timeout=study.trial_timeout,
            max_memory=study.max_memory,
        )
    policy = CohortPolicy(study, recipe)
    # Where trials cannot train together, a program that is traced once may train each of them.
    if study.trainer == "single" or (policy.members == 1 and policy.fusion.reason is not None):
        from tuneit.training.single import SingleTrainer

        return SingleTrainer(recipe)
    from tuneit.training.cohort.trainer import CohortTrainer

    return CohortTrainer(recipe, policy.members, only_if_faster=study.trainer == "auto")
