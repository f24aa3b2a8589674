"""Idx: the plain array format of MNIST and its relatives.

Two zero bytes, a type (8: unsigned byte), the number of dimensions, each size as a big-endian 32-bit number, then the
values.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from glasswork.data.files import existing, open_bytes
from glasswork.errors import DataError

__all__ = ["find_idx", "read_idx"]

_IMAGES = re.compile(r"images?.?idx[34]", re.IGNORECASE)
_TEST = re.compile(r"^(t10k|test)", re.IGNORECASE)
_VALID = re.compile(r"^val", re.IGNORECASE)


def read_idx(path: str | Path) -> np.ndarray:
    """Return the array in an idx file of unsigned bytes, packed or not."""
    data = open_bytes(path)
    if len(data) < 4 or data[:2] != b"\0\0" or data[2] != 8 or not 1 <= data[3] <= 4:
        raise DataError(
            f"{str(path)!r} is not an idx file of unsigned bytes, nor a picture by its name: "
            f"it starts with {data[:4].hex(' ')}."
        )
    start = 4 + 4 * data[3]
    sizes = np.frombuffer(data[4 : min(start, len(data) // 4 * 4)], dtype=">u4")
    wanted = int(np.prod(sizes, dtype=np.uint64)) if len(sizes) == data[3] else -1
    if len(data) - start != wanted:
        shape = " x ".join(str(size) for size in sizes)
        raise DataError(
            f"{str(path)!r} promises {shape} = {max(wanted, 0):,} values and holds {max(0, len(data) - start):,}; "
            "fetch the file again."
        )
    return np.frombuffer(data, dtype=np.uint8, offset=start).reshape(sizes.astype(int))


def find_idx(path: str | Path) -> dict[str, tuple[Path, Path | None]]:
    """Return (images, labels) files by part, for a folder of idx files or one of the files; labels may be missing.

    ``t10k-`` and ``test-`` names are the test part, ``val`` the validation part, any other name the training part.
    """
    path = existing(path)
    folder = path if path.is_dir() else path.parent
    names = sorted(file.name for file in folder.iterdir() if file.is_file())
    pairs: dict[str, tuple[Path, Path | None]] = {}
    for name in names:
        if not _IMAGES.search(name):
            continue
        part = "test" if _TEST.match(name) else "valid" if _VALID.match(name) else "train"
        if part in pairs:
            raise DataError(
                f"{str(folder)!r} holds two idx files of images for {part}: {pairs[part][0].name!r} and {name!r}."
            )
        pairs[part] = (folder / name, _labels(folder, name, names))
    if path.is_file() and not any(path in pair for pair in pairs.values()):
        return {"train": (path, None)}
    return pairs


def _labels(folder: Path, images: str, names: list[str]) -> Path | None:
    def stem(name: str) -> str:
        name = re.sub(r"\.(gz|xz|bz2)$", "", name.lower())
        return re.sub(r"idx\d", "idx", re.sub(r"images?|labels?", "*", name))

    found = [name for name in names if "label" in name.lower() and stem(name) == stem(images)]
    return folder / found[0] if found else None
