"""Corpus: running text for a language model: one long sequence of tokens, cut in three in the order of reading."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from glasswork.data.contiguous import Ranges, contiguous
from glasswork.data.contract import Contract, TokenFacts
from glasswork.data.dataset import Examples, Inspection, Prepared
from glasswork.data.files import content_hash, existing, read_text
from glasswork.data.options import DataOptions
from glasswork.data.tokens import UNKNOWN, encode_stream, fit_tokens
from glasswork.errors import DataError, UsageError
from glasswork.records import Finding

__all__ = ["encode_corpus", "inspect_corpus", "prepare_corpus", "window_starts"]

CONTEXT = 128
VALID_SHARE = TEST_SHARE = 0.05
MOST_CHARACTERS = 256  # more distinct ones than this: byte pairs
SMALL = 100_000  # characters
FOLDER_SUFFIXES = (".txt", ".text", ".md", ".log")


def prepare_corpus(options: DataOptions, task: str | None = None, seed: int = 0) -> Prepared:
    """Read text files end to end, cut them by place, take the vocabulary from the training part, and number the tokens.

    ``parts`` hold window starts: window i reads ``tokens[i : i + context]`` and predicts
    ``tokens[i + 1 : i + context + 1]``. The seed changes nothing, as nothing is drawn.
    """
    if task not in (None, "language-modelling"):
        raise UsageError(f"running text answers language-modelling, not {task}; for labelled texts use data.kind=text.")
    context = options.context or CONTEXT
    pieces, names, sizes = _read_parts(options)
    facts = _fit(pieces["train"], options, context)
    codes = {part: encode_stream(piece, facts) for part, piece in pieces.items()}
    ranges = _ranges(codes)
    tokens = np.concatenate([codes[part] for part in ("train", "valid", "test")])
    parts = {part: _windows(part, ranges[part], context) for part in ranges}
    sources = _sources(options)
    contract = Contract(
        kind="corpus",
        task="language-modelling",
        sources=sources,
        sha256=content_hash(sources),
        rows=len(tokens),
        reading={"encoding": options.encoding},
        tokens=facts,
    )
    examples = Examples(contract, {"tokens": tokens}, None, _rows(names, sizes))
    settled: dict[str, object] = {
        "kind": "corpus",
        "level": facts.level,
        "lower": facts.lower,
        "vocabulary": len(facts.vocabulary),
        "context": context,
    }
    return Prepared(
        examples,
        parts,
        notes=tuple(_notes(options, facts, ranges, context)),
        findings=tuple(_findings(codes, sum(sizes), options)),
        settled=settled,
    )


def encode_corpus(contract: Contract, data: Any, need_target: bool = False) -> Examples:
    """Number the tokens of new text: one path or several, read end to end by the contract's vocabulary."""
    if contract.tokens is None:
        raise DataError("this contract holds no vocabulary; data.json is damaged.")
    paths = [str(path) for path in (data if isinstance(data, (list, tuple)) else [data])]
    encoding = contract.reading.get("encoding")
    text, names, sizes = _read(paths, encoding if isinstance(encoding, str) else None)
    tokens = encode_stream(text, contract.tokens)
    context = contract.tokens.context or CONTEXT
    if need_target and len(tokens) <= context:
        raise DataError(f"an evaluation with context {context} needs at least {context + 1} tokens, got {len(tokens)}.")
    return Examples(contract, {"tokens": tokens}, None, _rows(names, sizes))


def inspect_corpus(options: DataOptions, task: str | None = None) -> Inspection:
    """Look at a corpus: its length, its tokens, what validation and test hold that training does not."""
    prepared = prepare_corpus(options, task)
    facts = prepared.contract.tokens
    length = len(prepared.examples.inputs["tokens"])
    windows = ", ".join(f"{name} {len(part):,}" for name, part in prepared.parts.items())
    level = {"char": "characters", "word": "words", "bpe": "byte pairs"}[facts.level if facts else "char"]
    lines = (
        f"{length:,} tokens ({level}), {len(facts.vocabulary) if facts else 0:,} different in the training part",
        f"windows of {facts.context if facts else CONTEXT} tokens: {windows}",
    )
    return Inspection(lines, prepared.findings, prepared.notes)


def window_starts(start: int, stop: int, context: int) -> np.ndarray:
    """Return the starts of windows that lie end to end in ``[start, stop)``, each with the token after it.

    >>> window_starts(0, 10, 3).tolist()
    [0, 3, 6]
    """
    return np.arange(start, stop - context, context, dtype=np.int64)


def _windows(part: str, bounds: tuple[int, int], context: int) -> np.ndarray:
    start, stop = bounds
    starts = window_starts(start, stop, context)
    other = "" if part == "train" else f" or data.split.{part}=0"
    if len(starts) == 0 and (part == "train" or stop > start):
        raise DataError(
            f"the {part} part has {stop - start} tokens, but a window of context {context} needs {context + 1}; "
            f"bring more text, or ask for a shorter data.context{other}."
        )
    return starts


