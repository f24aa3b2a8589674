"""Idx files."""

import gzip
import struct

import numpy as np
import pytest

from glasswork.data.idx import find_idx, read_idx
from glasswork.errors import DataError


def idx(array):
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def test_round_trip_packed_or_not(tmp_path):
    array = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    (tmp_path / "a").write_bytes(idx(array))
    (tmp_path / "b.gz").write_bytes(gzip.compress(idx(array)))
    assert np.array_equal(read_idx(tmp_path / "a"), array)
    assert np.array_equal(read_idx(tmp_path / "b.gz"), array)


def test_pairs_are_found(tmp_path):
    for name in (
        "train-images-idx3-ubyte.gz",
        "train-labels-idx1-ubyte.gz",
        "t10k-images-idx3-ubyte",
        "t10k-labels-idx1-ubyte",
    ):
        (tmp_path / name).write_bytes(b"x")
    pairs = find_idx(tmp_path / "train-images-idx3-ubyte.gz")
    assert {part: labels.name for part, (_, labels) in pairs.items()} == {
        "train": "train-labels-idx1-ubyte.gz",
        "test": "t10k-labels-idx1-ubyte",
    }


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"\0\0\x0d\x03" + bytes(100), "not an idx file of unsigned bytes"),
        (b"\0\0", "not an idx file"),
        (idx(np.zeros((3, 4, 4), dtype=np.uint8))[:-5], "promises 3 x 4 x 4 = 48 values and holds 43"),
        (idx(np.zeros((3, 4, 4), dtype=np.uint8))[:9], "fetch the file again"),
        (b"\0\0\x08\x03" + b"\xff" * 12 + bytes(10), "fetch the file again"),
    ],
)
def test_refusals(tmp_path, content, text):
    (tmp_path / "bad-idx3-ubyte").write_bytes(content)
    with pytest.raises(DataError, match=text):
        read_idx(tmp_path / "bad-idx3-ubyte")
