"""Several studies on one page: the same test rows where there are such, and what differs."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from command import tuneit
from iris_study import STUDY

from tuneit.report.comparing import PairedScores
from tuneit.result.comparing import paired_interval

pytestmark = [pytest.mark.usefixtures("undrawn"), pytest.mark.eager]

OTHER = STUDY.replace("name: iris\nseed", "name: wider\nseed").replace(
    "budget: {trials: 3, epochs: 4}",
    "parameters: {units: {min: 4, max: 32, step: 4}}\nbudget: {trials: 1, epochs: 2}",
)


def test_studies_are_compared_on_the_rows_that_they_share(
    searched_iris: Path, tmp_path: Path
) -> None:
    for file in ("model.py", "study.yaml"):
        shutil.copy2(searched_iris / file, tmp_path)
    shutil.copytree(searched_iris / "reports", tmp_path / "reports")
    (tmp_path / "wider.yaml").write_text(OTHER)
    assert tuneit(tmp_path, "search", "wider.yaml", "--quiet").returncode == 0
    done = tuneit(tmp_path, "report", "study.yaml", "wider.yaml")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "reports/iris_wider.html\n"
    page = (tmp_path / "reports/iris_wider.html").read_text()
    assert '<td>accuracy</td><td class="num">30</td>' in page
    assert 'aria-label="Search space by study"' in page  # units reach further
    assert '<th scope="row">budget.trials</th>' in page
    assert "4 to 32" in page
    for arguments, said in (
        (["study.yaml", "study.yaml"], "one search is given twice"),
        (["study.yaml", "wider.yaml", "--fail-if", "healthy"], "for one study"),
    ):
        done = tuneit(tmp_path, "report", *arguments)
        assert done.returncode == 2
        assert said in " ".join(done.stderr.replace("│", " ").split())


def test_an_interval_of_pairs_is_narrower_than_one_of_rows_that_do_not_match() -> None:
    rng = np.random.default_rng(0)
    hard = rng.random(400)
    first = (hard < 0.8).astype(float)
    other = (hard < 0.84).astype(float)  # right wherever the first one is
    low, high = paired_interval(first, other, 0.95)
    assert 0 < low < float((other - first).mean()) < high
    assert paired_interval(first, other, 0.95) == (low, high)
    unmatched = paired_interval(first, rng.permutation(other), 0.95)
    assert high - low < unmatched[1] - unmatched[0]
    assert paired_interval(first, first, 0.95) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("interval", "higher", "said"),
    [
        ((-0.1, 0.1), True, "no difference beyond chance"),
        ((0.1, 0.2), True, "better"),
        ((0.1, 0.2), False, "worse"),
        ((-0.2, -0.1), False, "better"),
    ],
)
def test_words_follow_the_interval(interval: tuple[float, float], higher: bool, said: str) -> None:
    assert PairedScores("b", "m", higher, 9, 0.5, 0.6, interval, 0.95).said == said
