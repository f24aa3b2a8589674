"""The front of the command line: help, verbs, options, names, and the words of refusals."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from glasswork.cli.main import settings_as_words

GLASSWORK = [sys.executable, "-m", "glasswork"]


def cpu_seconds(*words: str) -> float:
    before = os.times()
    subprocess.run([*GLASSWORK, *words], check=True, capture_output=True)
    after = os.times()
    return (after.children_user - before.children_user) + (after.children_system - before.children_system)


def test_help_takes_less_than_half_a_second_of_processor():
    assert min(cpu_seconds("--help") for _ in range(3)) < 0.5
    assert min(cpu_seconds("train", "--help") for _ in range(3)) < 0.5


@pytest.mark.parametrize("words", [["--help"], ["train", "--help"], ["list"], ["show", "huber"]])
def test_these_do_not_load_torch(words):
    program = (
        "import sys\n"
        "from glasswork.cli.main import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit: pass\n"
        "print('torch' in sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "False"


def test_check_does_not_load_torch(table):
    program = (
        "import sys\n"
        "from glasswork.cli.main import main\n"
        "try:\n    main(['check', sys.argv[1]])\nexcept SystemExit: pass\n"
        "print('torch' in sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(table)], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "False"


def test_help_shows_every_verb_with_examples(glasswork):
    said = glasswork("--help")
    assert said.status == 0
    for verb in ("train", "evaluate", "predict", "check", "init", "report", "list", "show", "trace"):
        assert verb in said.out
        page = glasswork(verb, "--help").out
        assert f"\n  glasswork {verb}" in page, f"{verb}: its examples stand each on a line of their own"
        assert "\\b" not in page


def test_a_misspelt_verb(glasswork):
    said = glasswork("trian", "x.csv")
    assert (said.status, said.out) == (2, "")
    assert said.err == (
        "glasswork: no verb 'trian'; did you mean 'train'? "
        "Verbs: train, evaluate, predict, check, doctor, init, report, list, show, trace.\n"
    )


def test_a_misspelt_option(glasswork):
    said = glasswork("train", "x.csv", "--taget", "y")
    assert said.status == 2
    assert said.err == "glasswork: train has no option --taget; did you mean --target?\n"


def test_an_option_of_the_wrong_kind(glasswork):
    said = glasswork("train", "x.csv", "--seed", "many")
    assert said.status == 2
    assert "seed" in said.err
    assert "integer" in said.err


def test_both_spellings_of_a_setting():
    words = settings_as_words(["train", "a.csv", "--model.hidden", "[8]", "--optimizer.lr=0.1", "training.epochs=2"])
    assert words == ["train", "a.csv", "model.hidden=[8]", "optimizer.lr=0.1", "training.epochs=2"]


def test_resume_takes_no_data(glasswork):
    said = glasswork("train", "more.csv", "--resume", "runs/x")
    assert said.status == 2
    assert "--resume takes no data and no settings, got more.csv" in said.err


def test_an_unexpected_error_is_one_sentence_unless_verbose(glasswork, monkeypatch):
    from glasswork.verbs import list as room

    def broken(_: object) -> None:
        raise ZeroDivisionError("by\nzero")

    monkeypatch.setattr(room, "list_parts", broken)
    said = glasswork("list")
    assert said.status == 1
    assert said.err == (
        "glasswork: unexpected ZeroDivisionError: by zero This is a mistake in glasswork; --verbose shows where.\n"
    )


def test_list_and_show_as_json(glasswork):
    rooms = json.loads(glasswork("list", "--json").out)
    assert "mlp" in rooms["models"]
    page = json.loads(glasswork("show", "huber", "--json").out)
    assert page["settings"]["delta"]["default"] == 1.0
    assert "Huber" in page["source"]


def test_show_names_the_nearest(glasswork):
    said = glasswork("show", "hubert")
    assert said.status == 2
    assert "did you mean 'huber'?" in said.err


def test_a_broken_pipe_is_no_error():
    done = subprocess.run(f"{sys.executable} -m glasswork list | head -1", shell=True, capture_output=True, text=True)  # noqa: S602
    assert done.stderr == ""
    assert done.stdout.strip() == "models"


def test_a_misspelt_column_is_named_before_torch_is_loaded(table):
    program = (
        "import sys\n"
        "from glasswork.cli.main import main\n"
        "try:\n    main(['train', sys.argv[1], '--target', 'kint'])\nexcept SystemExit as left: code = left.code\n"
        "print(code, 'torch' in sys.modules, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(table)], capture_output=True, text=True, check=True)
    sentence, state = done.stderr.strip().splitlines()
    assert "no column 'kint'" in sentence
    assert "did you mean 'kind'?" in sentence
    assert state == "2 False"
    assert not (Path("runs") / "flowers").exists()
