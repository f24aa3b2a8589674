"""Run: what is in the folder, in a few lines, read when it is asked for."""

import torch

import glasswork as gw


def test_the_summary_names_network_and_baselines(small):
    _, run = small
    lines = run.summary_lines()
    assert lines[0].startswith(f"test     {run.evaluation['primary']} ")
    assert sum(line.startswith("baseline ") for line in lines) == len(run.baselines["baselines"])
    summary = run.summary()
    assert summary["metrics"] == run.evaluation["metrics"]
    assert summary["part"] == "test"
    assert set(summary["baselines"]) == {b["name"] for b in run.baselines["baselines"]}


def test_a_figure_that_could_not_be_had_is_left_out(small):
    run = gw.open_run(small[1].path)
    figures = {"accuracy": {"value": 0.5, "low": None, "high": None}, "f1": {"value": None, "low": None, "high": None}}
    run.__dict__["evaluation"] = {"part": "test", "primary": "accuracy", "metrics": figures}
    assert run.summary_lines()[0] == "test     accuracy 0.5"
    assert not any("f1" in line for line in run.summary_lines())


def test_the_model_is_an_ordinary_module(small):
    model = small[1].model
    assert isinstance(model, torch.nn.Module)
    assert not model.training
    with torch.no_grad():
        assert model(numbers=torch.tensor([[9.0, 0.0], [-9.0, 0.0]])).argmax(1).tolist() == [1, 0]


def test_it_opens_by_path_and_reads_history_and_findings(small):
    run = gw.open_run(str(small[1].path))
    assert [line["epoch"] for line in run.history if line["event"] == "epoch"] == [1, 2, 3, 4]
    assert isinstance(run.findings, list)
    assert repr(run).startswith("Run('")
