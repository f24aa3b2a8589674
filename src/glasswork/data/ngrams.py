"""N-grams: a text as the set of its runs of words and of characters, numbered by a dictionary from training texts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from glasswork.data.contract import TokenFacts
from glasswork.data.dataset import Ragged

__all__ = ["encode_ngrams", "fit_ngrams", "ngrams"]

WORD = re.compile(r"\w+(?:'\w+)?|[^\w\s]+")
LEAST = 2  # a run seen in one training text alone cannot tell classes apart
MOST = 400_000
LONG = 1500  # characters in a usual text above which runs of characters cost more than they tell


def ngrams(text: str, words: tuple[int, int] = (1, 2), chars: tuple[int, int] | None = (3, 5)) -> set[str]:
    """Return the distinct lower-cased runs of words (``w`` before them) and of characters (``c``) in a text.

    >>> sorted(ngrams("Not bad", chars=None))
    ['wbad', 'wnot', 'wnot bad']
    >>> sorted(ngrams("ab", words=(1, 1), chars=(3, 3)))
    ['c ab', 'cab ', 'wab']
    """
    lowered = text.lower()
    return set(_runs(lowered, words, chars))


def _runs(lowered: str, words: tuple[int, int], chars: tuple[int, int] | None) -> Iterator[str]:
    found = WORD.findall(lowered)
    for size in range(words[0], words[1] + 1):
        for i in range(len(found) - size + 1):
            yield "w" + " ".join(found[i : i + size])
    if chars is not None:
        padded = f" {' '.join(lowered.split())} "
        for size in range(chars[0], chars[1] + 1):
            for i in range(len(padded) - size + 1):
                yield "c" + padded[i : i + size]


def fit_ngrams(texts: Sequence[str], *, most: int | None = None) -> TokenFacts:
    """Return the dictionary of the runs that at least two training texts hold, most frequent first, at most `most`.

    Long texts (1,500 characters and more in the median) are taken by words alone.

    >>> fit_ngrams(["so good", "so bad"]).vocabulary[:2]
    ('c so', 'c so ')
    """
    long = bool(texts) and float(np.median([len(text) for text in texts])) >= LONG
    facts = TokenFacts(level="ngrams", lower=True, words=(1, 2), chars=None if long else (3, 5))
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(ngrams(text, facts.words, facts.chars))
    kept = sorted((name for name, count in counts.items() if count >= LEAST), key=lambda name: (-counts[name], name))
    return facts.model_copy(update={"vocabulary": tuple(kept[: most or MOST])})


def encode_ngrams(texts: Iterable[str], facts: TokenFacts) -> Ragged:
    """Return, for each text, the sorted codes of its known runs; a text without any becomes one unknown.

    >>> facts = TokenFacts(level="ngrams", vocabulary=("wbad", "wgood"))
    >>> encode_ngrams(["Good, bad!", "ugly"], facts).flat.tolist()
    [2, 3, 1]
    """
    codes = {name: code for code, name in enumerate(facts.vocabulary, start=2)}
    rows = [
        sorted(codes[run] for run in ngrams(text, facts.words, facts.chars) if run in codes) or [1] for text in texts
    ]
    offsets = np.zeros(len(rows) + 1, dtype=np.int64)
    np.cumsum([len(row) for row in rows], out=offsets[1:])
    flat = np.fromiter((code for row in rows for code in row), dtype=np.int32, count=int(offsets[-1]))
    return Ragged(flat, offsets)
