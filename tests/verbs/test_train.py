"""From data to a judged network, for each kind of question, on small made data; and the same bits each time."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image
from safetensors.numpy import load_file

import glasswork as gw
from glasswork.errors import DataError, RecipeError

QUICK = {"evaluation": {"bootstrap": 50}, "quiet": True}


@pytest.fixture
def runs(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("GLASSWORK_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


def flowers(rows: int = 240, seed: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 3, rows)
    return pl.DataFrame(
        {
            "width": kind * 2.0 + rng.normal(0, 0.4, rows),
            "height": 10 - kind * 3.0 + rng.normal(0, 0.4, rows),
            "colour": [["red", "green", "blue"][i] for i in rng.integers(0, 3, rows)],
            "kind": [["a", "b", "c"][k] for k in kind],
        }
    )


def final_weights(run: gw.verbs.Run) -> dict[str, np.ndarray]:
    pointer = json.loads((run.path / "checkpoints" / "last.json").read_text())
    return load_file(run.path / "checkpoints" / pointer["folder"] / "model.safetensors")


def test_a_table_with_classes(runs, tmp_path):
    flowers().write_csv(tmp_path / "flowers.csv")
    run = gw.train(tmp_path / "flowers.csv", target="kind", **QUICK)
    assert run.metrics["accuracy"] > 0.95
    assert {b["name"] for b in run.baselines["baselines"]} == {"trivial", "table_linear", "gradient_boosting"}
    for name in (
        *("recipe.yaml", "data.json", "environment.json", "split.parquet", "metrics.jsonl", "evaluation.json"),
        *("predictions.parquet", "baselines.json", "findings.json", "report.html", "model_card.md"),
    ):
        assert (run.path / name).is_file(), name
    split = pl.read_parquet(run.path / "split.parquet")
    assert split.columns == ["file", "row", "part"]
    assert split["row"].to_list() == list(range(1, 241))
    assert set(split["part"]) == {"train", "valid", "test"}
    new = flowers(30, seed=1)
    predicted = run.predict(new.drop("kind"))
    assert (predicted["prediction"] == new["kind"]).mean() > 0.9
    again = gw.open_run(run.path)
    assert again.metrics == run.metrics
    assert again.evaluate()["metrics"]["accuracy"]["value"] == pytest.approx(run.metrics["accuracy"])
    assert again.evaluate(tmp_path / "flowers.csv")["count"] == 240


def test_a_table_with_numbers_answers_in_the_target_s_units(runs, tmp_path):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 2))
    frame = pl.DataFrame({"x": x[:, 0], "z": x[:, 1], "price": 50_000 + 9_000 * x[:, 0] - 3_000 * x[:, 1]})
    frame.write_csv(tmp_path / "prices.csv")
    run = gw.train(tmp_path / "prices.csv", target="price", **QUICK)
    assert run.contract.task == "regression"
    assert run.metrics["r2"] > 0.95
    import torch

    with torch.no_grad():
        answer = run.model(numbers=torch.zeros(1, 2)).item()
    assert 44_000 < answer < 56_000


def test_a_folder_of_images(runs, tmp_path):
    rng = np.random.default_rng(0)
    for name, low in (("dark", 0), ("light", 120)):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for i in range(40):
            Image.fromarray(rng.integers(low, low + 120, (12, 12, 3), dtype=np.uint8)).save(
                tmp_path / "photos" / name / f"{i}.png"
            )
    run = gw.train(tmp_path / "photos", model="convnet", training={"epochs": 4}, **QUICK)
    assert run.metrics["accuracy"] == 1.0
    assert run.predict(str(tmp_path / "photos" / "dark" / "3.png"))["prediction"].to_list() == ["dark"]


def test_texts_and_two_files_as_two_classes(runs, tmp_path):
    rng = random.Random(0)
    for name, words in (("good", ["fine", "great", "lovely"]), ("bad", ["poor", "awful", "dull"])):
        lines = [f"a {rng.choice(words)} film {rng.randrange(40)} {rng.choice(words)}" for _ in range(80)]
        (tmp_path / f"reviews.{name}").write_text("\n".join(dict.fromkeys(lines)) + "\n")
    run = gw.train([tmp_path / "reviews.good", tmp_path / "reviews.bad"], **QUICK)
    assert run.contract.tokens.level == "ngrams"
    assert run.metrics["accuracy"] > 0.95
    assert run.predict(["what a lovely fine film", "dull and awful"])["prediction"].to_list() == ["good", "bad"]


def test_a_model_of_sequences_reads_words(runs, tmp_path):
    (tmp_path / "t.txt").write_text("".join(f"{'yes' if i % 2 else 'no'}\tword{i % 2} and {i}\n" for i in range(80)))
    run = gw.train(
        tmp_path / "t.txt", data={"kind": "text"}, model={"name": "gru_text", "hidden": 8, "embedding": 8}, **QUICK
    )
    assert run.contract.tokens.level == "word"
    assert run.metrics["accuracy"] > 0.9


def test_a_series(runs, tmp_path):
    hours = np.arange(600)
    frame = pl.DataFrame(
        {
            "time": pl.datetime_range(pl.datetime(2024, 1, 1), pl.datetime(2024, 1, 25, 23), "1h", eager=True),
            "load": 10 + np.sin(hours * 2 * np.pi / 24),
        }
    )
    frame.write_csv(tmp_path / "load.csv")
    run = gw.train(tmp_path / "load.csv", data={"horizon": 6, "past": 48}, **QUICK)
    assert run.contract.task == "forecasting"
    assert run.metrics["mse"] < 0.05
    forecast = run.predict(tmp_path / "load.csv")
    assert forecast.height == 6
    assert forecast["prediction"].to_numpy() == pytest.approx(
        10 + np.sin(np.arange(600, 606) * 2 * np.pi / 24), abs=0.3
    )


def test_a_corpus(runs, tmp_path):
    (tmp_path / "song.txt").write_text("la la li lo. " * 400)
    run = gw.train(
        tmp_path / "song.txt",
        data={"context": 16},
        model={"name": "gpt", "width": 16, "heads": 2, "layers": 1},
        training={"steps": 60, "batch_size": 16},
        **QUICK,
    )
    assert run.metrics["nats_per_token"] < 1.0
    assert len(run.predict(prompt="la ", length=20)["text"][0]) == 23


def test_without_data_it_trains_on_the_bundled_table(runs):
    run = gw.train(training={"epochs": 3}, **QUICK)
    assert run.path.name == "bundled"
    assert run.metrics["accuracy"] > 0.85


def test_a_frame_is_kept_so_that_the_run_can_go_on(runs):
    run = gw.train(flowers(), target="kind", training={"epochs": 2}, **QUICK)
    assert (run.path / "data.parquet").is_file()
    weights = final_weights(run)
    again = gw.verbs.resume(run.path, console=gw.verbs.Console(quiet=True))
    assert all(np.array_equal(weights[name], tensor) for name, tensor in final_weights(again).items())
    with pytest.raises(DataError):
        gw.train(flowers().with_columns(kind=pl.lit("a")), target="kind", name="one", **QUICK)
    assert not (runs / "one").exists()


def test_the_same_recipe_and_seed_give_the_same_bits_and_its_own_recipe_too(runs, tmp_path):
    flowers().write_csv(tmp_path / "flowers.csv")
    settings = {"training": {"epochs": 3}, **QUICK}
    one, two, other = (gw.train(tmp_path / "flowers.csv", target="kind", seed=s, **settings) for s in (5, 5, 6))
    three = gw.train(recipe=one.path / "recipe.yaml", quiet=True)
    for run in (two, three):
        assert all(np.array_equal(tensor, final_weights(run)[name]) for name, tensor in final_weights(one).items())
    assert any(not np.array_equal(tensor, final_weights(other)[name]) for name, tensor in final_weights(one).items())


def test_class_weights_are_for_those_who_ask(runs, tmp_path):
    flowers().write_csv(tmp_path / "flowers.csv")
    settings = {"target": "kind", "training": {"epochs": 1}, **QUICK}
    balanced = gw.train(tmp_path / "flowers.csv", loss={"class_weight": "balanced"}, **settings)
    assert balanced.recipe.loss.settings["class_weight"] == "balanced"
    assert "class_weight" not in gw.train(tmp_path / "flowers.csv", **settings).recipe.loss.settings
    with pytest.raises(RecipeError, match=r"loss\.class_weight: no class 'z'\. Classes: a, b, c"):
        gw.train(tmp_path / "flowers.csv", loss={"class_weight": {"z": 2}}, **settings)


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "glasswork", *map(str, words)]


def test_killed_at_random_moments_and_resumed_the_weights_are_the_same_bits(runs, tmp_path):
    flowers(600).write_csv(tmp_path / "flowers.csv")
    settings = (
        "train", tmp_path / "flowers.csv", "--target", "kind", "training.epochs=40", "training.patience=0",
        "training.checkpoint_every=0.05", "evaluation.baselines=false", "evaluation.bootstrap=10", "-q",
    )  # fmt: skip
    whole = subprocess.run(command(*settings, "--name", "whole", "--json"), capture_output=True, text=True, check=True)
    undisturbed = final_weights(gw.open_run(json.loads(whole.stdout)["run"]))
    rng = random.Random(int(os.environ.get("GLASSWORK_KILL_SEED", "0")))
    killed = 0
    words = command(*settings, "--name", "killed")
    for _ in range(12):
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        checkpoints = runs / "killed" / "checkpoints"
        before = {path.name for path in checkpoints.glob("step-*")}
        while process.poll() is None and {path.name for path in checkpoints.glob("step-*")} <= before:
            time.sleep(0.01)
        time.sleep(rng.random() * 0.4)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            killed += 1
        _, said = process.communicate()
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL, said.decode()
        words = command("train", "--resume", runs / "killed", "-q")
    else:
        subprocess.run(words, check=True, capture_output=True)
    assert killed >= 2
    resumed = final_weights(gw.open_run(runs / "killed"))
    assert undisturbed.keys() == resumed.keys()
    for name, tensor in undisturbed.items():
        assert tensor.tobytes() == resumed[name].tobytes(), name
    steps = [line["step"] for line in gw.open_run(runs / "killed").history if line["event"] == "step"]
    assert steps == sorted(set(steps))


def test_two_processes_train_like_one(runs, tmp_path):
    flowers().write_csv(tmp_path / "flowers.csv")
    settings = (
        "train", tmp_path / "flowers.csv", "--target", "kind", "model.dropout=0", "training.precision=float64",
        "training.epochs=2", "training.restore_best=false", "evaluation.baselines=false", "-q",
    )  # fmt: skip
    subprocess.run(command(*settings, "--name", "one"), check=True, capture_output=True)
    launcher = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--standalone"]
    words = [*launcher, "-m", "glasswork", *map(str, settings), "--name", "two"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in sorted(runs.iterdir())] == ["one", "two"]
    one, two = (final_weights(gw.open_run(runs / name)) for name in ("one", "two"))
    for name, tensor in one.items():
        assert np.abs(tensor - two[name]).max(initial=0) <= 1e-10, name
