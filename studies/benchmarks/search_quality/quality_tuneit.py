"""tuneit's own search loop over a table."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from quality_table import Meter, Searched
from quality_tasks import ask_keras

from tuneit.curves import LearningCurve
from tuneit.diagnosis import diagnose_curve
from tuneit.screen.views import QuietView
from tuneit.search import Limits, SearchConfig, run_search
from tuneit.search.protocols import Observer
from tuneit.space import SearchSpace
from tuneit.strategies.pruners.quota import Quota
from tuneit.strategies.pruners.registry import make_pruner
from tuneit.strategies.registry import make_strategy
from tuneit.study import Budget, PruningSpec, StrategySpec
from tuneit.trials import Proposal, Trial, TrialState


def space_of(table: Searched) -> SearchSpace:
    """The space as tuneit finds it by calling a builder."""
    from tuneit.training.builders.hyperparameters import TrialHyperParameters

    hp = TrialHyperParameters()
    for name, values in table.task.axes.items():
        ask_keras(hp, name, values)
    return SearchSpace(hp.requested)


@dataclass
class Memory:
    """A store of trials that forgets them when the process ends."""

    kept: list[Trial] = field(default_factory=list)

    def trials(self) -> Sequence[Trial]:
        return self.kept

    def propose(self, proposal: Proposal, space: SearchSpace) -> None:
        self.kept.append(
            Trial(proposal.number, proposal.params, seed=proposal.seed, memory=proposal.memory)
        )

    def start(self, proposal: Proposal, space: SearchSpace) -> None:
        pass

    def record(self, trial: Trial, space: SearchSpace) -> None:
        self.kept[trial.number] = trial


@dataclass
class Lookup:
    """A trainer that reads learning curves from a table."""

    table: Searched
    meter: Meter
    store: Memory

    def train(self, proposals: Iterator[Proposal], observer: Observer) -> Iterator[Trial]:
        for proposal in proposals:
            yield self._trained(proposal, observer)

    def _trained(self, proposal: Proposal, observer: Observer) -> Trial:
        table, params = self.table, proposal.params
        observer.started(proposal)
        row = table.place(params)
        begin = 0 if proposal.parent is None else self.store.kept[proposal.parent].epochs
        end = min(proposal.epochs or table.epochs, int(table.lengths[row]))
        state, epoch, reason = TrialState.COMPLETE, begin, None
        while epoch < end:
            epoch += 1
            logs = table.logs(row, epoch)
            if math.isnan(table.curves[row][epoch - 1]):
                state = TrialState.FAILED
                break
            reason = observer.epoch(proposal.number, epoch, logs)
            if reason is not None:
                state = TrialState.PRUNED
                break
        self.meter.spend(params, epoch - begin)
        rows = [table.logs(row, e) for e in range(1, epoch + 1)]
        curve = LearningCurve.from_epochs(rows)
        trial = Trial(
            proposal.number, params, state, proposal.seed, curve=curve, memory=proposal.memory
        )
        if state is TrialState.FAILED:
            return replace(trial, error="loss became NaN")
        best = float(table.curves[row][:epoch].min())
        if state is TrialState.COMPLETE:
            self.meter.found(best)
        return replace(trial, score=-table.objective.sign * best)


def search(
    name: str, table: Searched, seed: int, meter: Meter, store: Memory | None = None
) -> None:
    """Run a search as `strategy` or `strategy+pruning`, such as `optuna:tpe+asha`.

    Options follow in brackets: `bayesian[initial=5]+asha[reduction_factor=4]`. Pruning `auto` is
    asha with the quota that a study's default has. A search goes on with the trials of `store`.
    """
    strategy, _, pruning = name.partition("+")
    kind, options = _options(strategy)
    kind, _, sampler = kind.partition(":")
    rule, rule_options = _options(pruning or "none")
    quota = Quota() if rule == "auto" else None
    budget = Budget(time=3600.0, epochs=table.epochs)
    spec = StrategySpec(name=kind, sampler=sampler or None, options=options)  # type: ignore[arg-type]
    least = int(rule_options.pop("min_epochs", 1))
    pruner = PruningSpec(name="asha" if quota else rule, min_epochs=least, options=rule_options)  # type: ignore[arg-type]
    store = store or Memory()
    run_search(
        SearchConfig(
            space=space_of(table),
            objective=table.objective,
            strategy=make_strategy(spec, budget),
            trainer=Lookup(table, meter, store),
            store=store,
            seed=seed,
            limits=Limits(),
            pruner=make_pruner(pruner, table.objective, table.epochs, quota),
            view=QuietView(),
            judge=_verdict if kind == "guided" else lambda trial: None,
            keep=lambda trial, is_best: None,
            interrupted=lambda: meter.over,
        )
    )


def _verdict(trial: Trial) -> str | None:
    """What `guided` looks at: the verdict on a trial's curve, unless that was cut off."""
    if trial.curve is None or trial.state is not TrialState.COMPLETE:
        return None
    return str(diagnose_curve(trial.curve).verdict)


def _options(text: str) -> tuple[str, dict[str, Any]]:
    """`name[a=1,b=2.5]` as a name and its options."""
    name, _, inner = text.rstrip("]").partition("[")
    pairs = (pair.split("=") for pair in inner.split(",") if pair)
    return name, {key: float(v) if "." in v else int(v) for key, v in pairs}
