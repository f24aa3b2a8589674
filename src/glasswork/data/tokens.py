r"""Tokens: text cut into words, characters or byte pairs, and numbered.

Code 0 is padding, 1 unknown, ``i + 2`` is ``vocabulary[i]``. A vocabulary holds the most frequent tokens of the
training rows, most frequent first, ties in alphabetical order.

- ``word``: runs of letters and digits of any script, with apostrophes inside (``don't``); every other sign on its own:
  the regular expression ``\w+(?:['’]\w+)*|[^\w\s]``. White space is dropped.
- ``char``: every Unicode code point.
- ``bpe``: byte pairs, Sennrich, Haddow & Birch 2016, on UTF-8 bytes (so nothing is unknown), trained by the
  tokenizers library.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from glasswork.data.contract import TokenFacts
from glasswork.data.dataset import Ragged
from glasswork.data.ngrams import encode_ngrams
from glasswork.errors import DataError

__all__ = ["WORD", "decode_tokens", "encode_stream", "encode_texts", "fit_tokens", "tokenize"]

PADDING, UNKNOWN, FIRST = 0, 1, 2
WORD = re.compile(r"\w+(?:['’]\w+)*|[^\w\s]")
MOST_WORDS, MOST_PAIRS = 30_000, 2_048
CODE_POINTS = 0x110000
LONGEST_PAIR = 32  # bytes; text without spaces would else become a few endless tokens
CHUNK = 1 << 22  # code points looked up at a time


def tokenize(text: str, level: str, *, lower: bool = False) -> list[str]:
    """Cut a text into words or characters.

    >>> tokenize("Don't panic, 42!", "word", lower=True)
    ["don't", 'panic', ',', '42', '!']
    """
    if lower:
        text = text.lower()
    return WORD.findall(text) if level == "word" else list(text)


def fit_tokens(texts: Sequence[str], *, level: str, lower: bool = False, limit: int | None = None) -> TokenFacts:
    """Return the tokens of training texts, at most `limit`: by default 30,000 words, 2,048 pairs, or all characters.

    >>> fit_tokens(["b a", "a c"], level="word").vocabulary
    ('a', 'b', 'c')
    """
    if level == "bpe":
        return _fit_pairs(texts, lower=lower, limit=limit or MOST_PAIRS)
    counts: Counter[str] = Counter()
    if level == "char":
        for code, number in _count_code_points(text.lower() if lower else text for text in texts):
            counts[chr(code)] += number
    else:
        for text in texts:
            counts.update(tokenize(text, level, lower=lower))
    limit = limit or (MOST_WORDS if level == "word" else CODE_POINTS)
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:limit]
    if not ranked:
        raise DataError("the training texts hold no token at all; is the text column the right one?")
    return TokenFacts(level=level, lower=lower, vocabulary=tuple(token for token, _ in ranked))


def encode_texts(texts: Sequence[str], facts: TokenFacts) -> Ragged:
    """Return the codes of each text, cut after ``facts.max_tokens``; a text without any token becomes one unknown.

    >>> facts = fit_tokens(["good film"], level="word")
    >>> encode_texts(["good book", ""], facts)[0].tolist()
    [3, 1]
    """
    if facts.level == "ngrams":
        return encode_ngrams(texts, facts)
    limit = facts.max_tokens
    if facts.level == "bpe":
        pairs = _pairs(facts)
        rows: list[Any] = [encoded.ids[:limit] for encoded in pairs.encode_batch(list(texts))]
    elif facts.level == "char":
        table = _lookup(facts)
        rows = [table[_code_points(text.lower() if facts.lower else text)][:limit] for text in texts]
    else:
        codes = {token: i + FIRST for i, token in enumerate(facts.vocabulary)}
        rows = [
            [codes.get(token, UNKNOWN) for token in tokenize(text, "word", lower=facts.lower)[:limit]] for text in texts
        ]
    rows = [row if len(row) else [UNKNOWN] for row in rows]
    offsets = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum([len(row) for row in rows], out=offsets[1:])
    flat = np.empty(int(offsets[-1]), dtype=np.int32)
    for row, start, stop in zip(rows, offsets[:-1].tolist(), offsets[1:].tolist(), strict=True):
        flat[start:stop] = row
    return Ragged(flat, offsets)


def encode_stream(text: str, facts: TokenFacts) -> np.ndarray:
    """Return the codes of one long running text, int32, uncut.

    >>> encode_stream("abba?", fit_tokens(["abb"], level="char")).tolist()
    [3, 2, 2, 3, 1]
    """
    if facts.lower:
        text = text.lower()
    if facts.level == "char":
        table = _lookup(facts)
        codes = np.empty(len(text), dtype=np.int32)
        for start in range(0, len(text), CHUNK):
            codes[start : start + CHUNK] = table[_code_points(text[start : start + CHUNK])]
        return codes
    if facts.level == "word":
        known = {token: i + FIRST for i, token in enumerate(facts.vocabulary)}
        return np.fromiter((known.get(word.group(), UNKNOWN) for word in WORD.finditer(text)), dtype=np.int32)
    lines = text.splitlines(keepends=True)  # in pieces, as the library keeps far more than the text in memory
    pieces = ["".join(lines[start : start + 2000]) for start in range(0, len(lines), 2000)]
    pairs = _pairs(facts)
    encoded = [np.array(pairs.encode(piece).ids, dtype=np.int32) for piece in pieces]
    return np.concatenate(encoded) if encoded else np.empty(0, dtype=np.int32)


def decode_tokens(codes: Iterable[int], facts: TokenFacts) -> str:
    """Return readable text: characters and pairs as they were, words with spaces between; unknown is ``�``.

    >>> decode_tokens([3, 2, 2, 1], fit_tokens(["abb"], level="char"))
    'abb�'
    """
    tokens = [int(code) for code in codes]
    if facts.level == "bpe":
        text: str = _pairs(facts).decode([code for code in tokens if code >= FIRST])
        return text
    known = ["", "�", *facts.vocabulary]
    return (" " if facts.level == "word" else "").join(known[code] for code in tokens if code != PADDING)


def _code_points(text: str) -> np.ndarray:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def _count_code_points(texts: Iterable[str]) -> list[tuple[int, int]]:
    total = np.zeros(CODE_POINTS, dtype=np.int64)
    for joined in _gathered(texts):
        for start in range(0, len(joined), CHUNK):
            counted = np.bincount(_code_points(joined[start : start + CHUNK]))
            total[: len(counted)] += counted
    return [(int(code), int(total[code])) for code in np.flatnonzero(total)]


def _gathered(texts: Iterable[str]) -> Iterable[str]:
    """Join short texts, so that counting costs one call for many."""
    waiting: list[str] = []
    size = 0
    for text in texts:
        waiting.append(text)
        size += len(text)
        if size >= CHUNK:
            yield "".join(waiting)
            waiting, size = [], 0
    yield "".join(waiting)


def _lookup(facts: TokenFacts) -> np.ndarray:
    table = np.full(CODE_POINTS, UNKNOWN, dtype=np.int32)
    for i, token in enumerate(facts.vocabulary):
        table[ord(token)] = i + FIRST
    return table


def _fit_pairs(texts: Sequence[str], *, lower: bool, limit: int) -> TokenFacts:
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

    pairs = Tokenizer(models.BPE())
    if lower:
        pairs.normalizer = normalizers.Lowercase()
    pairs.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    pairs.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    if limit < len(alphabet):
        raise DataError(f"byte pairs need a vocabulary of at least {len(alphabet)} (all bytes), got {limit}.")
    trainer = trainers.BpeTrainer(
        vocab_size=limit + FIRST,
        special_tokens=["<padding>", "<unknown>"],
        initial_alphabet=alphabet,
        max_token_length=LONGEST_PAIR,
        show_progress=False,
    )
    pairs.train_from_iterator(texts, trainer=trainer)
    # Text that spells "<unknown>" is text: the two reserved codes must never be matched in it.
    described = json.loads(pairs.to_str())
    described["added_tokens"] = []
    by_code = sorted(pairs.get_vocab().items(), key=lambda item: item[1])
    return TokenFacts(
        level="bpe",
        lower=lower,
        vocabulary=tuple(token for token, _ in by_code[FIRST:]),
        merges=json.dumps(described, ensure_ascii=False),
    )


def _pairs(facts: TokenFacts) -> Any:
    from tokenizers import Tokenizer

    try:
        return Tokenizer.from_str(facts.merges or "")
    except Exception as error:
        raise DataError(f"the byte pairs in this contract cannot be read ({error}); data.json is damaged.") from None
