"""``glasswork doctor RUN`` and ``--cure``: what stands in the folder is told; a cure ends with the best run."""

import json

import numpy as np
import polars as pl
import pytest

import glasswork as gw
from glasswork.cli.doctor import until_script
from glasswork.cli.main import main

SMALL = ["model.hidden=[16]", "inputs.number_embedding=none", "training.epochs=40", "training.batch_size=16"]
QUICK = [*SMALL, "evaluation.bootstrap=0", "evaluation.baselines=false"]


@pytest.fixture
def table(tmp_path, monkeypatch):
    monkeypatch.setenv("GLASSWORK_RUNS", str(tmp_path / "runs"))
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 3))
    y = np.where(x[:, 0] + x[:, 1] > 0, "yes", "no")
    pl.DataFrame({**{f"x{i}": x[:, i] for i in range(3)}, "y": y}).write_csv(tmp_path / "t.csv")
    return "t.csv"


def glasswork(capsys, *words):
    capsys.readouterr()
    with pytest.raises(SystemExit) as left:
        main(list(words))
    said = capsys.readouterr()
    return left.value.code, said.out, said.err


def train(capsys, table, *words):
    return glasswork(capsys, "train", table, "-t", "y", *QUICK, *words)


def test_a_run_is_told_what_is_wrong_and_cured(capsys, table, tmp_path):
    status, out, err = train(capsys, table, "optimizer.lr=1e-6")
    assert status == 0
    lines = [line for line in out.splitlines() if line.startswith("doctor")]
    assert 2 <= len(lines) <= 3
    assert len(out.splitlines()) + len(err.splitlines()) < 40

    status, out, err = glasswork(capsys, "doctor", "t")
    assert status == 3
    assert out.startswith("doctor: ")
    assert "✗ learning-rate-too-low  in optimizer" in out
    assert "glasswork doctor --explain learning-rate-too-low" in out
    assert max(map(len, out.splitlines())) <= 120

    status, out, _ = glasswork(capsys, "doctor", "t", "--json")
    assert status == 3
    assert json.loads(out)["findings"][0]["fault"] == "learning-rate-too-low"

    status, out, _ = glasswork(capsys, "doctor", "--html", "page.html", str(tmp_path / "runs" / "t"))
    assert status == 3
    assert "learning-rate-too-low" in (tmp_path / "page.html").read_text()

    status, out, err = glasswork(capsys, "doctor", "t", "--cure", "--budget", "30")
    assert status == 0
    assert "kept: valid/accuracy" in out
    assert "-  lr: 1.0e-06" in out
    last = " ".join(out[out.index("best run:") :].split())
    assert last.startswith(f"best run: {tmp_path / 'runs' / 't-cure'}")
    assert "What helped: optimizer.lr back from 1e-06 to 0.001" in last
    assert gw.open_run(last.split()[2]).recipe.optimizer.settings["lr"] == 0.001


def test_a_healthy_run_is_clean(capsys, table):
    _, out, _ = train(capsys, table)
    assert "doctor" not in out
    status, out, _ = glasswork(capsys, "doctor", "t")
    assert status == 0
    assert "nothing wrong was found" in out or "note" in out


def test_training_with_a_cure_ends_with_the_best_run(capsys, table):
    status, out, err = train(
        capsys, table, "optimizer.name=sgd", "optimizer.lr=1e12", "training.clip_norm=null", "--cure", "--json"
    )
    assert status == 0, err
    said = json.loads(out)
    assert said["run"].endswith("t-cure") or "t-cure-" in said["run"]
    assert said["metrics"]["accuracy"]["value"] > 0.8
    assert "the training failed" not in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["doctor", "--budget", "3", "x.py"], "--budget says how long --cure may take. Add --cure, or leave it out."),
        (["train", "t.csv", "--budget", "3"], "--budget says how long --cure may take. Add --cure, or leave it out."),
        (["doctor", "runs", "--cure"], "'runs' has no recipe.yaml: it is no run folder"),
        (["doctor", "runs", "more", "words"], "runs is a run and takes no arguments, got more words."),
        (["doctor"], "doctor: which script or run?"),
        (["doctor", "--json", "no/out.json", "runs"], "--json no/out.json: there is no folder no. Create it first."),
        (["doctor", "--html", "no/out.html", "runs"], "--html no/out.html: there is no folder no. Create it first."),
    ],
)
def test_refusals(capsys, table, tmp_path, words, said):
    (tmp_path / "runs").mkdir(exist_ok=True)
    status, _, err = glasswork(capsys, *words)
    assert status == 2
    assert said in err
    assert len(err.strip().splitlines()) == 1


def test_options_of_a_run_may_follow_it(tmp_path, monkeypatch):
    monkeypatch.setenv("GLASSWORK_RUNS", str(tmp_path))
    (tmp_path / "r").mkdir()
    assert until_script(["doctor", "r", "--cure", "--budget", "3"]) == (["doctor", "--cure", "--budget", "3", "r"], [])
    assert until_script(["doctor", "r", "--json"]) == (["doctor", "--json=-", "r"], [])
    assert until_script(["doctor", "--cure", "r"]) == (["doctor", "--cure", "r"], [])
    assert until_script(["doctor", "--html", "r", "s.py", "--cure"]) == (["doctor", "--html", "r", "s.py"], ["--cure"])
