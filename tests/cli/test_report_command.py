"""`tuneit report`: its formats, and what it passes or fails on."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest
from command import tuneit

from tuneit.report import pdf

pytestmark = pytest.mark.usefixtures("undrawn")


def test_checks_pass_or_fail_with_the_line(searched_iris: Path, tmp_path: Path) -> None:
    xml = tmp_path / "checks.xml"
    required = ["--require", "trials == 3", "--require", "test.accuracy > 1", "--junit", str(xml)]
    done = tuneit(searched_iris, "report", "study.yaml", *required)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[0] == "reports/iris/index.html"
    assert lines[1].startswith("passed  score > 0: ")  # the study's own
    assert lines[2] == "passed  trials == 3: 3"
    assert lines[3].startswith("failed  test.accuracy > 1: 0.")
    assert done.stderr.startswith("check failed: test.accuracy > 1 (0.")
    suite = ElementTree.parse(xml).getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("3", "1")
    failing = [case.get("name") for case in suite if case.find("failure") is not None]
    assert failing == ["test.accuracy > 1"]


def test_a_verdict_fails_and_others_pass(searched_iris: Path) -> None:
    summary = json.loads((searched_iris / "reports/iris/summary.json").read_text())
    verdict = summary["diagnosis"]["verdict"]
    other = "diverged" if verdict != "diverged" else "healthy"
    assert tuneit(searched_iris, "report", "study.yaml", "--fail-if", other).returncode == 0
    failed = tuneit(searched_iris, "report", "study.yaml", "--fail-if", verdict)
    assert failed.returncode == 1
    assert f"check failed: verdict != {verdict} ({verdict})" in failed.stderr
    assert summary["checks"][0]["check"] == "score > 0"
    assert (
        "All requirements of the study hold"
        in (searched_iris / "reports/iris/index.html").read_text()
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--require", "test.acuracy > 0.5"], "no number 'test.acuracy' - did you mean 'test.ac"),
        (["--require", "test.f1"], "compares a name with a value"),
        (["--fail-if", "overfiting"], "did you mean 'overfitting'"),
        (["--set", "checks=['val_acuracy > 0.5']"], "did you mean 'val_accuracy'"),
        (["--format", "doc"], "html"),
    ],
)
def test_what_makes_no_sense_is_bad_usage(
    searched_iris: Path, arguments: list[str], said: str
) -> None:
    done = tuneit(searched_iris, "report", "study.yaml", *arguments)
    assert done.returncode == 2
    assert said in " ".join(done.stderr.split())


def test_markdown_and_json_are_one_document_on_stdout(searched_iris: Path) -> None:
    done = tuneit(searched_iris, "report", "study.yaml", "--format", "md")
    assert done.stdout.startswith("## iris: tuneit report\n")
    assert "| ✅ passed | score \\> 0 |" in done.stdout
    assert done.stdout == (searched_iris / "reports/iris/report.md").read_text()
    assert done.stderr.startswith("passed  score > 0")
    rows = [line for line in done.stdout.splitlines() if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in rows[:4]} == {4}
    done = tuneit(searched_iris, "report", "study.yaml", "--format", "json")
    document = json.loads(done.stdout)
    assert document["study"]["name"] == "iris"
    assert document["checks"][0]["passed"] is True


def test_a_pdf_is_printed_or_told_how(searched_iris: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if any(map(shutil.which, pdf.BROWSERS)):
        done = tuneit(searched_iris, "report", "study.yaml", "--format", "pdf")
        assert done.stdout.splitlines()[0] == "reports/iris/report.pdf"
        assert (searched_iris / "reports/iris/report.pdf").read_bytes().startswith(b"%PDF")
    monkeypatch.setattr(pdf, "BROWSERS", ("no-such-browser",))
    done = tuneit(searched_iris, "report", "study.yaml", "--format", "pdf")
    assert done.returncode == 2
    assert "a PDF is printed by Chromium" in done.stderr
