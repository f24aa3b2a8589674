"""The run folder: whole files or none, nothing overwritten, and plain words when something is wrong."""

import errno
import json
import os
from pathlib import Path

import polars as pl
import pytest

from glasswork.errors import RunFolderError, TrainingError
from glasswork.runs.folder import RunFolder


@pytest.fixture
def folder(tmp_path):
    made = RunFolder.create("penguins", tmp_path)
    made.write_text("recipe.yaml", "seed: 4\n")
    contract = {"kind": "table", "task": "regression", "sources": ["a.csv"], "sha256": "0", "rows": 3}
    made.write_json("data.json", contract)
    return made


def test_a_name_that_is_taken_gets_a_number(tmp_path):
    names = [RunFolder.create("my data.csv", tmp_path).path.name for _ in range(3)]
    assert names == ["my-data.csv", "my-data.csv-2", "my-data.csv-3"]


def test_a_name_cannot_leave_the_runs_directory(tmp_path):
    assert RunFolder.create("../../etc", tmp_path).path.parent == tmp_path


def test_open_reads_back_recipe_and_contract(folder):
    again = RunFolder.open(folder.path)
    assert again.recipe().seed == 4
    assert again.contract().rows == 3


def test_open_by_name_below_the_runs_directory(folder, monkeypatch):
    monkeypatch.setenv("GLASSWORK_RUNS", str(folder.path.parent))
    assert RunFolder.open("penguins").path == folder.path
    with pytest.raises(RunFolderError, match=r"no run folder 'pengins'; did you mean '.*penguins'\?"):
        RunFolder.open("pengins")


def test_a_folder_without_its_first_files_is_no_run(tmp_path):
    with pytest.raises(RunFolderError, match=r"has no recipe\.yaml: it is no run folder, or the run was stopped"):
        RunFolder.open(tmp_path)


@pytest.mark.parametrize("content", ['{"kind": "tab', "{}", '{"kind": "table", "evil": 1}', "\udcff"])
def test_a_damaged_contract_is_named(folder, content):
    (folder.path / "data.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(RunFolderError, match=r"data\.json"):
        folder.contract()


def test_a_full_disk_is_said_and_the_old_file_is_whole(folder, monkeypatch):
    folder.write_json("evaluation.json", {"old": 1})

    def full(file: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(TrainingError, match=r"the disk is full: .*evaluation\.json.* go on with --resume"):
        folder.write_json("evaluation.json", {"new": 2})
    assert folder.read_json("evaluation.json") == {"old": 1}
    assert not list(folder.path.glob(".evaluation*"))


def test_a_place_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunFolderError, match=r"could not be written: "):
        RunFolder.create("x", tmp_path / "file")


def test_metrics_are_cut_back_and_a_torn_line_is_left_out(folder):
    for step in (1, 2, 3):
        folder.append_metrics({"step": step, "train/loss": 1.0 / step if step < 3 else float("nan")})
    with (folder.path / "metrics.jsonl").open("a") as file:
        file.write('{"step": 4, "tra')
    assert [line["step"] for line in folder.metrics()] == [1, 2, 3]
    assert folder.metrics()[2]["train/loss"] is None
    folder.cut_metrics(2)
    assert [json.loads(line)["step"] for line in (folder.path / "metrics.jsonl").read_text().splitlines()] == [1, 2]


def test_a_frame_comes_back_equal(folder):
    frame = pl.DataFrame({"row": [1, 2], "part": ["train", "test"]})
    folder.write_frame("split.parquet", frame)
    assert pl.read_parquet(folder.path / "split.parquet").equals(frame)


def test_two_processes_cannot_train_one_run(folder):
    with folder.locked(), pytest.raises(RunFolderError, match="is being trained by another process"), folder.locked():
        pass


def test_runs_go_where_they_are_sent(tmp_path, monkeypatch):
    from glasswork.runs.folder import runs_directory

    monkeypatch.delenv("GLASSWORK_RUNS", raising=False)
    assert runs_directory() == Path("runs")
    monkeypatch.setenv("GLASSWORK_RUNS", str(tmp_path))
    assert runs_directory() == tmp_path
    assert runs_directory("here") == Path("here")
