"""glasswork trace: what it says first and last, what it writes, and how it refuses."""

import json

import pytest

from glasswork.tracing.writers.json import read_json


def test_a_lesson_says_what_it_is_then_the_step_then_the_check(glasswork):
    said = glasswork("trace", "xor", "--parameter", "0.weight[0,0]")
    assert said.status == 0
    lines = said.out.strip().splitlines()
    assert lines[0].startswith("Tracing lesson xor: a 2-2-1 net of sigmoids, row 0 of 4")
    assert "budget: 80 equations. Nothing is left out" in lines[0]
    assert lines[-1].startswith("Checked: everything agrees. Largest differences: autograd 0;")
    assert "new w^1_11 = w^1_11 − η·∂L/∂w^1_11" in said.out


def test_what_is_left_out_is_said_in_the_first_line(glasswork):
    said = glasswork("trace", "lstm_text", "--parameter", "embedding.weight", "--max-lines", "8")
    assert said.status == 0
    first = said.out.splitlines()[0]
    assert "budget: 8 equations." in first
    assert "stand as numbers without a line of their own" in first


@pytest.mark.parametrize(
    "model", ["mlp", "models.convnet", "lstm_text", "gru_text", "gpt", "text_transformer", "lstm_forecaster", "resnet"]
)
def test_a_registered_model_is_made_small(glasswork, model):
    said = glasswork("trace", model, "--depth", "modules")
    assert said.status == 0, said.err
    assert f"Tracing models.{model.removeprefix('models.')}, made small" in said.out
    assert "Checked: everything agrees" in said.out


def test_every_registered_model_is_traced_or_refused_in_a_sentence(glasswork):
    from glasswork import catalog

    refused = set()
    for model in catalog.names("models"):
        said = glasswork("trace", f"models.{model}", "--depth", "sentence")
        assert said.status in (0, 2), said.err
        if said.status:
            refused.add(model)
            assert "unexpected" not in said.err
    assert len(refused) <= 0.4 * len(catalog.names("models")), refused  # those that learn by rules of their own
    assert not refused & {"mlp", "convnet", "resnet", "gpt", "lstm_text", "gru_text", "text_transformer", "linear"}


def test_files_are_written(glasswork, tmp_path):
    words = [word for kind in ("html", "latex", "json") for word in (f"--{kind}", tmp_path / f"step.{kind}")]
    said = glasswork("trace", "shared", *words)
    assert said.status == 0
    assert str(tmp_path / "step.html") in said.out
    assert (tmp_path / "step.html").read_text("utf-8").startswith("<!doctype html>")
    assert "\\begin{align*}" in (tmp_path / "step.latex").read_text("utf-8")
    page = read_json((tmp_path / "step.json").read_text("utf-8"))
    assert json.loads((tmp_path / "step.json").read_text("utf-8"))["title"] == page.title
    assert any("central differences" in check for check in page.checks)


def test_a_net_of_two_inputs_is_drawn_in_the_plane(glasswork, tmp_path):
    page = tmp_path / "xor.html"
    assert glasswork("trace", "xor", "--html", page).status == 0
    assert 'class="boundary"' in page.read_text("utf-8")


def test_a_run_is_traced_with_its_own_data_loss_and_optimizer(glasswork, table, tmp_path):
    run = tmp_path / "runs" / "flowers"
    done = glasswork("train", table, "--model.hidden", "[4]", "--training.epochs", "2", "evaluation.baselines=false")
    assert done.status == 0, done.err
    assert run.is_dir()
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    said = glasswork("trace", run, "--sample", "3")
    assert said.status == 0, said.err
    assert "on training example 3 of" in said.out
    assert "weights and optimizer as of checkpoint step" in said.out
    assert "loss cross_entropy" in said.out
    assert "Checked: everything agrees" in said.out
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before
    for path in (run / "checkpoints").iterdir():
        if path.is_file():
            path.unlink()
    import shutil

    shutil.rmtree(run / "checkpoints")
    assert "fresh: the run has no checkpoint yet" in glasswork("trace", run, "--depth", "sentence").out
    too_far = glasswork("trace", "flowers", "--sample", "9999")
    assert too_far.status == 2
    assert "sample must be below" in too_far.err


def test_an_exercise_and_its_solution(glasswork, tmp_path):
    said = glasswork("trace", "xor", "--exercise", "deltas", "--seed", "3")
    assert said.status == 0
    assert "Fill in the" in said.out
    assert said.out.index("____") < said.out.index("Answers")
    said = glasswork("trace", "xor", "--exercise", "deltas", "--html", tmp_path / "sheet.html")
    assert (tmp_path / "sheet-solution.html").is_file()


def test_a_worked_example_in_full(glasswork, tmp_path):
    said = glasswork("trace", "--worked", "we-10")
    assert said.status == 0
    assert "-0.0406" in said.out  # what the notes print
    page = tmp_path / "we.html"
    assert glasswork("trace", "--worked", "WE-10", "--html", page).status == 0
    assert "Where the notes print another number" in page.read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ([], "trace needs a run folder, a model's name, a lesson (xor) or --worked WE-10"),
        (["xor", "--worked", "WE-10"], "and one of them"),
        (["xro"], "Did you mean 'xor'?"),
        (["lstm_txt"], "Did you mean 'lstm_text'?"),
        (["runs/absent"], "no run folder 'runs/absent'"),
        (["xor", "--sample", "7"], "sample must be below 4"),
        (["xor", "--sample", "-1"], "sample must be at least 0"),
        (["xor", "--parameter", "0.wieght"], "did you mean '0.weight'?"),
        (["xor", "--parameter", "0.weight[5,5]"], "no such element"),
        (["xor", "--depth", "deep"], "depth must be one of sentence, modules, operations, element"),
        (["xor", "--exercise", "delta"], "did you mean 'deltas'?"),
        (["--worked", "WE-99"], "no worked example 'WE-99'"),
        (["mcculloch_pitts"], "needs weights, threshold, for which there is no small default"),
        (["xor", "--html", f"{__file__}/y.html"], "could not be written"),
    ],
)
def test_refusals_are_one_sentence_and_exit_2(glasswork, words, why):
    said = glasswork("trace", *words)
    assert said.status == 2
    assert why in said.err
    assert "Traceback" not in said.err


def test_help_has_examples(glasswork):
    said = glasswork("trace", "--help").out
    assert "glasswork trace xor --parameter 0.weight[0,1]" in said
    assert "glasswork trace --worked WE-10" in said
