"""The report in a real browser: nothing is blocked, nothing is fetched, everything is there."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from report_builders import a_content, a_trial, all_evaluations

from tuneit.report import render_report
from tuneit.report.sections import SECTIONS

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)


needs_browser = pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine")


def opened(page: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Open a page; return the document that its script leaves, and what the browser logs."""
    return subprocess.run(
        [
            str(BROWSER),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
            "--enable-logging=stderr",
            f"--user-data-dir={folder / 'profile'}",
            "--dump-dom",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )


@needs_browser
def test_a_browser_shows_it_all_and_blocks_nothing(tmp_path: Path) -> None:
    page = tmp_path / "index.html"
    content = a_content(evaluation=all_evaluations())
    page.write_text(render_report(content))
    done = opened(page, tmp_path)
    shown = [build for build in SECTIONS if build(content) is not None]
    assert done.stdout.count("<section id=") == len(shown) > 8
    # Chromium logs what a page's policy blocks, or what it fails to load, as from its console.
    complaints = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    assert not complaints


CLICKS = """
addEventListener("DOMContentLoaded", () => {
const box = document.querySelector("#trials input"), choice = document.querySelector("select");
choice.value = "units"; choice.onchange();
document.querySelector(".controls button").click();
box.value = "learning_rate<0.02"; box.oninput();
});
"""


@needs_browser
@pytest.mark.usefixtures("undrawn")
def test_the_table_of_trials_is_sorted_and_filtered(tmp_path: Path) -> None:
    trials = [
        a_trial(n, params={"units": units, "learning_rate": rate})
        for n, (units, rate) in enumerate([(32, 0.01), (128, 0.001), (9, 0.5), (20_000, 1e-5)])
    ]
    html = render_report(a_content(trials=trials, best=trials[0]))
    policy = re.search(r"<meta http-equiv[^>]*>", html)
    assert policy is not None
    page = tmp_path / "index.html"  # without its policy, which forbids the script of this test
    page.write_text(
        html.replace(policy[0], "").replace("</body>", f"<script>{CLICKS}</script></body>")
    )
    found = opened(page, tmp_path).stdout
    rows = re.findall(r'<tr class="complete[^"]*"([^>]*)><th[^>]*>(\d)</th>', found)
    assert [number for hidden, number in rows if not hidden] == ["3", "1", "0"]
    assert [number for _, number in rows] == ["3", "1", "0", "2"]
    assert ">3 of 4</span>" in found
