import re

from glasswork.reports import write_model_card


def test_what_a_stranger_needs(make_run):
    folder = make_run("binary")
    text = write_model_card(folder).read_text(encoding="utf-8")
    for heading in ("# binary-example", "## Use", "## Data", "## Figures", "## Known faults", "## Made with"):
        assert f"{heading}\n" in text
    assert "glasswork predict runs/binary-example NEW.csv -o predictions.csv" in text
    assert "95 % interval" in text
    assert "A row is called &gt;50K from a probability of" in text


def test_tables_are_tables(any_run):
    lines = write_model_card(any_run).read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if re.fullmatch(r"\|(-+:?\|)+", line):
            assert lines[number - 1].count("|") == line.count("|"), lines[number - 1]
            assert lines[number + 1].startswith("|")


def test_names_from_the_data_are_only_text(make_run):
    text = write_model_card(make_run("text")).read_text(encoding="utf-8")
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_an_empty_folder_has_a_card(tmp_path):
    text = write_model_card(tmp_path).read_text(encoding="utf-8")
    assert "recipe.yaml is missing" in text
