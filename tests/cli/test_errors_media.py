"""What goes wrong with images, texts, series and archives, with a run's own files, and around the process itself."""

import json
import signal
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

QUICK = ("training.epochs=1", "evaluation.bootstrap=20", "-q")


def one_sentence(said, *words, status=2):
    assert said.status == status, said.err
    last = said.err.strip().splitlines()[-1]
    assert last.startswith("glasswork: "), said.err
    assert "Traceback" not in said.err
    assert "Warning" not in said.err
    for word in words:
        assert word in last, f"{word!r} is not in: {last}"


@pytest.fixture
def photos(tmp_path):
    """Two classes of ten pictures, dark and bright."""
    rng = np.random.default_rng(0)
    for number, name in enumerate("ab"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for i in range(10):
            pixels = rng.integers(100 * number, 100 * number + 60, (8, 8, 3)).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / "photos" / name / f"{i}.png")
    return tmp_path / "photos"


def huge_png(side):
    """A few bytes that promise side x side pixels."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(9))) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [12_000, 60_000])
def test_a_decompression_bomb_is_said_once_and_without_a_warning(glasswork, photos, side):
    (photos / "a" / "bomb.png").write_bytes(huge_png(side))
    one_sentence(glasswork("train", photos), "1 of 21 images cannot be read", "bomb.png", "decompression bomb")


def test_pictures_that_are_none(glasswork, photos):
    whole = (photos / "a" / "1.png").read_bytes()
    for content, said in ((b"hello", "no image that is known"), (b"", "it is empty"), (whole[: len(whole) // 2], "")):
        (photos / "a" / "1.png").write_bytes(content)
        one_sentence(glasswork("train", photos), "1 of 20 images cannot be read", "1.png", said, "replace or delete")


def test_a_few_pictures_a_class_train(glasswork, photos):
    for path in [path for path in photos.rglob("*.png") if int(path.stem) >= 3]:
        path.unlink()
    said = glasswork("train", photos, "--model", "linear", "--name", "p", *QUICK)
    assert said.status == 0, said.err
    (photos / "note.txt").write_text("hello there")
    one_sentence(glasswork("predict", "p", photos / "note.txt"), "note.txt", "nor a picture")
    (photos / "a").rename(photos / "zebra")
    one_sentence(glasswork("evaluate", "p", photos), "class 'zebra' is none that was trained on. Known: a, b.")


def test_texts_in_two_files_are_judged_on_two_others(glasswork, tmp_path):
    for part in ("old", "new"):
        (tmp_path / f"{part}.pos").write_text("".join(f"a good film {part} {i}\n" for i in range(30)))
        (tmp_path / f"{part}.neg").write_text("".join(f"a bad film {part} {i}\n" for i in range(30)))
    said = glasswork("train", tmp_path / "old.pos", tmp_path / "old.neg", "--name", "t", *QUICK)
    assert said.status == 0, said.err
    judged = glasswork("evaluate", "t", tmp_path / "new.pos", tmp_path / "new.neg", "--json")
    assert json.loads(judged.out)["count"] == 60
    (tmp_path / "latin.txt").write_bytes("bien joué\n".encode("latin-1"))
    one_sentence(glasswork("predict", "t", tmp_path / "latin.txt"), "latin.txt", "not UTF-8 text")


def series(count, value=lambda i: i % 7):
    return "time,load\n" + "".join(f"2024-01-{1 + i // 24:02d} {i % 24:02d}:00:00,{value(i)}\n" for i in range(count))


@pytest.mark.parametrize("rows", [1, 2, 4])
def test_a_series_shorter_than_its_horizon(glasswork, tmp_path, rows):
    (tmp_path / "short.csv").write_text(series(rows))
    said = glasswork("train", tmp_path / "short.csv", "--horizon", "4")
    one_sentence(said, f"a series of {rows} row", "too short for a horizon of 4", "data.horizon")


def test_a_series_that_leaves_nothing_to_train_on(glasswork, tmp_path):
    (tmp_path / "short.csv").write_text(series(9))
    one_sentence(glasswork("train", tmp_path / "short.csv", "--horizon", "4"), "9 rows are too few", "data.split")


def test_numbers_beyond_what_a_network_computes_with(glasswork, tmp_path):
    (tmp_path / "big.csv").write_text(series(200, lambda i: f"{1 + i % 7}e300"))
    one_sentence(glasswork("train", tmp_path / "big.csv", "--horizon", "4"), "column 'load'", "3.4e38")
    rows = "".join(f"{i * i % 17},{1 + i * 37 % 91}e{'300' if i == 8 else '3'}\n" for i in range(60))
    (tmp_path / "table.csv").write_text("x,y\n" + rows)
    one_sentence(glasswork("train", tmp_path / "table.csv", "-t", "y"), "the target 'y'", "row 9", "3.4e38")


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz", "a.tgz"])
def test_an_archive_by_name_alone(glasswork, tmp_path, name):
    (tmp_path / name).write_bytes(b"no archive at all " * 30)
    one_sentence(glasswork("train", tmp_path / name), name, "not a zip or tar archive")


def test_a_parquet_file_by_name_alone(glasswork, tmp_path):
    (tmp_path / "a.parquet").write_text("x,y\n1,2\n")
    one_sentence(glasswork("train", tmp_path / "a.parquet"), "a.parquet", "no Parquet file", "PAR1")


def test_five_rows_train(glasswork, tmp_path):
    (tmp_path / "five.csv").write_text("x,y,kind\n0.1,3,a\n1.7,4,b\n0.3,1,c\n0.9,5,a\n2.5,9,b\n")
    said = glasswork("train", tmp_path / "five.csv", *QUICK)
    assert said.status == 0, said.err


def test_a_name_with_a_line_break_stays_on_one_line(glasswork, tmp_path):
    (tmp_path / "odd.csv").write_text('"line\nbreak",kind\n' + "1,a\n2,b\n" * 20)
    said = glasswork("train", tmp_path / "odd.csv", "--target", "zzz")
    one_sentence(said, "no column 'zzz'", r"'line\nbreak'")
    assert len(said.err.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("file", "path", "value"),
    [
        ("evaluation.json", ["metrics"], 3),
        ("evaluation.json", ["confusion"], [1, 2]),
        ("evaluation.json", ["primary"], [{}]),
        ("evaluation.json", ["metrics", "accuracy", "value"], "high"),
        ("baselines.json", ["network"], "good"),
        ("baselines.json", ["baselines"], [None]),
    ],
)
def test_a_report_of_files_with_other_types(glasswork, table, tmp_path, file, path, value):
    assert glasswork("train", table, "--model", "linear", "--name", "f", *QUICK).status == 0
    where = tmp_path / "runs" / "f" / file
    whole = json.loads(where.read_text())
    inner = whole
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    where.write_text(json.dumps(whole))
    one_sentence(glasswork("report", "f"), file, "another kind than a run writes", "remove it")
    where.write_text("[]")
    assert glasswork("report", "f").status == 0  # and the page says that the file is damaged
    where.unlink()
    assert glasswork("report", "f").status == 0


def test_help_without_a_word(glasswork):
    said = glasswork()
    assert said.status == 0
    assert "glasswork train" in said.out
    assert not said.err


def in_a_process(words, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "glasswork", *map(str, words)], stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler), **options,
    )  # fmt: skip


def test_ctrl_c_says_how_to_go_on_and_the_run_goes_on(glasswork, table, tmp_path):
    words = ["train", table, "--name", "c", "--out", tmp_path / "runs", "training.epochs=100000", "training.patience=0"]
    process = in_a_process([*words, "--model", "linear", "evaluation.baselines=false"])
    lines = tmp_path / "runs" / "c" / "metrics.jsonl"
    until = time.monotonic() + 60
    while time.monotonic() < until and not (lines.is_file() and lines.stat().st_size):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert err.strip().splitlines()[-1] == (
        f"glasswork: stopped; go on with: glasswork train --resume {tmp_path / 'runs' / 'c'}"
    )
    recipe = tmp_path / "runs" / "c" / "recipe.yaml"
    recipe.write_text(recipe.read_text().replace("epochs: 100000", "epochs: 1"))
    assert glasswork("train", "--resume", "c", "-q").status == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_behind_stdout():
    with Path("/dev/full").open("w") as full:
        process = in_a_process(["list"], stdout=full)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (2, "glasswork: stdout could not be written: No space left on device.\n")


def test_a_closed_stdout():
    closed = ["sh", "-c", '"$0" -m glasswork list >&-', sys.executable]
    done = subprocess.run(closed, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("model.hidden=wide", "mlp: hidden: "),
        ("optimizer.lr=fast", "adamw: lr: "),
        ("optimizer.betas=3", "adamw: betas: "),
        ("inputs.width=x", "inputs"),
        ("loss=scaled_loss", "scaled_loss needs loss, scale, which a recipe cannot give"),
    ],
)
def test_a_setting_of_another_kind(glasswork, table, setting, said):
    one_sentence(glasswork("train", table, "model=mlp", "optimizer=adamw", setting, *QUICK), said)


def test_a_seed_beyond_what_generators_take(glasswork, table):
    one_sentence(glasswork("train", table, "--seed", 2**70), "seed", "less than 9223372036854775808")


def test_a_frame_of_objects(tmp_path, monkeypatch):
    import polars as pl

    import glasswork as gw
    from glasswork.errors import DataError

    monkeypatch.setenv("GLASSWORK_RUNS", str(tmp_path))
    with pytest.raises(DataError, match="column 'o' holds Python objects"):
        gw.train(pl.DataFrame({"o": [object()] * 9, "y": ["a", "b", "c"] * 3}), quiet=True)
    with pytest.raises(DataError, match="could not be made into a table"):
        gw.train({"x": [1.0], "y": [1.0, 2.0]}, quiet=True)
