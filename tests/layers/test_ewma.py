"""EWMA: by hand, the recurrence, the weights' sum, the shapes it takes, refusals."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from glasswork.errors import RangeError
from glasswork.layers import ewma, ewma_corrected, ewma_formula
from suite import check_behaves, check_twin


def test_worked_by_hand():
    # 0.25 * 4 = 1;  0.75 * 1 + 0.25 * 8 = 2.75;  0.75 * 2.75 - 0.25 * 1 = 1.8125
    x = torch.tensor([4.0, 8.0, -1.0])
    assert ewma(x, beta=0.75).tolist() == [1.0, 2.75, 1.8125]
    assert ewma(x, beta=0.0).tolist() == x.tolist()


@pytest.mark.parametrize("beta", [0.0, 0.1, 0.9, 0.999])
@pytest.mark.parametrize("length", [0, 1, 2, 3, 64, 100])
def test_same_value_and_gradient_as_the_recurrence(beta, length):
    x = torch.randn(2, length, generator=torch.Generator().manual_seed(4))
    if length:
        check_twin(lambda x: ewma(x, beta=beta), lambda x: ewma_formula(x, beta=beta), x)
    else:
        assert ewma(x, beta=beta).shape == ewma_formula(x, beta=beta).shape == (2, 0)


@pytest.mark.course(
    "OPT-02",
    verdict="holds",
    seen="the weights are (1 - beta) beta^age and sum to 1 - beta^t; after a jump from 0 to 1 an average with beta "
    "0.98 needs 35 values to pass 1/2 where one with beta 0.5 needs 1",
)
@given(st.floats(0.01, 0.999), st.integers(1, 60))
def test_older_values_weigh_exponentially_less_and_all_weights_sum_to_less_than_one(beta, length):
    weights = ewma(torch.eye(length, dtype=torch.float64), beta=beta)[:, -1]  # each value alone
    age = torch.arange(length - 1, -1, -1, dtype=torch.float64)
    torch.testing.assert_close(weights, (1 - beta) * beta**age, rtol=1e-10, atol=0)
    assert weights.sum().item() == pytest.approx(1 - beta**length, rel=1e-10)
    ones = torch.ones(length, dtype=torch.float64)
    torch.testing.assert_close(ewma_corrected(ones, beta=beta), ones, rtol=1e-12, atol=0)
    slow, quick = (ewma(torch.ones(100), beta=b) for b in (0.98, 0.5))
    assert int((slow < 0.5).sum()) + 1 == 35
    assert int((quick < 0.5).sum()) + 1 == 1


def test_long_series_and_a_beta_close_to_one():
    x = torch.ones(5000, dtype=torch.float64)
    torch.testing.assert_close(ewma_corrected(x, beta=1 - 1e-12), x, rtol=1e-6, atol=0)
    assert ewma(x, beta=0.5)[-1] == 1


def test_behaves():
    check_behaves(ewma, torch.randn(3, 9))
    check_behaves(ewma_corrected, torch.randn(3, 9))


def test_refusal():
    with pytest.raises(RangeError, match=r"ewma: beta must be in \[0, 1\), got beta=1\.0\."):
        ewma(torch.ones(2), beta=1.0)
