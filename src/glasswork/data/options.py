"""DataOptions: how data is read, what is asked of it and how it is split; the recipe's ``data`` section."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["DataOptions", "SplitOptions"]


class SplitOptions(BaseModel):
    """Which examples train, which validate, which test.

    A size is a share (``0.2``) or a number of examples (``2880``). None means: decided from the data and written back.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    how: Literal["auto", "random", "stratified", "group", "time"] = Field(
        "auto", description="auto: stratified for classes, by time for series and corpora, by group when one is named"
    )
    train: float | int | None = Field(None, description="share or count of training examples; default: the rest")
    valid: float | int | None = Field(
        None, description="share or count of validation examples; default 0.15, less when large"
    )
    test: float | int | None = Field(None, description="share or count of test examples; default 0.2, less when large")
    folds: int | None = Field(None, ge=2, description="cross-validation: cut into this many folds ...")
    fold: int | None = Field(None, ge=0, description="... and test on this one, counted from 0")
    keep_duplicates_together: bool = Field(True, description="equal examples never straddle the split")


class DataOptions(BaseModel):
    """Everything about the data that a person can say; what is left out is recognised, and each guess is printed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    paths: tuple[str, ...] = Field(
        (), description="files or folders; two text files are two classes; empty: bundled data"
    )
    kind: Literal["auto", "table", "images", "text", "series", "corpus"] = "auto"
    target: str | tuple[str, ...] | None = Field(None, description="target column(s); default: the last column")
    test: str | None = Field(None, description="a fixed test file or folder")
    valid: str | None = Field(None, description="a fixed validation file or folder")
    header: bool | None = Field(None, description="whether the first line names the columns; default: recognised")
    names: tuple[str, ...] | None = Field(None, description="column names of a headerless file")
    separator: str | None = Field(None, description="default: recognised among comma, tab, semicolon, bar and space")
    encoding: str | None = Field(None, description="default: UTF-8; anything else is said, not guessed")
    missing: tuple[str, ...] | None = Field(
        None, description="spellings of a missing cell; default: '', ?, NA, N/A, nan, null, None"
    )
    ignore: tuple[str, ...] = Field((), description="columns not to use")
    categories: tuple[str, ...] = Field((), description="columns that are categories whatever they look like")
    numbers: tuple[str, ...] = Field((), description="columns that are numbers whatever they look like")
    text: str | None = Field(None, description="the column that holds the text")
    group: str | None = Field(None, description="examples with the same value here stay in one part")
    time: str | None = Field(None, description="the time column of a series")
    past: int | None = Field(
        None, ge=1, description="series: rows a forecast looks back; default from horizon and season"
    )
    horizon: int | None = Field(None, ge=1, description="series: rows ahead to forecast")
    context: int | None = Field(None, ge=1, description="corpus: tokens a language model sees; default 128")
    size: int | None = Field(
        None, ge=1, description="images: side in pixels that images are brought to; default: their own, at most 64"
    )
    level: Literal["auto", "word", "char", "bpe", "ngrams"] = Field(
        "auto", description="text: what a token is; default: what the model wants"
    )
    lower: bool | None = Field(None, description="text: lower the letters; default true for words")
    vocabulary: int | None = Field(
        None, ge=1, description="text: how many tokens at most; default 30,000 words or 2,048 pairs"
    )
    max_tokens: int | None = Field(
        None, ge=1, description="text: cut longer texts; default: the 99.5 % quantile of length, at most 512"
    )
    memory_limit: float = Field(2.0, gt=0, description="GB of decoded images kept in memory; more is streamed")
    split: SplitOptions = SplitOptions()
