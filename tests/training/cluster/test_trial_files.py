"""Files of trials that travel as bytes."""

from __future__ import annotations

from pathlib import Path

from tuneit.training.cluster.trial_files import NewFiles, read_files, trial_files, write_files


def a_folder(tmp_path: Path) -> Path:
    for name in (
        "models/0007.keras",
        "models/0017.keras",
        "models/.0007.scratch",
        "paused/0007-2.best.npz",
        "paused/0007.json",
        "logs/0007/train/events",
        "logs/0070/events",
        "other/0007.txt",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")
    return tmp_path


def test_a_trial_has_models_checkpoints_and_logs(tmp_path: Path) -> None:
    folder = a_folder(tmp_path)
    found = read_files(folder, trial_files(folder, [7]))
    assert sorted(found) == [
        "logs/0007/train/events",
        "models/0007.keras",
        "paused/0007-2.best.npz",
        "paused/0007.json",
    ]
    write_files(tmp_path / "elsewhere", found)
    assert read_files(
        tmp_path / "elsewhere", trial_files(tmp_path / "elsewhere", [7, 8])
    ) == found  # fmt: skip


def test_only_new_files_are_sent(tmp_path: Path) -> None:
    folder = a_folder(tmp_path)
    new = NewFiles(folder)
    new.note([7])
    assert new.of(7) == {}
    (folder / "models/0007.keras").write_text("trained on", encoding="utf-8")
    assert new.of(7) == {"models/0007.keras": b"trained on"}
    assert new.of(7) == {}
    new.forget()
    assert list(trial_files(folder, [7])) == []
    assert (folder / "models/0017.keras").exists()
