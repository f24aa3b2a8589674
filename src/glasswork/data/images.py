"""Images: folders, archives and idx files become one array of pixels, or a list of files where that is too large."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from glasswork.checks import nearest
from glasswork.data.contract import Contract, ImageFacts
from glasswork.data.dataset import Examples, ImageFiles, Inspection, Prepared
from glasswork.data.files import content_hash
from glasswork.data.image_decoding import decode, resize, to_channels
from glasswork.data.inspect_images import image_facts, image_findings, unreadable_finding
from glasswork.data.options import DataOptions
from glasswork.data.parts import parts_around_fixed
from glasswork.data.pictures import CHUNK, Pictures, collect, natural, pool
from glasswork.data.question import choose_positive
from glasswork.errors import DataError, UsageError

__all__ = ["encode_images", "inspect_images", "prepare_images"]

SIDE = 64  # the longest side by default
LISTED = 5

Fault = tuple[str, str]  # a picture's name and what is wrong with it


def prepare_images(options: DataOptions, task: str | None = None, seed: int = 0) -> Prepared:
    """Read images in class folders, bring them to one size, split them and number the classes.

    Equal pictures never straddle the split; folders or files named train, valid and test are the parts.
    """
    return _prepare(options, task, seed, faults=None)


def encode_images(contract: Contract, data: Any, need_target: bool = False) -> Examples:
    """Bring new pictures to the contract's size.

    They come as a picture, a list of them, a folder with classes or without, an archive, or idx files. Of data
    that has train and test parts, an evaluation takes the test part.
    """
    facts = contract.image
    if facts is None:
        raise DataError("this contract holds no image size; data.json is damaged.")
    known = {label: code for code, label in enumerate(contract.classes)}
    paths = list(data) if isinstance(data, (list, tuple)) else [data]
    if not paths:
        raise DataError("no image was given.")
    found = _joined([collect(path, keep=SIDE, known=known) for path in paths])
    if need_target and (found.fixed == 2).any() and (found.fixed == 0).any():
        found = _taken(found, np.flatnonzero(found.fixed == 2))
    targets = None
    if found.layout != "plain":
        strange = sorted({label for label in found.labels if label is not None and label not in known}, key=natural)
        bare = [name for name, label in zip(found.names, found.labels, strict=True) if label is None]
        if not strange and not bare:
            targets = np.array([known[label] for label in found.labels if label is not None], dtype=np.int64)
        elif need_target:
            raise DataError(_strange(strange[0], contract.classes) if strange else _bare(bare))
    elif need_target:
        raise DataError(_bare(found.names))
    size = (facts.height, facts.width, facts.channels)
    pixels, faults = _pixels(found, size)
    _refuse_faults(faults, len(found))
    return Examples(contract, {"pixels": pixels}, targets, _rows(found))


def inspect_images(options: DataOptions, task: str | None = None) -> Inspection:
    """Look at images: counts, sizes, classes; unreadable, equal, blank and mislabelled pictures."""
    faults: list[Fault] = []
    prepared = _prepare(options, task, 0, faults=faults)
    findings = prepared.findings
    if faults:
        findings = (unreadable_finding(faults, len(prepared.examples) + len(faults)), *findings)
    return Inspection(tuple(image_facts(prepared)), findings, prepared.notes)


def _prepare(options: DataOptions, task: str | None, seed: int, faults: list[Fault] | None) -> Prepared:
    if task not in (None, "classification"):
        raise UsageError(f"images answer classification, not {task}; folders are the classes.")
    found = _collect(options)
    broken = _faults(found)
    if faults is None:
        _refuse_faults(broken, len(found))
    elif broken:
        faults += broken
        found = _taken(found, np.array([i for i, look in enumerate(found.looks) if not look.fault], dtype=np.int64))
    bare = [name for name, label in zip(found.names, found.labels, strict=True) if label is None]
    if bare:
        raise DataError(_bare(bare))
    notes = list(found.notes)
    height, width, channels, size_notes = _choose_size(found, options)
    notes += size_notes
    if len(found) * height * width * channels > options.memory_limit * 1e9 and found.pixels is None:
        pixels: np.ndarray | ImageFiles = _files(found, options, (height, width, channels))
        notes.append(
            f"{len(found):,} images exceed data.memory_limit={options.memory_limit:g} GB and are read as needed"
        )
    else:
        pixels, late = _pixels(found, (height, width, channels))
        if faults is None:
            _refuse_faults(late, len(found))
        elif late:
            faults += late
            gone = {name for name, _ in late}
            kept = np.array([i for i, name in enumerate(found.names) if name not in gone], dtype=np.int64)
            found, pixels = _taken(found, kept), pixels[kept]
        if channels == 3 and _all_grey(pixels):
            pixels, channels = np.ascontiguousarray(pixels[..., :1]), 1
            notes.append("channels: 1, as every pixel is grey")
    keys = _keys(pixels)
    classes, codes = _classes(found)
    parts = parts_around_fixed(found.fixed, options.split, seed, targets=codes, keys=keys)
    counts = np.bincount(codes[parts["train"]], minlength=len(classes))
    if (counts == 0).any():
        absent = classes[int(counts.argmin())]
        raise DataError(f"class {absent!r} has no training image; give it some, or remove it from the other parts.")
    contract = Contract(
        kind="images",
        task="classification",
        sources=_sources(options),
        sha256=content_hash(found.used),
        rows=len(found),
        reading={"layout": found.layout},
        targets=("class",),
        classes=classes,
        positive=choose_positive(classes, codes[parts["train"]]),
        image=ImageFacts(height=height, width=width, channels=channels),
    )
    notes.append(
        f"{len(classes)} classes, by {'label files' if found.layout == 'idx' else 'folder'}: {_listed(classes)}"
    )
    examples = Examples(contract, {"pixels": pixels}, codes, _rows(found))
    findings = image_findings(examples, parts, keys, [(look.height, look.width) for look in found.looks])
    settled: dict[str, object] = {"kind": "images"}
    if height == width:
        settled["size"] = height
    return Prepared(examples, parts, tuple(notes), tuple(findings), settled)


def _sources(options: DataOptions) -> tuple[str, ...]:
    return (*options.paths, *(path for path in (options.valid, options.test) if path is not None))


def _collect(options: DataOptions, *, unpack: bool = False) -> Pictures:
    if len(options.paths) != 1:
        raise UsageError(
            f"images are read from one folder, archive or idx file, got {len(options.paths)} paths; "
            "put each class in a folder of its own, all in one folder."
        )
    keep = max(SIDE, min(options.size or 0, 4 * SIDE))
    found = collect(options.paths[0], keep=keep, unpack=unpack)
    if found.layout == "idx" and (options.test or options.valid):  # said beats found
        found = _taken(found, np.flatnonzero(found.fixed == 0))
    further = []
    for part, number in (("valid", 1), ("test", 2)):
        path = getattr(options, part)
        if path is not None:
            known = {label for label in found.labels if label is not None}
            more = collect(path, keep=keep, known=known, unpack=unpack)
            if more.layout == "idx" and len(set(more.fixed.tolist())) > 1:
                more = _taken(more, np.flatnonzero(more.fixed == number))
            more.fixed[:] = number
            further.append(more)
    return _joined([found, *further]) if further else found


def _joined(pieces: list[Pictures]) -> Pictures:
    if len(pieces) == 1:
        return pieces[0]
    idx = [piece.pixels is not None for piece in pieces]
    if any(idx) and (not all(idx) or len({piece.pixels.shape[1:] for piece in pieces if piece.pixels is not None}) > 1):
        raise DataError("idx files and images of other kinds or sizes cannot be read together.")
    first = pieces[0]
    return Pictures(
        next((piece.layout for piece in pieces if piece.layout != "plain"), "plain"),
        [name for piece in pieces for name in piece.names],
        [label for piece in pieces for label in piece.labels],
        np.concatenate([piece.fixed for piece in pieces]),
        [look for piece in pieces for look in piece.looks],
        [data for piece in pieces for data in piece.data],
        None
        if first.pixels is None
        else np.concatenate([piece.pixels for piece in pieces if piece.pixels is not None]),
        [row for piece in pieces for row in (piece.rows or [1] * len(piece))],
        list(dict.fromkeys(path for piece in pieces for path in piece.used)),
        list(dict.fromkeys(note for piece in pieces for note in piece.notes)),
    )


def _taken(found: Pictures, index: np.ndarray) -> Pictures:
    chosen = index.tolist()
    return Pictures(
        found.layout,
        [found.names[i] for i in chosen],
        [found.labels[i] for i in chosen],
        found.fixed[index],
        [found.looks[i] for i in chosen] if found.looks else [],
        [found.data[i] for i in chosen] if found.data else [],
        None if found.pixels is None else found.pixels[index],
        None if found.rows is None else [found.rows[i] for i in chosen],
        found.used,
        found.notes,
    )


def _choose_size(found: Pictures, options: DataOptions) -> tuple[int, int, int, list[str]]:
    """Return height, width and channels, and a line for what was decided."""
    if found.pixels is not None:
        height, width, channels = found.pixels.shape[1:]
        if channels not in (1, 3):
            raise DataError(f"images must have 1 or 3 channels, got {channels}.")
        shapes = Counter({(height, width): len(found)})
    else:
        shapes = Counter((look.height, look.width) for look in found.looks)
        channels = 1 if all(look.grey for look in found.looks) else 3
    (height, width), most = shapes.most_common(1)[0]
    said = f"{height}x{width}" if len(shapes) == 1 else f"{len(shapes)} different sizes"
    if options.size is not None:
        new = (options.size, options.size)
    elif most > len(found) / 2:
        scale = min(1.0, SIDE / max(height, width))
        new = (max(1, round(height * scale)), max(1, round(width * scale)))
    else:
        middle = np.median([min(look.height, look.width) for look in found.looks])
        new = (min(SIDE, int(middle)),) * 2
    notes = []
    if len(shapes) > 1 or new != (height, width):
        notes.append(f"size: {said}, all brought to {new[0]}x{new[1]} (data.size says otherwise)")
    if channels == 3 and any(look.grey for look in found.looks):
        grey = sum(look.grey for look in found.looks)
        notes.append(f"channels: 3, as {len(found) - grey:,} images have colours; {grey:,} are grey")
    return *new, channels, notes


def _pixels(found: Pictures, size: tuple[int, int, int]) -> tuple[np.ndarray, list[Fault]]:
    """Decode what is not yet decoded and bring everything to one size; faults are returned by name."""
    height, width, channels = size
    given = found.pixels
    if given is not None and given.shape[1:] == size:
        return given, []
    pixels = np.zeros((len(found), *size), dtype=np.uint8)

    def fill(start: int) -> list[Fault]:
        faults = []
        for i in range(start, min(start + CHUNK, len(found))):
            if given is not None:
                whole = given[i] if given.shape[3] == 3 else given[i, ..., 0]
                pixels[i] = resize(to_channels(whole, channels), height, width)
                continue
            look, data = found.looks[i], found.data[i]
            try:
                if look.pixels is not None:
                    pixels[i] = resize(to_channels(look.pixels, channels), height, width)
                elif look.fault is not None or data is None:
                    raise ValueError(look.fault or "it holds nothing")
                else:
                    pixels[i] = decode(data, size)
            except ValueError as error:
                faults.append((found.names[i], str(error)))
        return faults

    with pool() as threads:
        faults = [fault for chunk in threads.map(fill, range(0, len(found), CHUNK)) for fault in chunk]
    return pixels, faults


def _files(found: Pictures, options: DataOptions, size: tuple[int, int, int]) -> ImageFiles:
    """Return the pictures as paths; those of an archive are unpacked to disk first."""
    if not all(isinstance(data, Path) for data in found.data):
        unpacked = _collect(options, unpack=True)
        if any(look.fault for look in unpacked.looks):
            unpacked = _taken(unpacked, np.flatnonzero([look.fault is None for look in unpacked.looks]))
        # Both are in their natural order, which a folder around everything does not change.
        if [Path(name).name for name in unpacked.names] != [Path(name).name for name in found.names]:
            raise DataError("the archive could not be unpacked file by file; unpack it yourself and give the folder.")
        found = unpacked
    return ImageFiles(tuple(data for data in found.data if isinstance(data, Path)), size)


def _all_grey(pixels: np.ndarray) -> bool:
    for start in range(0, len(pixels), 4096):
        some = pixels[start : start + 4096]
        few = some[:16]
        for sample in (few, some):
            if (sample[..., 0] != sample[..., 1]).any() or (sample[..., 0] != sample[..., 2]).any():
                return False
    return len(pixels) > 0


def _keys(pixels: np.ndarray | ImageFiles) -> np.ndarray:
    """Return a number for each picture, the same for equal pixels (or, of files, equal bytes)."""

    def key(content: Any) -> int:
        return int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "little", signed=True)

    if isinstance(pixels, ImageFiles):
        with pool() as threads:
            return np.array(list(threads.map(lambda path: key(path.read_bytes()), pixels.paths)), dtype=np.int64)
    rows = np.ascontiguousarray(pixels).reshape(len(pixels), -1)
    return np.array([key(row) for row in rows], dtype=np.int64)


def _classes(found: Pictures) -> tuple[tuple[str, ...], np.ndarray]:
    labels = [label for label in found.labels if label is not None]
    training = {label for label, part in zip(labels, found.fixed.tolist(), strict=True) if part == 0}
    classes = tuple(sorted(training, key=lambda label: (natural(label), label)))
    if len(classes) < 2:
        raise DataError(
            f"at least two classes were expected, one folder each, got {_listed(classes) or 'none'} for training."
        )
    known = {label: code for code, label in enumerate(classes)}
    for label in labels:
        if label not in known:
            raise DataError(_strange(label, classes))
    return classes, np.array([known[label] for label in labels], dtype=np.int64)


def _faults(found: Pictures) -> list[Fault]:
    return [(name, look.fault) for name, look in zip(found.names, found.looks, strict=False) if look.fault]


def _refuse_faults(faults: list[Fault], count: int) -> None:
    if not faults:
        return
    shown = "; ".join(f"{name!r}: {fault}" for name, fault in faults[:LISTED])
    more = f"; and {len(faults) - LISTED} more" if len(faults) > LISTED else ""
    raise DataError(f"{len(faults)} of {count:,} images cannot be read ({shown}{more}); replace or delete them.")


def _bare(names: list[str]) -> str:
    return (
        f"{len(names):,} images have no class, such as {names[0]!r}; images must lie in one folder a class "
        "(root/cat/1.png, root/dog/1.png), at least two of them."
    )


def _strange(label: str, classes: tuple[str, ...]) -> str:
    close = nearest(label, classes)
    hint = f"; did you mean {close!r}?" if close else "."
    return f"class {label!r} is none that was trained on{hint} Known: {_listed(classes)}."


def _listed(classes: tuple[str, ...]) -> str:
    return ", ".join(classes[:12]) + (f" and {len(classes) - 12} more" if len(classes) > 12 else "")


def _rows(found: Pictures) -> pl.DataFrame:
    return pl.DataFrame(
        {"file": found.names, "row": found.rows or [1] * len(found)}, schema={"file": pl.String, "row": pl.Int64}
    )
