"""Text cut and numbered."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glasswork.data import TokenFacts
from glasswork.data.tokens import decode_tokens, encode_stream, encode_texts, fit_tokens, tokenize
from glasswork.errors import DataError


def test_words_by_hand():
    assert tokenize("It's Ünïcode — 日本 3.5!", "word") == ["It's", "Ünïcode", "—", "日本", "3", ".", "5", "!"]
    assert tokenize("a  b", "char") == ["a", " ", " ", "b"]


def test_most_frequent_first_ties_alphabetical_capped():
    facts = fit_tokens(["b b b a c", "c a d"], level="word", limit=3)
    assert facts.vocabulary == ("b", "a", "c")
    assert facts.size == 5
    assert encode_texts(["a b d"], facts)[0].tolist() == [3, 2, 1]


def test_lower():
    facts = fit_tokens(["A a B"], level="word", lower=True)
    assert facts.vocabulary == ("a", "b")
    assert encode_texts(["B A"], facts)[0].tolist() == [3, 2]


@pytest.mark.parametrize("level", ["word", "char", "bpe"])
def test_cut_and_empty(level):
    facts = fit_tokens(["one two three"], level=level).model_copy(update={"max_tokens": 2})
    ragged = encode_texts(["", "one two three", "one"], facts)
    assert ragged.lengths.tolist()[:2] == [1, 2]
    assert ragged[0].tolist() == [1]
    assert ragged.flat.dtype == np.int32
    assert ragged.offsets.dtype == np.int64


def test_no_tokens_at_all():
    with pytest.raises(DataError, match="hold no token"):
        fit_tokens(["", " "], level="word")


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1))
def test_characters_come_back(texts):
    joined = "".join(texts)
    if joined:
        facts = fit_tokens(texts, level="char")
        assert decode_tokens(encode_stream(joined, facts), facts) == joined
        for text, row in zip(texts, encode_texts(texts, facts), strict=False):
            if text:
                assert decode_tokens(row, facts) == text


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_byte_pairs_know_everything(text):
    facts = PAIRS
    assert decode_tokens(encode_stream(text, facts), facts) == text


PAIRS = fit_tokens(["the cat and the hat and the bat\n"] * 5, level="bpe", limit=270)


def test_byte_pairs_are_the_same_again_and_live_in_json():
    again = fit_tokens(["the cat and the hat and the bat\n"] * 5, level="bpe", limit=270)
    assert again == PAIRS
    assert len(PAIRS.vocabulary) <= 270
    assert "Ġthe" in PAIRS.vocabulary
    loaded = TokenFacts.model_validate_json(PAIRS.model_dump_json())
    assert encode_texts(["the cat"], loaded)[0].tolist() == encode_texts(["the cat"], PAIRS)[0].tolist()
    codes = json.loads(PAIRS.merges)["model"]["vocab"]
    assert all(codes[token] == i + 2 for i, token in enumerate(PAIRS.vocabulary))


def test_text_that_spells_a_reserved_token_is_text():
    assert encode_stream("<unknown><padding>", PAIRS).min() >= 2


def test_byte_pairs_below_the_bytes_and_damaged_ones():
    with pytest.raises(DataError, match="at least 256"):
        fit_tokens(["a"], level="bpe", limit=100)
    with pytest.raises(DataError, match=r"data\.json is damaged"):
        encode_stream("a", TokenFacts(level="bpe", merges="{}"))
