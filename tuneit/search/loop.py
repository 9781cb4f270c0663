"""The search loop: propose → train → record → stop.

Trainer, ledger, clock and screen are arguments. An error in a trial makes a failed trial. Only
errors that every later trial would meet too are raised.
"""

from __future__ import annotations

from dataclasses import dataclass

from tuneit.search.config import SearchConfig
from tuneit.search.progress import Progress
from tuneit.search.proposals import Proposals
from tuneit.search.recorder import Recorder
from tuneit.search.watcher import Watcher
from tuneit.space import SearchSpace
from tuneit.trials import TrialState


@dataclass(frozen=True)
class Outcome:
    """How a search ended: `stopped` says why; `space` has the hyperparameters that trials added."""

    space: SearchSpace
    stopped: str
    interrupted: bool = False


def run_search(config: SearchConfig) -> Outcome:
    """Search until a limit or `stopping` says so, the space is exhausted, or Ctrl-C.

    A trial that Ctrl-C interrupts stays unfinished in the store. When the search is resumed, it is
    trained first, under the same number.
    """
    progress = Progress(config)
    proposals = Proposals(config, progress)
    recorder = Recorder(config, progress)
    was_interrupted = False
    config.view.begin(progress.trials)
    try:
        for trial in config.trainer.train(proposals, Watcher(config, progress)):
            if not config.interrupted() or trial.state is TrialState.COMPLETE:
                recorder.finish(trial)
            if config.interrupted():
                raise KeyboardInterrupt
    except KeyboardInterrupt:
        was_interrupted = True
    finally:
        config.view.end()
    if was_interrupted:
        return Outcome(progress.space, "interrupted; the same command resumes", True)
    return Outcome(progress.space, proposals.stopped or proposals.nothing_left())
