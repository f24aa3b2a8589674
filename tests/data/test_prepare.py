import numpy as np
import pytest

from glasswork.data import DataOptions, encode, inspect, prepare
from glasswork.errors import DataError, UnknownNameError


def test_the_line_about_the_kind_comes_first(tmp_path):
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / "t.csv").write_text("x,y\n" + "\n".join(f"{i}.5,{i % 2}" for i in range(30)))
    options = DataOptions(paths=(str(folder),))
    prepared = prepare(options)
    assert prepared.notes[0] == "table: 'here' holds a table"
    assert inspect(options).notes[0] == prepared.notes[0]
    assert len(encode(prepared.contract, folder / "t.csv")) == 30


def test_same_seed_same_split(tmp_path):
    one, again, other = (prepare(DataOptions(), seed=seed) for seed in (0, 0, 1))
    assert all(np.array_equal(one.parts[name], again.parts[name]) for name in one.parts)
    assert not np.array_equal(one.parts["test"], other.parts["test"])
    assert one.contract.sha256 == other.contract.sha256
    assert len(one.contract.sha256) == 64


def test_settled_options_lead_to_the_same_data(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("\n".join(f"{i}.5;{'ab'[i % 2]}" for i in range(30)))
    first = prepare(DataOptions(paths=(str(path),)))
    again = prepare(DataOptions(paths=(str(path),), **first.settled))
    assert first.settled == {"target": "c2", "kind": "table", "header": False, "separator": ";"}
    assert again.contract == first.contract
    assert all(np.array_equal(first.parts[name], again.parts[name]) for name in first.parts)


def test_refusals(tmp_path):
    with pytest.raises(DataError, match="no file or folder"):
        prepare(DataOptions(paths=(str(tmp_path / "none.csv"),)))
    with pytest.raises(UnknownNameError, match="no task 'guess'"):
        prepare(DataOptions(), task="guess")
