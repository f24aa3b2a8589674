"""What goes wrong, in one sentence each: what was expected, what came, where, what to do; and nothing is lost."""

import gzip
import re
import shutil

import pytest

QUICK = ("training.epochs=2", "evaluation.bootstrap=50", "-q")


def one_sentence(said, *words, status=2):
    assert said.status == status, said.err
    lines = said.err.strip().splitlines()
    last = lines[-1]
    assert last.startswith("glasswork: "), said.err
    assert "Traceback" not in said.err
    for word in words:
        assert word in last, f"{word!r} is not in: {last}"


def test_a_file_that_is_not_there(glasswork, table):
    one_sentence(glasswork("train", table.with_name("flowrs.csv")), "flowrs.csv", "did you mean", "flowers.csv")


def test_an_empty_file(glasswork, tmp_path):
    (tmp_path / "empty.csv").write_text("")
    one_sentence(glasswork("train", tmp_path / "empty.csv"), "empty.csv", "empty")


def test_a_header_and_nothing_else(glasswork, tmp_path):
    (tmp_path / "head.csv").write_text("a,b,kind\n")
    one_sentence(glasswork("train", tmp_path / "head.csv", "--target", "kind"), "head.csv", "no rows")


def test_a_truncated_archive(glasswork, tmp_path, table):
    whole = gzip.compress(table.read_bytes())
    (tmp_path / "cut.csv.gz").write_bytes(whole[: len(whole) // 2])
    one_sentence(glasswork("train", tmp_path / "cut.csv.gz"), "cut.csv.gz")


def test_another_encoding_is_said_not_guessed(glasswork, tmp_path, table):
    text = table.read_text().replace("red", "rosé")
    (tmp_path / "latin.csv").write_bytes(text.encode("latin-1"))
    one_sentence(glasswork("train", tmp_path / "latin.csv"), "latin.csv", "UTF-8", "--encoding latin-1")
    said = glasswork("check", tmp_path / "latin.csv", "--encoding", "latin-1")
    assert said.status == 0


def test_binary_junk(glasswork, tmp_path):
    (tmp_path / "junk.csv").write_bytes(bytes(range(256)) * 40)
    one_sentence(glasswork("train", tmp_path / "junk.csv"), "junk.csv")


def test_misspelt_names(glasswork, table):
    one_sentence(glasswork("train", table, "--target", "knid"), "no column 'knid'", "did you mean 'kind'")
    one_sentence(glasswork("train", table, "--model", "mpl"), "no model 'mpl'", "did you mean 'mlp'")
    one_sentence(
        glasswork("train", table, "model=mlp", "model.hiden=[3]"), "no setting 'hiden'", "did you mean 'hidden'"
    )
    one_sentence(glasswork("train", table, "--optimizer", "adm"), "no optimizer 'adm'", "did you mean 'adam")
    one_sentence(glasswork("train", table, "training.epoch=2"), "no key 'epoch' in training", "did you mean 'epochs'")
    one_sentence(glasswork("train", table, "inputs.number_embeding=none"), "no key 'number_embeding' in inputs")


def test_a_model_for_other_data(glasswork, table):
    said = glasswork("train", table, "--model", "gpt")
    one_sentence(said, "model 'gpt' needs", "a table does not have", "Models for it:", "mlp")


def test_a_target_with_one_class(glasswork, tmp_path):
    (tmp_path / "one.csv").write_text("a,kind\n" + "".join(f"{i},yes\n" for i in range(50)))
    one_sentence(glasswork("train", tmp_path / "one.csv", "--target", "kind"), "kind", "yes")


def test_rows_without_a_target_are_left_out_and_said(glasswork, table):
    lines = table.read_text().splitlines()
    lines[5] = lines[5].rsplit(",", 1)[0] + ","
    table.write_text("\n".join(lines) + "\n")
    said = glasswork("train", table, "--target", "kind", *(word for word in QUICK if word != "-q"))
    assert said.status == 0, said.err
    assert re.search(r"1 (of 240 )?rows?.*(left out|dropped|without)", said.err), said.err


def test_infinite_and_missing_cells_are_said(glasswork, table):
    lines = table.read_text().splitlines()
    lines[3] = "inf," + lines[3].split(",", 1)[1]
    lines[4] = "NaN," + lines[4].split(",", 1)[1]
    table.write_text("\n".join(lines) + "\n")
    said = glasswork("check", table, "--target", "kind")
    assert "non-finite-data" in said.out
    assert glasswork("train", table, "--target", "kind", *QUICK).status == 0


def test_prediction_wants_the_columns_of_training(glasswork, table, tmp_path):
    assert glasswork("train", table, "--target", "kind", "--name", "f", *QUICK).status == 0
    run = tmp_path / "runs" / "f"
    rows = [line.split(",") for line in table.read_text().splitlines()]

    other_order = tmp_path / "order.csv"
    other_order.write_text("\n".join(",".join((row[2], row[0], row[1])) for row in rows) + "\n")
    same = glasswork("predict", run, table).out.splitlines()
    turned = glasswork("predict", run, other_order).out.splitlines()
    assert [line.split(",")[2:] for line in turned[1:]] == [line.split(",")[2:] for line in same[1:]]

    fewer = tmp_path / "fewer.csv"
    fewer.write_text("\n".join(row[0] for row in rows) + "\n")
    one_sentence(glasswork("predict", run, fewer), "height")

    one_sentence(glasswork("predict", run, tmp_path / "none.csv"), "none.csv")
    one_sentence(glasswork("predict", run), "predict needs data")
    one_sentence(glasswork("predict", run, table, "--prompt", "x"), "--prompt is for language models")

    new_class = tmp_path / "new.csv"
    new_class.write_text(table.read_text().replace(",a\n", ",z\n"))
    one_sentence(glasswork("evaluate", run, new_class), "'z'")

    written = tmp_path / "out.csv"
    assert glasswork("predict", run, table, "-o", written).status == 0
    one_sentence(glasswork("predict", run, table, "-o", written), "exists", "--force")
    assert glasswork("predict", run, table, "-o", written, "--force").status == 0


def test_checkpoints_that_were_cut_or_changed(glasswork, table, tmp_path):
    assert glasswork("train", table, "--target", "kind", "--name", "f", *QUICK).status == 0
    run = tmp_path / "runs" / "f"
    for file in sorted((run / "checkpoints").glob("step-*/model.safetensors")):
        content = bytearray(file.read_bytes())
        content[-1] ^= 1
        file.write_bytes(content)
    one_sentence(glasswork("predict", run, table), "model.safetensors", "cut short or changed")
    shutil.rmtree(run / "checkpoints")
    one_sentence(glasswork("predict", run, table), "no checkpoint yet")


def test_a_run_folder_half_written(glasswork, table, tmp_path):
    assert glasswork("train", table, "--target", "kind", "--name", "f", *QUICK).status == 0
    run = tmp_path / "runs" / "f"
    one_sentence(glasswork("evaluate", tmp_path / "runs" / "g"), "no run folder")
    (run / "data.json").write_text('{"kind": "ta')
    one_sentence(glasswork("predict", run, table), "data.json", "damaged")
    (run / "data.json").unlink()
    one_sentence(glasswork("predict", run, table), "has no data.json")


def test_resume_refuses_other_data(glasswork, table, tmp_path):
    assert glasswork("train", table, "--target", "kind", "--name", "f", *QUICK).status == 0
    table.write_text(table.read_text().replace("red", "rot"))
    one_sentence(glasswork("train", "--resume", tmp_path / "runs" / "f"), "has changed since the run began")


def test_a_loss_that_is_no_number_stops_the_run_and_keeps_what_was_good(glasswork, tmp_path):
    rows = "".join(f"{i / 100},{(i * 7 % 13) / 3 + 0.01 * i}\n" for i in range(300))
    (tmp_path / "wild.csv").write_text("x,y\n" + rows)
    said = glasswork(
        "train", tmp_path / "wild.csv", "--target", "y", "--task", "regression", "--name", "w",
        "optimizer.name=sgd", "optimizer.lr=1e12", "schedule.name=constant", "training.epochs=5", "-q",
    )  # fmt: skip
    one_sentence(said, "step", status=1)
    assert re.search(r"(nan|inf|not finite)", said.err, re.IGNORECASE)
    assert (tmp_path / "runs" / "w" / "recipe.yaml").is_file()


def test_nothing_is_written_when_the_data_is_refused(glasswork, tmp_path):
    (tmp_path / "one.csv").write_text("a,kind\n" + "".join(f"{i},yes\n" for i in range(50)))
    glasswork("train", tmp_path / "one.csv", "--target", "kind")
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("words", [["report", "nowhere"], ["evaluate", "nowhere"], ["train", "--resume", "nowhere"]])
def test_a_run_that_is_not_there(glasswork, words):
    one_sentence(glasswork(*words), "no run folder 'nowhere'")
