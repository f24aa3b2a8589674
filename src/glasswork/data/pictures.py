"""Pictures: every image that a folder, an archive or a pair of idx files holds, with its class and its part.

Understood: ``root/<class>/…``, ``root/{train,valid,test}/<class>/…``, archives of these (a tar archive is decoded from
its stream in one pass, nothing is written), idx files by their usual names, one picture, or a folder of pictures.
"""

from __future__ import annotations

import io
import os
import re
import tarfile
import warnings
import zipfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from glasswork.data.files import existing, extract, is_archive, open_binary
from glasswork.data.idx import find_idx, read_idx
from glasswork.data.image_decoding import Look, look_at
from glasswork.errors import DataError

__all__ = ["Pictures", "arrange", "collect", "natural", "pool"]

SUFFIXES = frozenset(
    (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".ppm", ".pgm", ".pbm", ".pnm", ".tif", ".tiff")
)
PART_NAMES = {"train": 0, "training": 0, "val": 1, "valid": 1, "validation": 1, "dev": 1, "test": 2, "testing": 2}
IDX = ("idx1-ubyte", "idx3-ubyte", "idx1.ubyte", "idx3.ubyte")
STREAMED = 512 << 20  # larger archives are unpacked to disk
WHOLE = 128 << 20  # archives up to this size are read into memory before they are decoded
EMPTY = bytes(512)
CHUNK = 128  # pictures a task of the pool


@dataclass
class Pictures:
    """Pictures in their natural order, decoded so far as they are small.

    Args:
        layout: ``folders``, ``idx`` or ``plain`` (no classes).
        names: where each lies, for people.
        labels: class of each, None where there is none.
        fixed: part of each, 0 free or training, 1 valid, 2 test.
        looks: what a first look showed, with the pixels of small ones.
        data: the encoded picture, or its path; None where it is decoded.
        pixels: all of them at once (idx).
        rows: number within its file.
        used: the files that were read.
        notes: what was recognised.
    """

    layout: str
    names: list[str]
    labels: list[str | None]
    fixed: np.ndarray
    looks: list[Look] = field(default_factory=list)
    data: list[bytes | Path | None] = field(default_factory=list)
    pixels: np.ndarray | None = None
    rows: list[int] | None = None
    used: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self.names)


@contextmanager
def pool() -> Iterator[ThreadPoolExecutor]:
    """Lend threads that decode: Pillow's decoders let go of the interpreter's lock."""
    workers = min(8, (os.cpu_count() or 1) + 1)
    with warnings.catch_warnings(), ThreadPoolExecutor(workers, thread_name_prefix="pictures") as threads:
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # `look_at` judges each size itself
        yield threads


def natural(name: str) -> list[tuple[int, int, str]]:
    """Return a sorting key in which s2 comes before s10.

    >>> sorted(["s10", "s2", "S1"], key=natural)
    ['S1', 's2', 's10']
    """
    pieces = re.split(r"(\d+)", name.lower())
    return [(0, int(piece), "") if piece.isdecimal() else (1, 0, piece) for piece in pieces]


def collect(path: str | Path, *, keep: int, known: Collection[str] = (), unpack: bool = False) -> Pictures:
    """Return the pictures of a folder, an archive, idx files, or a single file.

    Args:
        path: where they are.
        keep: pictures with no side longer than this are decoded at once.
        known: class names that are expected.
        unpack: unpack an archive to disk, so that every picture has a path.
    """
    path = existing(path)
    if path.is_file() and is_archive(path):
        if not unpack and path.stat().st_size <= STREAMED:
            found = _from_stream(path, keep, known)
            if found is not None:
                return found
        return _from_folder(extract(path), keep, known, shown=path)
    if path.is_file() and path.suffix.lower() in SUFFIXES:
        return _looked_at(["plain"], [path], [str(path)], keep, [path], known)
    if path.is_file():
        return _from_idx(path)
    return _from_folder(path, keep, known)


def arrange(names: Sequence[str], known: Collection[str] = ()) -> tuple[list[str | None], np.ndarray]:
    """Return the class and the part of each picture by its relative name.

    A folder that holds all the others is passed over; folders named train, valid and test are parts.

    >>> labels, fixed = arrange(["set/train/cat/1.png", "set/train/dog/1.png", "set/test/cat/2.png"])
    >>> labels, fixed.tolist()
    (['cat', 'dog', 'cat'], [0, 0, 2])
    >>> arrange(["1.png", "2.png"])[0]
    [None, None]
    """
    places = [name.removeprefix("./").split("/") for name in names]
    while places and all(len(place) > 1 for place in places):
        first = places[0][0]
        if first in known or first.lower() in PART_NAMES or any(place[0] != first for place in places):
            break
        places = [place[1:] for place in places]
    tops = {place[0].lower() for place in places if len(place) > 1}
    fixed = np.zeros(len(places), dtype=np.int8)
    if tops and tops <= set(PART_NAMES) and not tops & {name.lower() for name in known}:
        fixed[:] = [PART_NAMES[place[0].lower()] if len(place) > 1 else 0 for place in places]
        places = [place[1:] if len(place) > 1 else place for place in places]
    return [place[0] if len(place) > 1 else None for place in places], fixed


