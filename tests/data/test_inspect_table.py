import subprocess
import sys

import pytest

from glasswork.data import DataOptions, inspect


def test_facts_of_a_small_table(tmp_path):
    path = tmp_path / "pets.csv"
    path.write_text("weight,colour,kind\n4.5,black,cat\n20,,dog\n3.9,white,cat\n")
    inspection = inspect(DataOptions(paths=(str(path),)))
    assert inspection.facts == (
        "3 rows, 3 columns: 1 number, 1 category and the target",
        "target 'kind', 2 classes: cat 2 (67%), dog 1 (33%)",
        "1 missing cells (11.1%)",
    )
    assert inspection.notes[0] == "target: 'kind', the last column (--target names another)"
    assert [finding.fault for finding in inspection.findings] == ["too-few-rows", "missing-values"]


def test_facts_of_a_regression(tmp_path):
    path = tmp_path / "prices.csv"
    path.write_text("rooms,price\n" + "".join(f"{i % 5},{100.5 + i}\n" for i in range(50)))
    inspection = inspect(DataOptions(paths=(str(path),)))
    assert inspection.facts[1] == "target 'price', numbers from 100.5 to 149.5, half of them below 125"


def test_rows_shared_with_a_test_file(tmp_path):
    lines = [f"{i}.5,{'ab'[i % 2]}" for i in range(40)]
    (tmp_path / "train.csv").write_text("x,y\n" + "\n".join(lines))
    (tmp_path / "test.csv").write_text("x,y\n" + "\n".join([*lines[:2], "99.5,a"]))
    options = DataOptions(paths=(str(tmp_path / "train.csv"),), test=str(tmp_path / "test.csv"))
    (finding,) = inspect(options).findings
    assert finding.where == "test file"
    assert finding.evidence == "2 of 3 rows of the test file are in the training file too."


@pytest.mark.parametrize("module", ["torch", "sklearn", "matplotlib"])
def test_nothing_heavy_is_loaded(module):
    code = f"import sys; from glasswork.data import *; inspect(DataOptions()); sys.exit({module!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