def _sources(options: DataOptions) -> tuple[str, ...]:
    return (*options.paths, *(path for path in (options.valid, options.test) if path is not None))


def _read(paths: Sequence[str], encoding: str | None) -> tuple[str, list[str], list[int]]:
    files: list[Path] = []
    for given in paths:
        path = existing(given)
        if path.is_dir():
            inside = sorted(
                file for file in path.rglob("*") if file.suffix.lower() in FOLDER_SUFFIXES and file.is_file()
            )
            if not inside:
                raise DataError(f"the folder {str(path)!r} holds no text file ({', '.join(FOLDER_SUFFIXES)}).")
            files += inside
        else:
            files.append(path)
    if not files:
        raise UsageError("a corpus needs at least one text file, such as `glasswork train book.txt`.")
    texts = [read_text(file, encoding) for file in files]
    texts = [text if text.endswith("\n") or i + 1 == len(texts) else text + "\n" for i, text in enumerate(texts)]
    return "".join(texts), [str(file) for file in files], [len(text) for text in texts]


def _read_parts(options: DataOptions) -> tuple[dict[str, str], list[str], list[int]]:
    text, names, sizes = _read(options.paths, options.encoding)
    split = options.split.model_copy(
        update={part: 0 for part in ("valid", "test") if getattr(options, part) is not None}
    )
    bounds = contiguous(len(text), split, valid=VALID_SHARE, test=TEST_SHARE, unit="characters")
    pieces = {part: text[start:stop] for part, (start, stop) in bounds.items()}
    for part in ("valid", "test"):
        path = getattr(options, part)
        if path is not None:
            pieces[part], more, lengths = _read([path], options.encoding)
            names, sizes = names + more, sizes + lengths
    return pieces, names, sizes


def _fit(text: str, options: DataOptions, context: int) -> TokenFacts:
    level = options.level
    if level == "ngrams":
        raise UsageError("a language model reads sequences: data.level is char, bpe or word for a corpus, not ngrams.")
    lower = options.lower if options.lower is not None else level == "word"
    if level in ("auto", "char"):
        facts = fit_tokens([text], level="char", lower=lower, limit=options.vocabulary)
        if level == "char" or len(facts.vocabulary) <= MOST_CHARACTERS:
            return facts.model_copy(update={"context": context})
        level = "bpe"
    lines = [text] if level == "word" else text.splitlines(keepends=True)
    return fit_tokens(lines, level=level, lower=lower, limit=options.vocabulary).model_copy(update={"context": context})


def _ranges(codes: dict[str, np.ndarray]) -> Ranges:
    ranges: Ranges = {}
    start = 0
    for part in ("train", "valid", "test"):
        ranges[part] = (start, start + len(codes[part]))
        start += len(codes[part])
    return ranges


def _rows(names: list[str], sizes: list[int]) -> pl.DataFrame:
    stops = np.cumsum(sizes)
    return pl.DataFrame({"file": names, "row": [1] * len(names), "start": stops - np.array(sizes), "stop": stops})


def _notes(options: DataOptions, facts: TokenFacts, ranges: Ranges, context: int) -> list[str]:
    notes = []
    if options.level == "auto":
        what = "characters" if facts.level == "char" else "byte pairs"
        notes.append(f"tokens: {len(facts.vocabulary):,} {what} of the training part (data.level says otherwise)")
    if options.context is None:
        notes.append(f"context: {context} tokens (data.context says otherwise)")
    said = ", ".join(f"{part} {stop - start:,}" for part, (start, stop) in ranges.items())
    notes.append(f"split by place in the text, in tokens: {said}")
    return notes


def _findings(codes: dict[str, np.ndarray], characters: int, options: DataOptions) -> list[Finding]:
    found = []
    for part in ("valid", "test"):
        unknown = int((codes[part] == UNKNOWN).sum())
        if unknown:
            share = unknown / len(codes[part])
            found.append(
                Finding(
                    fault="unseen-tokens",
                    severity="warning" if share > 0.02 else "note",
                    confidence=1.0,
                    where=f"the {part} part",
                    evidence=f"{unknown:,} of {len(codes[part]):,} tokens ({share:.2%}) never occur in training",
                    advice="use byte pairs (data.level=bpe), which know every byte, or a larger data.vocabulary",
                )
            )
    if characters < SMALL:
        found.append(
            Finding(
                fault="small-data",
                severity="note",
                confidence=0.8,
                where=", ".join(options.paths),
                evidence=f"{characters:,} characters; a language model learns little below {SMALL:,}",
                advice="bring more text, or keep the model small and watch for overfitting",
            )
        )
    return found
