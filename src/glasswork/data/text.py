"""Text: labelled texts become sequences of numbered tokens, with a vocabulary from training rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from glasswork.data.contract import Contract, TokenFacts
from glasswork.data.dataset import Examples, Inspection, Prepared
from glasswork.data.files import content_hash
from glasswork.data.inspect_text import text_facts, text_findings
from glasswork.data.labelled_texts import Texts, join_texts, read_texts, texts_of_table
from glasswork.data.ngrams import fit_ngrams
from glasswork.data.options import DataOptions
from glasswork.data.parts import parts_around_fixed
from glasswork.data.question import choose_positive, class_codes, order_classes, recognise_question
from glasswork.data.table import table_of_frame
from glasswork.data.tidy import spell
from glasswork.data.tokens import encode_texts, fit_tokens
from glasswork.errors import DataError, UsageError

__all__ = ["encode_text", "inspect_text", "prepare_text"]

LONGEST = 512
LONG_SHARE = 0.995


def prepare_text(options: DataOptions, task: str | None = None, seed: int = 0) -> Prepared:
    """Read labelled texts, split them, take vocabulary and length from the training rows, and number the tokens.

    Equal texts (but for case and white space) never straddle the split.
    """
    if task not in (None, "classification", "regression"):
        raise UsageError(f"labelled texts answer classification or regression, not {task}; try data.kind=corpus.")
    found = _read(options)
    notes = list(found.notes)
    found = _with_label(found, notes)
    task, classes, targets = _question(found, task, notes)
    keys = _keys(found.texts)
    groups = None if found.groups is None else spell(found.groups).fill_null("").rank("dense").to_numpy()
    codes = targets if task == "classification" else None
    parts = parts_around_fixed(found.fixed, options.split, seed, targets=codes, groups=groups, keys=keys)
    training = [found.texts[i] for i in parts["train"].tolist()]
    if codes is not None:
        _refuse_absent(codes[parts["train"]], classes)
    facts = _fit(training, options, notes)
    contract = Contract(
        kind="text",
        task="classification" if task == "classification" else "regression",
        sources=(*options.paths, *(path for path in (options.valid, options.test) if path is not None)),
        sha256=found.sha256,
        rows=len(found),
        reading={**found.reading, "layout": found.layout},
        targets=(found.labels.name or "label",),
        classes=classes,
        positive=None if codes is None else choose_positive(classes, codes[parts["train"]]),
        tokens=facts,
    )
    examples = Examples(contract, {"tokens": encode_texts(found.texts, facts)}, targets, found.rows, tuple(found.texts))
    settled: dict[str, object] = {
        "kind": "text",
        "level": facts.level,
        "lower": facts.lower,
        "max_tokens": facts.max_tokens,
    }
    if found.layout == "table":
        settled |= {"text": found.reading["text"], "target": found.reading["target"]}
    findings = tuple(text_findings(examples, parts, keys))
    return Prepared(examples, parts, tuple(notes), findings, settled)


def encode_text(contract: Contract, data: Any, need_target: bool = False) -> Examples:
    """Number the tokens of new texts.

    They come as files like those of training, a file with a text a line, a frame, or a list of texts. A list
    whose entries are all names of files is read; any other list is the texts themselves.
    """
    if contract.tokens is None:
        raise DataError("this contract holds no vocabulary; data.json is damaged.")
    found = _read_new(contract, data, need_target)
    targets = None
    if found.labels.null_count() < len(found):
        if contract.task == "classification":
            try:
                codes = class_codes(found.labels, contract.classes, found.rows)
            except DataError:
                if need_target:
                    raise
                codes = np.full(len(found), -1, dtype=np.int64)
            targets = codes if (codes >= 0).all() else None
            known = codes >= 0
        else:
            values = found.labels.cast(pl.Float32, strict=False).fill_null(float("nan")).to_numpy()[:, None]
            known = np.isfinite(values[:, 0])
            targets = values if known.all() else None
        if need_target and targets is None:
            if not known.any():
                raise DataError(f"no text has a value of {contract.targets[0]!r}.")
            keep = np.flatnonzero(known)
            found = _taken(found, keep)
            targets = codes[keep] if contract.task == "classification" else values[keep]
    elif need_target:
        raise DataError(f"an evaluation needs labels, but none of the {len(found):,} texts has one.")
    return Examples(
        contract, {"tokens": encode_texts(found.texts, contract.tokens)}, targets, found.rows, tuple(found.texts)
    )


def inspect_text(options: DataOptions, task: str | None = None) -> Inspection:
    """Look at labelled texts: counts, lengths, classes; equal, empty and cut texts."""
    if options.level == "auto":  # a look needs no dictionary of all runs
        options = options.model_copy(update={"level": "word"})
    prepared = prepare_text(options, task)
    return Inspection(tuple(text_facts(prepared)), prepared.findings, prepared.notes)


def _read(options: DataOptions) -> Texts:
    found = read_texts(options.paths, options)
    pieces = [found]
    for part, number in (("valid", 1), ("test", 2)):
        path = getattr(options, part)
        if path is not None:
            layout = found.layout
            more = read_texts([path], options, layout=layout, reading=dict(found.reading))
            more.fixed[:] = number
            pieces.append(more)
    if len(pieces) == 1:
        return found
    joined = join_texts(pieces)
    joined.sha256 = content_hash(
        [*options.paths, *(path for path in (options.valid, options.test) if path is not None)]
    )
    return joined


def _read_new(contract: Contract, data: Any, need_target: bool) -> Texts:
    reading = dict(contract.reading)
    layout = str(reading.pop("layout", "lines"))
    encoding = reading.get("encoding")
    options = DataOptions(encoding=encoding if isinstance(encoding, str) else None)
    if isinstance(data, (str, Path)):
        paths: list[str | Path] | None = [data]
    elif isinstance(data, (list, tuple)) and all(isinstance(entry, (str, Path)) for entry in data):
        names = all(
            isinstance(entry, Path) or (len(entry) < 1024 and "\n" not in entry and Path(entry).exists())
            for entry in data
        )
        paths = list(data) if names else None
        if not data:
            raise DataError("no text was given.")
    else:
        paths = None
    if paths is not None:
        return read_texts(
            paths, options, layout=layout, reading=reading, classes=contract.classes, labelled=need_target
        )
    if isinstance(data, (list, tuple)) and all(isinstance(entry, str) for entry in data):
        name = reading.get("text")
        data = pl.DataFrame({name if isinstance(name, str) else "text": list(data)})
    from glasswork.data.frames import as_frame

    column = reading.pop("text", None)
    target = reading.pop("target", contract.targets[0])
    frame = as_frame(data)
    if not isinstance(column, str):
        column = "text" if "text" in frame.columns else None
    table = table_of_frame(frame, options, reading=reading, text=[column] if column else [])
    return texts_of_table(table, options, column, target, labelled=need_target)


def _taken(found: Texts, index: np.ndarray) -> Texts:
    return Texts(
        found.layout,
        [found.texts[i] for i in index.tolist()],
        found.labels[index],
        found.rows[index],
        found.fixed[index],
        found.sha256,
        found.reading,
        None if found.groups is None else found.groups[index],
        found.notes,
    )


def _with_label(found: Texts, notes: list[str]) -> Texts:
    known = found.labels.is_not_null().to_numpy()
    if known.all():
        return found
    if not known.any():
        raise DataError(f"the target {found.labels.name!r} has no value in any of {len(found):,} rows.")
    notes.append(f"{int((~known).sum()):,} rows without a target were set aside")
    return _taken(found, np.flatnonzero(known))


def _question(found: Texts, task: str | None, notes: list[str]) -> tuple[str, tuple[str, ...], np.ndarray]:
    """Return task, classes and targets."""
    if found.layout != "table" and task is None:
        task = "classification"
    frame = pl.DataFrame({"text": found.texts, found.labels.name or "label": found.labels})
    name = frame.columns[1]
    question = recognise_question(frame, DataOptions(target=name), task)
    notes += question.notes
    if question.task == "regression":
        return "regression", (), frame[name].cast(pl.Float32).to_numpy()[:, None].copy()
    free = found.labels.filter(pl.Series(found.fixed == 0))
    classes = order_classes(spell(free))
    if len(classes) < 2:
        raise DataError(f"at least two classes were expected for training, got {', '.join(classes) or 'none'}.")
    return "classification", classes, class_codes(found.labels, classes, found.rows)


def _refuse_absent(codes: np.ndarray, classes: tuple[str, ...]) -> None:
    counts = np.bincount(codes, minlength=len(classes))
    if (counts == 0).any():
        raise DataError(f"class {classes[int(counts.argmin())]!r} has no training text; give it some, or remove it.")


def _keys(texts: list[str]) -> np.ndarray:
    """Return a number for each text, the same for texts that are equal but for case and white space."""
    numbers: dict[str, int] = {}
    return np.array(
        [numbers.setdefault(" ".join(text.lower().split()), len(numbers)) for text in texts], dtype=np.int64
    )


def _fit(training: list[str], options: DataOptions, notes: list[str]) -> TokenFacts:
    level = options.level
    if level in ("auto", "ngrams"):
        runs = fit_ngrams(training, most=options.vocabulary)
        if runs.vocabulary or level == "ngrams":
            kinds = "words" if runs.chars is None else "words and characters"
            notes.append(f"tokens: {len(runs.vocabulary):,} runs of {kinds} that two training texts or more hold")
            return runs
        level = "word"
    lower = options.lower if options.lower is not None else level == "word"
    facts = fit_tokens(training, level=level, lower=lower, limit=options.vocabulary)
    longest = options.max_tokens
    if longest is None:
        lengths = encode_texts(training, facts).lengths
        longest = int(min(LONGEST, max(1, np.ceil(np.quantile(lengths, LONG_SHARE)))))
    what = {"word": "words", "char": "characters", "bpe": "byte pairs"}[level]
    notes.append(
        f"tokens: {len(facts.vocabulary):,} {what} of the training texts; texts are cut after {longest} of them"
    )
    return facts.model_copy(update={"max_tokens": longest})
