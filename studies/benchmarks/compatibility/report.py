"""The table of all searches: a line for each case, and the sums."""

from __future__ import annotations

from cases import Case
from searches import Row

TOOLS = ("tuneit", "keras-tuner")


class Report:
    """Gathers the rows; prints a Markdown table."""

    head = (
        "| family | builder | tuneit | s | evaluated | keras-tuner | s | what goes wrong |\n"
        "|---|---|---|---|---|---|---|---|"
    )

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self._cases: dict[str, set[str]] = {tool: set() for tool in TOOLS}
        self._wrong: dict[str, set[str]] = {tool: set() for tool in TOOLS}

    def add(self, case: Case, rows: list[Row]) -> str:
        """Take a case's searches; return its line."""
        self.rows += rows
        cells: list[str] = []
        for tool in TOOLS:
            mine = [row for row in rows if row.tool == tool]
            right = sum(row.wrong is None for row in mine)
            if mine:
                self._cases[tool].add(case.name)
            if right < len(mine):
                self._wrong[tool].add(case.name)
            said = f"{right} of {len(mine)}" if len(mine) > 1 else ("right" if right else "wrong")
            mean = sum(row.seconds for row in mine) / max(len(mine), 1)
            cells += [said, f"{mean:.1f}"] if mine else ["–", "–"]
            if tool == "tuneit":
                done = [row for row in mine if row.wrong is None and not case.refused]
                looked = "yes" if all(row.evaluation is None for row in done) else "no"
                cells.append(looked if done else "–")
        return f"| {' | '.join([case.family, case.name, *cells, self._said(rows)])} |"

    @staticmethod
    def _said(rows: list[Row]) -> str:
        """What went wrong, each reason once with those whom it met."""
        met: dict[str, list[str]] = {}
        for row in rows:
            if row.wrong is not None:
                who = f"tuneit {row.strategy}" if row.tool == "tuneit" else row.tool
                met.setdefault(row.wrong, []).append(who)
            elif row.evaluation is not None:
                met.setdefault(row.evaluation, []).append("tuneit's evaluation")
        text = "; ".join(f"{', '.join(who)}: {said}" for said, who in met.items())
        return text.replace("|", "\\|")

    def sums(self) -> str:
        """One line a tool: how many builders came out right, and the seconds."""
        lines = []
        for tool in TOOLS:
            mine = [row for row in self.rows if row.tool == tool]
            searches = sum(row.wrong is None for row in mine)
            count = len(self._cases[tool])
            seconds = sum(row.seconds for row in mine)
            lines.append(
                f"{tool}: {count - len(self._wrong[tool])} of {count} builders right, "
                f"{searches} of {len(mine)} searches, {seconds:.0f} s"
            )
        return "\n".join(lines)
