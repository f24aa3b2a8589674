"""What the course says about pooling."""

import pytest
import torch

from glasswork.layers import (
    Convolution,
    MaxPool,
    average_pool,
    dense_parameters,
    max_pool,
    min_pool,
    parameter_count,
    pooling_size,
)


@pytest.mark.course(
    "POOL-01",
    verdict="holds under conditions",
    seen="the strongest answer of each window survives, so a feature stands out where it answers above its "
    "surroundings; "
    "one that answers below them is lost",
)
def test_max_pooling_keeps_the_strongest_answer():
    x = torch.zeros(1, 1, 4, 4)
    x[0, 0, 1, 2] = 5.0
    assert max_pool(x).max() == 5.0
    assert average_pool(x).max() == 1.25
    assert max_pool(-x).abs().max() == 0
    assert min_pool(-x).min() == -5.0


@pytest.mark.course("POOL-02", verdict="holds", seen="min pooling is max pooling of the negative, negated")
@pytest.mark.course(
    "POOL-03", verdict="holds", seen="the mean of all windows is the mean of the map, so nothing is lost on average"
)
def test_named_kinds():
    x = torch.randn(2, 3, 8, 8)
    assert torch.equal(min_pool(x), -max_pool(-x))
    torch.testing.assert_close(average_pool(x).mean((2, 3)), x.mean((2, 3)))


@pytest.mark.course(
    "POOL-06",
    verdict="holds under conditions",
    seen="2x2 pooling leaves a quarter of the numbers to hold and of the multiplications of the next convolution, "
    "and a "
    "quarter of the weights of a dense layer behind it; it has no weights itself, and different maps pool alike",
)
def test_what_pooling_saves_and_loses():
    x = torch.randn(2, 4, 16, 16)
    pooled = max_pool(x)
    assert pooled.numel() * 4 == x.numel()
    after = Convolution(channels=4, maps=8, padding="same")
    work = [after(maps).numel() * after.weight[0].numel() for maps in (x, pooled)]  # multiplications
    assert work[1] * 4 == work[0]
    assert dense_parameters((16, 16, 4), 10, bias=False) == 4 * dense_parameters(
        (pooling_size(16), pooling_size(16), 4), 10, bias=False
    )
    assert parameter_count(MaxPool()) == parameter_count(torch.nn.ReLU()) == 0
    # What is lost: where in its window the maximum stood.
    other = x.reshape(2, 4, 8, 2, 8, 2).flip(3, 5).reshape(x.shape)
    assert not torch.equal(other, x)
    assert torch.equal(max_pool(other), pooled)
    # And a shift inside the windows is not seen at all.
    one = torch.zeros(1, 1, 4, 4)
    one[0, 0, 0, 0] = 1
    assert torch.equal(max_pool(one), max_pool(one.roll(1, dims=3)))
    assert not torch.equal(max_pool(one), max_pool(one.roll(2, dims=3)))