def _from_folder(folder: Path, keep: int, known: Collection[str], shown: Path | None = None) -> Pictures:
    files = []
    for root, folders, inside in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith((".", "__MACOSX"))]
        files += [Path(root) / name for name in inside if not name.startswith(".")]
    idx = any(any(mark in file.name for mark in IDX) for file in files)
    pictures = [file for file in files if file.suffix.lower() in SUFFIXES]
    if idx and not pictures:
        return _from_idx(next(file for file in files if any(mark in file.name for mark in IDX)).parent)
    if not pictures:
        raise DataError(f"{str(shown or folder)!r} holds no image files ({', '.join(sorted(SUFFIXES))}).")
    relative = {file: file.relative_to(folder).as_posix() for file in pictures}
    pictures.sort(key=lambda file: natural(relative[file]))
    names = [f"{shown}/{relative[file]}" if shown else str(file) for file in pictures]
    found = _looked_at([relative[file] for file in pictures], pictures, names, keep, [shown or folder], known)
    if len(pictures) < len(files):
        found.notes.append(f"{len(files) - len(pictures):,} files that are no images were passed over")
    return found


def _looked_at(
    places: Sequence[str],
    data: Sequence[Path],
    names: list[str],
    keep: int,
    used: list[Path],
    known: Collection[str],
) -> Pictures:
    with pool() as threads:
        chunks = [data[start : start + CHUNK] for start in range(0, len(data), CHUNK)]
        looks = [
            look
            for chunk in threads.map(lambda chunk: [look_at(p, keep=keep) for p in chunk], chunks)
            for look in chunk
        ]
    labels, fixed = arrange(places, known)
    layout = "folders" if any(label is not None for label in labels) else "plain"
    return Pictures(layout, names, labels, fixed, looks, list(data), used=used)


def _from_stream(path: Path, keep: int, known: Collection[str]) -> Pictures | None:
    """Decode an archive as it is read; None where it holds idx files, which want unpacking."""
    names: list[str] = []
    pending: list[Future[list[tuple[Look, bytes | None]]]] = []

    def work(chunk: list[bytes]) -> list[tuple[Look, bytes | None]]:
        looks = [look_at(data, keep=keep) for data in chunk]
        return [(look, data if look.pixels is None else None) for look, data in zip(looks, chunk, strict=True)]

    others = 0
    with pool() as threads:
        chunk: list[bytes] = []
        for name, data in _members(path):
            if any(mark in name for mark in IDX):
                return None
            if os.path.splitext(name)[1].lower() not in SUFFIXES:  # noqa: PTH122 - a path object costs more than decoding
                others += 1
                continue
            names.append(name)
            chunk.append(data)
            if len(chunk) == CHUNK:
                pending.append(threads.submit(work, chunk))
                chunk = []
        pending.append(threads.submit(work, chunk))
        done = [entry for future in pending for entry in future.result()]
    if not names:
        raise DataError(f"the archive {str(path)!r} holds no image files ({', '.join(sorted(SUFFIXES))}).")
    order = sorted(range(len(names)), key=lambda i: natural(names[i]))
    labels, fixed = arrange([names[i] for i in order], known)
    layout = "folders" if any(label is not None for label in labels) else "plain"
    return Pictures(
        layout,
        [names[i] for i in order],
        labels,
        fixed,
        [done[i][0] for i in order],
        [done[i][1] for i in order],
        used=[path],
        notes=[f"{others:,} files that are no images were passed over"] if others else [],
    )


