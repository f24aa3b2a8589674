"""Inspect images: what is wrong with pictures, before anything is trained on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from glasswork.data.dataset import Examples, Prepared
from glasswork.records import Finding, Treatment

__all__ = ["duplicate_findings", "image_facts", "image_findings", "imbalance_finding", "unreadable_finding"]

LISTED = 10  # unreadable files named
EXAMPLES = 3  # others named
IMBALANCE = 10.0  # most frequent class over least frequent: where plain accuracy begins to hide the rare class
SMALL_SIDE = 8  # pixels below which nothing is to be recognised
FEW = 20  # training images a class


def image_facts(prepared: Prepared) -> Iterator[str]:
    """Yield the lines that `glasswork check` prints."""
    examples, contract = prepared.examples, prepared.contract
    facts = contract.image
    shape = f"{facts.height}x{facts.width}x{facts.channels}" if facts else ""
    yield f"{len(examples):,} images, brought to {shape}"
    counts = np.bincount(np.asarray(examples.targets, dtype=np.int64), minlength=len(contract.classes))
    ranked = sorted(zip(contract.classes, counts, strict=False), key=lambda pair: -int(pair[1]))
    more = f" and {len(ranked) - 6} more" if len(ranked) > 6 else ""
    yield f"{len(ranked)} classes: " + ", ".join(f"{label} {number:,}" for label, number in ranked[:6]) + more
    yield "parts: " + ", ".join(f"{name} {len(part):,}" for name, part in prepared.parts.items())


def unreadable_finding(faults: Sequence[tuple[str, str]], count: int) -> Finding:
    """Return the finding that names pictures that cannot be read."""
    shown = "; ".join(f"{name}: {fault}" for name, fault in faults[:LISTED])
    more = f"; and {len(faults) - LISTED} more" if len(faults) > LISTED else ""
    return Finding(
        fault="unreadable-files",
        severity="critical",
        confidence=1.0,
        where="the image files",
        evidence=f"{len(faults)} of {count:,} images cannot be read ({shown}{more})",
        advice="replace or delete them; training refuses to start before that",
    )


def image_findings(
    examples: Examples, parts: dict[str, np.ndarray], keys: np.ndarray, shapes: Sequence[tuple[int, int]]
) -> list[Finding]:
    """Return what is wrong with readable pictures.

    Args:
        examples: the pictures and their classes.
        parts: the split.
        keys: equal pictures share a key.
        shapes: (height, width) of each picture as it came; empty where all are alike.
    """
    found: list[Finding] = []
    names = examples.rows["file"].to_list()
    rows = examples.rows["row"].to_list()

    def named(index: np.ndarray) -> str:
        several = len(set(rows)) > 1
        shown = ", ".join(f"{names[i]}:{rows[i]}" if several else names[i] for i in index[:EXAMPLES].tolist())
        return shown + (f" and {len(index) - EXAMPLES:,} more" if len(index) > EXAMPLES else "")

    codes = examples.targets
    if codes is None:
        return found
    found += imbalance_finding(codes[parts["train"]], examples.contract.classes)
    found += duplicate_findings(keys, codes, parts, named)
    pixels = examples.inputs["pixels"]
    if isinstance(pixels, np.ndarray):
        blank = np.flatnonzero((pixels == pixels[:, :1, :1]).all(axis=(1, 2, 3)))
        if len(blank):
            found.append(
                Finding(
                    fault="constant-images",
                    severity="warning",
                    confidence=1.0,
                    where="the pixels",
                    evidence=f"{len(blank):,} images are of one colour all over: {named(blank)}",
                    advice="look at them; a blank picture teaches the network noise",
                )
            )
    tiny = np.array([i for i, shape in enumerate(shapes) if 0 < min(shape) < SMALL_SIDE], dtype=np.int64)
    if len(tiny):
        found.append(
            Finding(
                fault="small-images",
                severity="warning",
                confidence=0.9,
                where="the image files",
                evidence=f"{len(tiny):,} images have a side below {SMALL_SIDE} pixels: {named(tiny)}",
                advice="remove icons and thumbnails that came along by mistake",
            )
        )
    different = Counter(shapes)
    if len(different) > 1:
        shown = ", ".join(f"{h}x{w} ({number:,})" for (h, w), number in different.most_common(4))
        found.append(
            Finding(
                fault="mixed-sizes",
                severity="note",
                confidence=1.0,
                where="the image files",
                evidence=f"images come in {len(different):,} sizes: {shown}",
                advice="all are stretched to one size; crop them yourself where proportions matter",
            )
        )
    return found


def imbalance_finding(codes: np.ndarray, classes: Sequence[str]) -> list[Finding]:
    """Return findings on how many training examples the classes have."""
    counts = np.bincount(codes, minlength=len(classes))
    most, least = int(counts.argmax()), int(counts.argmin())
    found = []
    if counts[least] and counts[most] >= IMBALANCE * counts[least]:
        found.append(
            Finding(
                fault="class-imbalance",
                severity="warning",
                confidence=0.9,
                where=f"class {classes[least]}",
                evidence=f"class {classes[most]!r} has {counts[most]:,} training examples, "
                f"{classes[least]!r} {counts[least]:,}",
                advice="weigh the loss by class, and judge by balanced accuracy instead of accuracy",
                treatments=(Treatment("weigh classes in the loss", {"loss.class_weight": "balanced"}),),
            )
        )
    few = [f"{classes[i]} {counts[i]}" for i in np.flatnonzero(counts < FEW).tolist()]
    if few:
        found.append(
            Finding(
                fault="too-few-rows",
                severity="warning",
                confidence=0.8,
                where="the classes",
                evidence=f"{len(few)} classes have fewer than {FEW} training examples: {', '.join(few[:LISTED])}",
                advice="bring more examples of these classes, or join them",
            )
        )
    return found


def duplicate_findings(
    keys: np.ndarray, codes: np.ndarray, parts: dict[str, np.ndarray], named: Callable[[np.ndarray], str]
) -> Iterator[Finding]:
    """Yield findings on equal examples: copies, copies with different labels, copies across parts."""
    _, group, counts = np.unique(keys, return_inverse=True, return_counts=True)
    group = group.reshape(-1)
    again = np.flatnonzero(counts[group] > 1)
    if len(again) == 0:
        return
    copies = len(again) - len(np.unique(group[again]))
    yield Finding(
        fault="duplicate-rows",
        severity="note",
        confidence=1.0,
        where="the examples",
        evidence=f"{copies:,} of {len(keys):,} are copies of another one: {named(again)}",
        advice="copies are kept in one part of the split; remove them to save time",
    )
    order = again[np.lexsort((codes[again], group[again]))]
    clash = (group[order][1:] == group[order][:-1]) & (codes[order][1:] != codes[order][:-1])
    if clash.any():
        at = np.flatnonzero(clash)
        pairs = np.unique(np.concatenate([order[at], order[at + 1]]))
        yield Finding(
            fault="label-noise",
            severity="warning",
            confidence=1.0,
            where="the classes",
            evidence=f"{len(np.unique(group[pairs])):,} equal examples bear different labels: {named(pairs)}",
            advice="correct the labels of these",
        )
    trained = set(group[parts["train"]].tolist())
    for part in ("valid", "test"):
        shared = np.array(
            [i for i in parts[part].tolist() if group[i] in trained and counts[group[i]] > 1], dtype=np.int64
        )
        if len(shared):
            yield Finding(
                fault="duplicate-rows",
                severity="warning" if len(shared) > 0.01 * len(parts[part]) else "note",
                confidence=1.0,
                where=f"the {part} part",
                evidence=f"{len(shared):,} of {len(parts[part]):,} also occur in training: {named(shared)}",
                advice="the score on these measures memory; remove them from one of the two",
            )
