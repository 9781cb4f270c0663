"""`tuneit diagnose` on files and folders."""

from __future__ import annotations

from pathlib import Path

from tuneit.cli.diagnose import diagnose_logs, table
from tuneit.findings import Reference

HEADER = "epoch,loss,val_loss\n"


def a_log(path: Path, rise: float) -> Path:
    rows = (
        f"{epoch},{1.6 * 0.9**epoch},{0.5 + 0.9**epoch + rise * max(0, epoch - 12)}"
        for epoch in range(40)
    )
    path.write_text(HEADER + "\n".join(rows))
    return path


def test_a_bad_file_is_named_and_the_others_are_answered(tmp_path: Path) -> None:
    a_log(tmp_path / "good.csv", rise=0.03)
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "binary.csv").write_bytes(bytes(range(256)))
    for paths in ([tmp_path], sorted(tmp_path.iterdir())):
        reports, errors = diagnose_logs(paths, Reference())
        assert [Path(report.source).name for report in reports] == ["good.csv"]
        assert [str(e).count("\n") for e in errors] == [0, 0]
        assert "binary.csv" in str(errors[0])
        assert "empty.csv" in str(errors[1])


def test_one_run_is_told_in_full_and_several_in_a_table(tmp_path: Path) -> None:
    one, two = a_log(tmp_path / "a.csv", 0.03), a_log(tmp_path / "b.csv", 0.0)
    (first,), _ = diagnose_logs([one], Reference())
    assert first.diagnosis.findings[0].summary in table([first])
    both, _ = diagnose_logs([one, two], Reference())
    lines = table(both).splitlines()
    assert lines[0].split()[:4] == ["run", "epochs", "verdict", "confidence"]
    assert lines[-1].startswith("2 runs: ")
    assert first.to_dict()["epochs"] == 40
