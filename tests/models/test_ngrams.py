import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from glasswork.data import Ragged
from glasswork.errors import RangeError
from glasswork.models import NGrams


def bags(*texts):
    return Ragged(
        np.concatenate([np.array(text, dtype=np.int32) for text in texts]),
        np.cumsum([0, *(len(text) for text in texts)]),
    )


def test_naive_bayes_by_hand():
    # Three texts of class 0, one of class 1. Code 2 is in two of class 0 and in the one of class 1.
    texts = bags([2, 3], [2], [4], [2, 5], [5, 5, 5])
    model = NGrams(vocabulary=7, outputs=2).fit(texts, np.array([0, 1, 2, 3]), np.array([0, 0, 0, 1, 0]))
    first = math.log(((2 + 1) / (3 + 2)) / ((1 + 1) / (1 + 2)))
    assert model.ratio[2].tolist() == pytest.approx([first, -first])
    # Code 5 is in no text of class 0: the fifth text is no training text.
    assert model.ratio[5, 0].item() == pytest.approx(math.log((1 / 5) / (2 / 3)))
    assert model.ratio[6].tolist() == [0, 0]


def test_the_sum_by_hand():
    model = NGrams(vocabulary=4, outputs=2).eval()
    with torch.no_grad():
        model.ratio.copy_(torch.tensor([[9.0, 9.0], [9.0, 9.0], [1.0, -1.0], [2.0, 0.5]]))
        model.correction[3] = torch.tensor([0.25, -2.0])
        model.scale.fill_(0.5)
        model.bias.copy_(torch.tensor([10.0, 20.0]))
    # class 0: 10 + 1 * 0.5 + 2 * 0.75; class 1: 20 - 1 * 0.5 + 0.5 * -1.5. Padding has a ratio of 9 here, and no say.
    assert model(torch.tensor([[2, 3, 0]]), torch.tensor([2])).tolist() == [[12.0, 18.75]]


@given(st.lists(st.lists(st.integers(2, 9), max_size=6, unique=True), min_size=4, max_size=12), st.integers(2, 4))
def test_first_scores_have_the_wanted_spread(texts, classes):
    labels = np.arange(len(texts)) % classes
    model = NGrams(vocabulary=10, outputs=classes, spread=1.5).double()
    model.fit(bags(*texts), np.arange(len(texts)), labels).eval()
    longest = max(1, *(len(text) for text in texts))
    padded = torch.tensor([text + [0] * (longest - len(text)) for text in texts])
    scores = model(padded) - model.bias
    assert scores.isfinite().all()
    spread = scores.std(correction=0).item()
    assert spread == pytest.approx(1.5, rel=1e-6) or spread < 1e-6


def test_separates_texts_before_any_step():
    texts = bags([2, 3], [2, 4], [5, 3], [5, 4])
    labels = np.array([0, 0, 1, 1])
    model = NGrams(vocabulary=6, outputs=2).fit(texts, np.arange(4), labels).eval()
    assert model(torch.tensor([[2, 3], [2, 4], [5, 3], [5, 4]])).argmax(1).tolist() == labels.tolist()


def test_values_learn_from_a_plain_bag():
    texts = bags([2, 3], [3])
    model = NGrams(vocabulary=4, outputs=1).fit(texts, np.array([0, 1]), np.array([[1.0], [2.0]], dtype=np.float32))
    assert model.ratio.unique().item() == pytest.approx(1 / 1.5**0.5)
    assert model.eval()(torch.tensor([[2, 3]])).tolist() == [[0]]


def test_hides_features_in_training_alone():
    texts = bags([2, 3, 4], [5])
    model = NGrams(vocabulary=6, outputs=2, feature_dropout=0.5).fit(texts, np.arange(2), np.array([0, 1]))
    tokens = torch.tensor([[2, 3, 4]]).expand(200, 3)
    assert len(model.train()(tokens).unique(dim=0)) > 1
    assert len(model.eval()(tokens).unique(dim=0)) == 1
    torch.testing.assert_close(model.train()(tokens.repeat(50, 1)).mean(0), model.eval()(tokens)[0], rtol=0, atol=0.05)


def test_refusals():
    with pytest.raises(RangeError, match=r"NGrams: feature_dropout must be in \[0, 1\), got feature_dropout=1\."):
        NGrams(vocabulary=5, outputs=2, feature_dropout=1)
    with pytest.raises(RangeError, match=r"NGrams: spread must be > 0, got spread=0\."):
        NGrams(vocabulary=5, outputs=2, spread=0)
