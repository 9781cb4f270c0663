"""The report in a real browser: nothing is blocked, nothing is fetched, everything is there."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from report_builders import a_content, a_study, all_evaluations

from tuneit.report import render_report
from tuneit.report.sections import SECTIONS

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)


@pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine")
@pytest.mark.parametrize("theme", ["auto", "dark"])
def test_a_browser_shows_it_all_and_blocks_nothing(tmp_path: Path, theme: str) -> None:
    page = tmp_path / "index.html"
    content = a_content(study=a_study(report={"theme": theme}), evaluation=all_evaluations())
    page.write_text(render_report(content))
    done = subprocess.run(
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
            f"--user-data-dir={tmp_path / 'profile'}",
            "--dump-dom",
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    shown = [build for build in SECTIONS if build(content) is not None]
    assert done.stdout.count("<section id=") == len(shown) > 8
    # Chromium logs what a page's policy blocks, or what it fails to load, as from its console.
    complaints = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    assert not complaints