def _members(path: Path) -> Iterator[tuple[str, bytes]]:
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                packed_files = [member for member in archive.infolist() if not member.is_dir()]
                if sum(member.file_size for member in packed_files) > 4 * STREAMED:
                    raise DataError(
                        f"{str(path)!r} unpacks to over {4 * STREAMED >> 20:,} MB; unpack it yourself first."
                    )
                for entry in packed_files:
                    if not _hidden(entry.filename):
                        yield entry.filename, archive.read(entry)
            return
        with open_binary(path) as stream:
            if path.stat().st_size <= WHOLE:
                # In one piece first: a decompressor beside decoding threads waits for the interpreter at every block.
                content = stream.read()
                simple = list(_simple_tar(content))
                if None not in simple:
                    yield from (entry for entry in simple if entry is not None and not _hidden(entry[0]))
                    return
                stream = io.BytesIO(content)
            with tarfile.open(fileobj=stream, mode="r|") as packed:
                for member in packed:
                    if member.isreg() and not _hidden(member.name):
                        inside = packed.extractfile(member)
                        yield member.name, inside.read() if inside is not None else b""
    except (tarfile.TarError, zipfile.BadZipFile, RuntimeError) as error:
        raise DataError(f"{str(path)!r} is cut short or damaged: {error}; fetch the archive again.") from None


def _simple_tar(content: bytes) -> Iterator[tuple[str, bytes] | None]:
    """Yield the files of a tar archive with plain headers; None at the first thing that only `tarfile` understands.

    An archive of 60,000 small pictures is read several times faster than with `tarfile`.
    """
    position = 0
    while position + 512 <= len(content):
        header = content[position : position + 512]
        if header == EMPTY:
            return
        kind, size, check = header[156:157], header[124:135].strip(b" \0"), header[148:156].strip(b" \0")
        if kind not in (b"0", b"5", b"\0") or not size.isdigit() or not check.isdigit():
            yield None
            return
        length = int(size, 8)
        start, position = position + 512, position + 512 + (length + 511) // 512 * 512
        if int(check, 8) != sum(header) - sum(header[148:156]) + 256 or start + length > len(content):
            yield None
            return
        if kind != b"5":
            prefix = header[345:500].split(b"\0", 1)[0] if header[257:263] == b"ustar\0" else b""
            name = header[:100].split(b"\0", 1)[0]
            spelled = (prefix + b"/" + name if prefix else name).decode("utf-8", "surrogateescape")
            yield spelled, content[start : start + length]
    yield None  # no end mark: cut short


def _hidden(name: str) -> bool:
    return "/." in name.removeprefix("./") or name.startswith("__MACOSX") or (name[:1] == "." and name[:2] != "./")


def _from_idx(path: Path) -> Pictures:
    pairs = find_idx(path)
    if not pairs:
        raise DataError(f"{str(path)!r} holds no idx files of images (such as train-images-idx3-ubyte.gz).")
    arrays: list[np.ndarray] = []
    labels: list[str | None] = []
    names: list[str] = []
    rows: list[int] = []
    fixed: list[int] = []
    used: list[Path] = []
    for part in ("train", "valid", "test"):
        if part not in pairs:
            continue
        images, numbered = pairs[part]
        array = read_idx(images)
        if array.ndim not in (3, 4):
            raise DataError(f"{str(images)!r} must hold images (3 or 4 dimensions), got shape {array.shape}.")
        array = array if array.ndim == 4 else array[..., None]
        if arrays and array.shape[1:] != arrays[0].shape[1:]:
            raise DataError(
                f"{str(images)!r} holds images of shape {array.shape[1:]}, the others {arrays[0].shape[1:]}."
            )
        found = _idx_labels(numbered, images, len(array))
        arrays.append(array)
        labels += found
        names += [str(images)] * len(array)
        rows += range(1, len(array) + 1)
        fixed += [PART_NAMES[part]] * len(array)
        used += [images] if numbered is None else [images, numbered]
    pixels = np.concatenate(arrays) if len(arrays) > 1 else arrays[0].copy()
    notes = [
        f"{pairs[part][0].name!r} is the {part} part" for part in ("valid", "test") if part in pairs and len(pairs) > 1
    ]
    layout = "plain" if all(label is None for label in labels) else "idx"
    return Pictures(
        layout, names, labels, np.array(fixed, dtype=np.int8), pixels=pixels, rows=rows, used=used, notes=notes
    )


def _idx_labels(path: Path | None, images: Path, count: int) -> list[str | None]:
    if path is None:
        return [None] * count
    labels = read_idx(path)
    if labels.shape != (count,):
        raise DataError(f"{str(images)!r} holds {count:,} images and {str(path)!r} labels of shape {labels.shape}.")
    spelled = [str(code) for code in range(256)]
    return [spelled[code] for code in labels.tolist()]


def missing_labels(names: Iterable[str], labels: Iterable[str | None]) -> list[str]:
    """Return the names of pictures without a class."""
    return [name for name, label in zip(names, labels, strict=True) if label is None]
