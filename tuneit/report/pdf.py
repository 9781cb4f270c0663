"""The report as PDF, printed by an installed Chromium."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tuneit.errors import MissingExtraError, WorkError
from tuneit.errors.writing import writing

BROWSERS = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"),
    *("microsoft-edge", "msedge"),
)
"""Commands of browsers that can print a page to a file."""

_SECONDS = 120
"""How long printing may take; 2,000 trials take a few seconds."""


def print_pdf(page: Path, target: Path) -> Path:
    """Print a page of HTML to a PDF; return the PDF's path.

    Raises MissingExtraError where no Chromium is installed, WorkError where it prints nothing.
    """
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        raise MissingExtraError(
            f"a PDF is printed by Chromium, Chrome or Edge, and none of them is installed: install "
            f"one, or open {page} in any browser and print it to a file"
        )
    with writing(target), tempfile.TemporaryDirectory() as profile:
        target.parent.mkdir(parents=True, exist_ok=True)
        printed = Path(profile) / "report.pdf"
        # Chromium refuses its sandbox to root, as whom containers run.
        as_root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        command = [
            *(browser, "--headless", "--disable-gpu", "--no-pdf-header-footer", *as_root),
            *(f"--user-data-dir={profile}", f"--print-to-pdf={printed}"),
            page.absolute().as_uri(),
        ]
        try:
            done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)
        except subprocess.TimeoutExpired:
            raise WorkError(f"{browser} did not print {page} within {_SECONDS} s") from None
        if not printed.exists():
            said = done.stderr.decode(errors="replace").strip().splitlines()
            raise WorkError(f"{browser} did not print {page}: {said[-1] if said else 'no reason'}")
        shutil.move(printed, target)
    return target
