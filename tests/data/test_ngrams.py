"""N-grams: the runs by hand, the dictionary from training texts, and what prepare makes of them."""

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from glasswork.data import DataOptions, prepare
from glasswork.data.contract import TokenFacts
from glasswork.data.ngrams import encode_ngrams, fit_ngrams, ngrams


def test_by_hand():
    assert ngrams("Not BAD!", words=(1, 2), chars=None) == {"wnot", "wbad", "w!", "wnot bad", "wbad !"}
    assert ngrams("a  b", words=(1, 1), chars=(3, 4)) == {"wa", "wb", "c a ", "ca b", "c b ", "c a b", "ca b "}


def test_the_dictionary_holds_runs_of_two_texts_or_more_most_frequent_first():
    facts = fit_ngrams(["x y", "x y", "x z", "q"], most=3)
    assert facts.vocabulary == ("c x ", "wx", "c x y")
    assert "wq" not in fit_ngrams(["x y", "x y", "x z", "q"]).vocabulary


def test_long_texts_are_taken_by_words_alone():
    assert fit_ngrams(["word " * 400] * 3).chars is None
    assert fit_ngrams(["word"] * 3).chars == (3, 5)


@given(st.lists(st.text(max_size=20), min_size=1, max_size=6))
def test_codes_are_a_sorted_set_of_known_runs(texts):
    facts = fit_ngrams(texts)
    coded = encode_ngrams(texts, facts)
    for i, text in enumerate(texts):
        codes = coded[i].tolist()
        known = ngrams(text, facts.words, facts.chars) & set(facts.vocabulary)
        assert codes == sorted(set(codes))
        assert ({facts.vocabulary[code - 2] for code in codes} == known) if known else codes == [1]


def test_the_contract_carries_the_dictionary_and_equal_texts_equal_codes():
    facts = TokenFacts(level="ngrams", vocabulary=("wgood", "wbad"))
    assert TokenFacts.model_validate_json(facts.model_dump_json()) == facts
    coded = encode_ngrams(["bad good", "good BAD good"], facts)
    assert np.array_equal(coded[0], coded[1])


def test_prepare_takes_the_dictionary_from_training_texts_alone(tmp_path):
    rows = [(f"token{i} shared words here", "no" if i % 2 else "yes") for i in range(60)]
    pl.DataFrame(rows, schema=["text", "label"], orient="row").write_csv(tmp_path / "a.csv")
    prepared = prepare(DataOptions(paths=(str(tmp_path / "a.csv"),), text="text", target="label"))
    assert prepared.contract.tokens.level == "ngrams"
    assert "wshared words" in prepared.contract.tokens.vocabulary
    assert not [run for run in prepared.contract.tokens.vocabulary if run in {f"wtoken{i}" for i in range(60)}]
