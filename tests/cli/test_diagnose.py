"""`tuneit diagnose` on files and folders."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from tuneit.cli.diagnose import column_map, diagnose_logs, table
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


def test_columns_are_told_where_they_were_guessed_or_given(tmp_path: Path) -> None:
    log = tmp_path / "a.csv"
    a_log(log, 0.03).write_text(log.read_text().replace("loss,val_loss", "trn_obj,dev_obj"))
    (refused,) = diagnose_logs([log], Reference())[1]
    assert "--map" in str(refused)
    given = column_map(["loss=trn_obj,val_loss=dev_obj"])
    ((report,), _) = diagnose_logs([log], Reference(), given)
    assert report.to_dict()["columns"] == given
    assert "read as" not in table([report])

    log.write_text(log.read_text().replace("trn_obj,dev_obj", "train/a_loss,val/a_loss"))
    ((report,), _) = diagnose_logs([log], Reference())
    assert "read as: loss = train/a_loss; val_loss = val/a_loss" in table([report])


@pytest.mark.parametrize(
    ("texts", "columns"),
    [
        (["loss=a, val_loss = b"], {"loss": "a", "val_loss": "b"}),
        (["loss=a", "val_loss=b"], {"loss": "a", "val_loss": "b"}),
        (["loss=x, y,val_loss=b=c"], {"loss": "x, y", "val_loss": "b=c"}),
        (["loss=a + b"], {"loss": "a + b"}),
    ],
)
def test_maps(texts: list[str], columns: dict[str, str]) -> None:
    assert column_map(texts) == columns


def test_a_map_without_a_column() -> None:
    with pytest.raises(typer.BadParameter, match="as in loss=train_nll"):
        column_map(["loss"])
