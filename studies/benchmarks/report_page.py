"""How long a report of many trials takes to write, and its page to open and to sort in Chromium.

    python studies/benchmarks/report_page.py                  # 200, 1,000 and 2,000 trials
    python studies/benchmarks/report_page.py --trials 500
    python studies/benchmarks/report_page.py --smoke          # seconds, for a test

Random search trains so many networks on digits for three epochs, in cohorts. Then its report is
written once more, which is timed without imports. Chromium opens the page with an empty profile;
the times are those that it gives itself: until the page is loaded, and until it has been drawn
again after a column was chosen to sort by. Without Chromium these columns stay empty.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

CLOCK = """
addEventListener("load", () => setTimeout(() => {
  const page = performance.getEntriesByType("navigation")[0];
  const choice = document.querySelector("#trials select");
  const began = performance.now();
  choice.value = "rate"; choice.onchange();
  requestAnimationFrame(() => setTimeout(() =>
    console.log(`took ${page.loadEventEnd} ${performance.now() - began} ms`)));
}));
"""
"""Tells the console when the page was loaded, and how long it took to sort the trials."""

LONGEST = 60
"""Seconds that Chromium gets."""


def report_of(trials: int, folder: Path) -> tuple[Path, float]:
    """Search; return the report's page and the seconds that writing it took."""
    from overhead import DIGITS, build_model

    import tuneit

    found = tuneit.search(
        build_model,
        DIGITS,
        objective="val_accuracy",
        strategy="random",
        trials=trials,
        epochs=3,
        early_stopping=None,
        trainer="cohort",
        output=folder,
        quiet=True,
    )
    began = time.perf_counter()
    page = found.report(folder / "page.html")
    return page, time.perf_counter() - began


def in_chromium(page: Path, folder: Path) -> tuple[float, float] | None:
    """Milliseconds until the page is loaded, and to sort its trials; None without Chromium."""
    names = ("chromium", "chromium-browser", "google-chrome")
    browser = next(filter(None, map(shutil.which, names)), None)
    if browser is None:
        return None
    html = page.read_text()
    policy = re.search(r"<meta http-equiv[^>]*>", html)
    assert policy is not None, "the page has no content security policy"
    timed = folder / "timed.html"
    script = f"<script>{CLOCK}</script></body>"
    timed.write_text(html.replace(policy.group(), "").replace("</body>", script))
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
    command += ["--enable-logging=stderr", "--remote-debugging-port=0", "--window-size=1200,900"]
    command += [f"--user-data-dir={folder / 'profile'}", timed.as_uri()]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, errors="replace") as process:
        assert process.stderr is not None
        stop = time.monotonic() + LONGEST
        try:
            for line in process.stderr:
                if took := re.search(r"took ([\d.]+) ([\d.]+) ms", line):
                    return float(took[1]), float(took[2])
                if time.monotonic() > stop:
                    break
        finally:
            process.kill()
    return None


def measure(trials: int) -> str:
    """A row of the table."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        page, seconds = report_of(trials, Path(place))
        size = page.stat().st_size / 1e6
        shown: Any = in_chromium(page, Path(place))
    opened, sorted_in = ("", "") if shown is None else (f"{t / 1000:.2f}" for t in shown)
    return f"| {trials:,} | {seconds:.1f} | {size:.2f} | {opened} | {sorted_in} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--trials", type=int, nargs="+", default=[200, 1000, 2000])
    parser.add_argument("--smoke", action="store_true", help="three trials")
    options = parser.parse_args()
    print("| trials | report, s | page, MB | opens, s | sorts, s |\n|---|---|---|---|---|")
    for trials in [3] if options.smoke else options.trials:
        print(measure(trials), flush=True)


if __name__ == "__main__":
    main()
