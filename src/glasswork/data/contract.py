"""Contract: what a run knows of its data (``data.json``): names, types, categories, vocabulary, a hash; no statistics.

New data is read against it: columns are found by name in any order, categories get the same codes, a label that
was never seen is named. Unknown keys are refused, so a file can neither smuggle anything in nor be misread.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["CategoryColumn", "Column", "Contract", "ImageFacts", "SeriesFacts", "TokenFacts"]

Kind = Literal["table", "images", "text", "series", "corpus"]
Task = Literal["classification", "regression", "forecasting", "language-modelling"]


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Frozen):
    """One column of a table: what it is (`kind`) and what it is for (`role`)."""

    name: str
    kind: Literal["number", "category", "boolean", "date", "text"]
    role: Literal["input", "target", "time", "group", "ignored"]
    why: str = ""


class CategoryColumn(_Frozen):
    """A column fed as codes: 0 is missing or never seen, ``i + 1`` is ``categories[i]``."""

    name: str
    categories: tuple[str, ...]


class ImageFacts(_Frozen):
    """The one size that all images are brought to."""

    height: int
    width: int
    channels: int


class TokenFacts(_Frozen):
    """How text becomes tokens: 0 is padding, 1 unknown, ``i + 2`` is ``vocabulary[i]``.

    Args:
        level: ``word``, ``char``, ``bpe``, or ``ngrams``: the set of a text's word and character n-grams.
        lower: whether letters are lowered first.
        vocabulary: the tokens known, in the order of their codes.
        merges: for ``bpe``, the tokenizer's own description as JSON text.
        max_tokens: longer texts are cut here.
        context: for a corpus, the window's length.
        words: for ``ngrams``, shortest and longest run of words.
        chars: for ``ngrams``, shortest and longest run of characters; None: words only.
    """

    level: Literal["word", "char", "bpe", "ngrams"]
    lower: bool = False
    vocabulary: tuple[str, ...] = ()
    merges: str | None = None
    max_tokens: int | None = None
    context: int | None = None
    words: tuple[int, int] = (1, 2)
    chars: tuple[int, int] | None = None

    @property
    def size(self) -> int:
        """How many codes there are, padding and unknown included."""
        return len(self.vocabulary) + 2


class SeriesFacts(_Frozen):
    """Window lengths in rows, the time column and its step in words (``1h``, ``1d``, ``1mo``)."""

    past: int
    horizon: int
    time: str | None = None
    step: str | None = None
    season: int | None = None
    covariates: tuple[str, ...] = ()


class Contract(_Frozen):
    """The facts about one data set that training, evaluation and prediction share.

    Args:
        kind: table, images, text, series or corpus.
        task: classification, regression, forecasting or language-modelling.
        sources: file or folder names as they were given.
        sha256: of the content read, in the order read; `--resume` refuses other data.
        rows: how many examples were read, before any were set aside.
        reading: the reading options that were settled (separator, header, names, encoding, missing).
        columns: every column of a table, whether used or not.
        targets: names of the target columns.
        classes: label spellings in the order of their codes.
        positive: the class whose probability is tuned and reported when there are two.
        numbers: names of the numeric features, in the order of ``Examples.inputs["numbers"]``.
        codes: the categorical features, in the order of ``Examples.inputs["codes"]``.
    """

    format: Literal[1] = 1
    kind: Kind
    task: Task
    sources: tuple[str, ...]
    sha256: str
    rows: int
    reading: dict[str, str | bool | list[str] | None] = Field(default_factory=dict)
    columns: tuple[Column, ...] = ()
    targets: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    positive: str | None = None
    numbers: tuple[str, ...] = ()
    codes: tuple[CategoryColumn, ...] = ()
    image: ImageFacts | None = None
    tokens: TokenFacts | None = None
    series: SeriesFacts | None = None
