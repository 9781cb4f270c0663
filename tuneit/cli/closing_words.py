"""The text that the command line prints when a search has ended."""

from __future__ import annotations

import textwrap

from tuneit.errors.harmless import for_line
from tuneit.errors.wording import counted, score_text
from tuneit.evaluation import SeveralEvaluation
from tuneit.result import SearchResult
from tuneit.result.evaluating import objective_on_test
from tuneit.screen.views import params_text
from tuneit.study.paths import nearby
from tuneit.trials import Trial
from tuneit.trials.named_metric import named_metric

INDENT = 7
"""Columns that the first word of a line takes; what goes on below it stands right of these."""


def closing_words(result: SearchResult, width: int | None = None) -> str:
    """The best trial, test result, verdict, first recommendations and the report's path.

    Lines longer than `width` columns go on in the next one; None leaves them as they are.
    """
    best = result.best_or_none
    unfinished = sum(trial.interrupted for trial in result.trials)
    ended = counted(len(result.trials) - unfinished, "trial")
    begun = f" and {unfinished} unfinished" if unfinished else ""
    lines = [f"{ended}{begun}; {result.stopped}."]
    if best is not None:
        diagnosis = result.diagnose()
        lines += [
            f"best   trial {best.number}, {_named(result)} {score_text(best.score or 0.0)}: "
            f"{params_text(best.params)}",
            *_front_words(result),
            *_test_words(result, best),
            f"says   {diagnosis.verdict} (confidence {diagnosis.confidence:.2f})",
            *(f"       {finding}" for finding in diagnosis.findings[:2]),
            *(f"others {compared}" for compared in result.compared[:1]),
            *(
                f"try    {advice.action}: {advice.change or advice.reason}"
                for advice in diagnosis.recommendations[:3]
            ),
        ]
    lines.append(f"report {nearby(result.folder.report)}")
    return "\n".join(_wrapped(for_line(line), width) for line in lines)


def _named(result: SearchResult) -> str:
    return named_metric(result.objective.metric, result.data.description)


def _wrapped(line: str, width: int | None) -> str:
    if width is None or len(line) <= width or line.startswith("report"):
        return line
    kept = len(line) - len(line.lstrip())
    return textwrap.fill(
        line.strip(),
        width,
        initial_indent=" " * kept,
        subsequent_indent=" " * (INDENT if kept < INDENT else kept + 2),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _test_words(result: SearchResult, best: Trial) -> list[str]:
    if result.evaluation is None:
        return [f"test   {result.untested}"]
    final = result.final_evaluation
    looks = final.looks if final is not None else 1
    evaluation, more = result.evaluation, ""
    if best.imported:
        more += "; keras-tuner may have trained it on these rows"
    if looks > 1:
        more += f"; evaluation number {looks} of this study on these rows"
    on_test, metric = objective_on_test(result), _named(result).removeprefix("val_")
    objective = (
        []
        if on_test is None
        else [f"       the objective's metric, {metric}: {score_text(on_test)}"]
    )
    if not isinstance(evaluation, SeveralEvaluation):
        caution = getattr(evaluation, "caution", "")
        warned = [f"       but {caution}"] if caution else []
        return [f"test   {evaluation.headline()}{more}", *warned, *objective]
    outputs = [f"       {o.name}: {o.evaluation.headline()}" for o in evaluation.outputs]
    return [
        f"test   {counted(len(outputs), 'output')}, {counted(evaluation.n, 'row')}{more}",
        *objective,
        *outputs,
    ]


def _front_words(result: SearchResult) -> list[str]:
    objectives = result.study.objectives
    if len(objectives) < 2:
        return []
    numbers = [str(trial.number) for trial in result.pareto_front]
    metrics = ", ".join(objective.metric for objective in objectives)
    shown = ", ".join(numbers[:8]) + (", ..." if len(numbers) > 8 else "")
    return [f"front  {counted(len(numbers), 'trial')} on the Pareto front of {metrics}: {shown}"]
