"""The guide in studies/: generated pages are up to date, and its examples run."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from contextlib import chdir
from pathlib import Path

import pytest
from command import tuneit

STUDIES = Path(__file__).parents[1] / "studies"
GUIDE = STUDIES / "guide"

BLOCK = re.compile(r"(?:^`([\w.]+)`:\n\n)?^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
"""A block of code, with the name of its file where one stands above it."""


def test_generated_pages_are_what_the_tables_say() -> None:
    for name, page in runpy.run_path(str(GUIDE / "generate.py"))["PAGES"].items():
        assert (GUIDE / name).read_text(encoding="utf-8") == page(), (
            f"{name} is out of date: run `python studies/guide/generate.py`"
        )


@pytest.mark.parametrize(
    "page", [STUDIES / "README.md", GUIDE / "own-data.md"], ids=lambda p: p.stem
)
def test_files_and_commands_of_a_page_work(page: Path, tmp_path: Path) -> None:
    ran = 0
    for name, language, text in BLOCK.findall(page.read_text(encoding="utf-8")):
        if name:
            (tmp_path / name).write_text(text, encoding="utf-8")
        elif language == "sh":
            for command, *arguments in map(str.split, text.splitlines()):
                if command == "python":
                    subprocess.run([sys.executable, *arguments], cwd=tmp_path, check=True)
                elif command == "tuneit":
                    done = tuneit(tmp_path, *arguments)
                    assert done.returncode == 0, done.stderr
                    assert "estimate" in done.stdout
                    ran += 1
    assert ran


@pytest.mark.eager
@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("name", ["from-keras-tuner.md", "from-optuna.md", "data-forms.md"])
def test_examples_in_python_run(name: str, tmp_path: Path) -> None:
    [(_, _, code)] = BLOCK.findall((GUIDE / name).read_text(encoding="utf-8"))
    with chdir(tmp_path):
        exec(compile(code, name, "exec"), {"__name__": "example"})
    assert list(tmp_path.glob("reports/*/index.html"))


def test_links_lead_somewhere() -> None:
    for page in (STUDIES.parent / "README.md", STUDIES / "README.md", *GUIDE.glob("*.md")):
        for link in re.findall(r"\]\(([^)#:]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name}: {link}"
