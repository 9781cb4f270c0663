"""Make the trainer of a study that trains on a Ray cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuneit.study import ClusterSpec, Study
from tuneit.workbench.cohort_policy import CohortPolicy

if TYPE_CHECKING:
    from tuneit.training.cluster.trainer import ClusterTrainer
    from tuneit.training.recipe import Recipe


def cluster_trainer(study: Study, cluster: ClusterSpec, recipe: Recipe) -> ClusterTrainer:
    """Make the trainer; the cluster is joined when it trains.

    `workers` limits the trials, or cohorts, that train at the same time; without it there are as
    many as the cluster has room for. A cohort trains on one node. Trials that would all fit into
    one cohort are divided among the actors.
    """
    from tuneit.training.cluster.actors import ActorPool
    from tuneit.training.cluster.trainer import ClusterTrainer

    most = study.workers if "workers" in study.model_fields_set else None
    pool = ActorPool(cluster, recipe.builder.root, most, study.max_memory)
    members = 1 if study.trainer == "single" else CohortPolicy(study, recipe).members
    return ClusterTrainer(
        recipe,
        pool,
        members=members,
        trials=study.budget.trials,
        only_if_faster=study.trainer == "auto",
        trial_timeout=study.trial_timeout,
    )
