"""The evaluations of a model with several outputs, by the outputs' names."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

from tuneit.evaluation.kinds import OutputEvaluation


@dataclass(frozen=True, eq=False)
class NamedEvaluation:
    """The evaluation of the output `name`."""

    name: str
    evaluation: OutputEvaluation


@dataclass(frozen=True, eq=False)
class SeveralEvaluation:
    """One evaluation for each output of a model, in the model's order."""

    outputs: tuple[NamedEvaluation, ...]

    task = "several"

    @property
    def n(self) -> int:
        """The number of rows, which all outputs share."""
        return self.outputs[0].evaluation.n

    def __getitem__(self, name: str) -> OutputEvaluation:
        for output in self.outputs:
            if output.name == name:
                return output.evaluation
        raise KeyError(name)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON-ready form, as `summary.json` gives it."""
        return {
            "task": self.task,
            "n": self.n,
            "outputs": [{"name": o.name, **o.evaluation.to_dict()} for o in self.outputs],
        }

    def headline(self) -> str:
        """Each output's main numbers, in one line."""
        return "; ".join(f"{o.name}: {o.evaluation.headline()}" for o in self.outputs)

    def __str__(self) -> str:
        return "\n".join(f"{o.name}: {o.evaluation}" for o in self.outputs)

    def _repr_html_(self) -> str:
        return "".join(
            f"<h4>{escape(o.name)}</h4>{o.evaluation._repr_html_()}" for o in self.outputs
        )
