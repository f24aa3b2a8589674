import pytest
import torch
from torch import nn
from torch.nn import functional

from glasswork.errors import RangeError, ShapeError, UnknownNameError
from glasswork.layers import ConvolutionBlock, Flatten
from suite import check_behaves


@pytest.mark.course("CNN-15")
@pytest.mark.parametrize("norm", ["before", "after", "none"])
def test_worked_step_by_step(norm):
    block = ConvolutionBlock(channels=2, maps=3, norm=norm, activation=nn.Tanh).double().train()
    if norm != "none":
        nn.init.uniform_(block.norm.weight, 0.5, 2)
    x = torch.randn(4, 2, 6, 5, dtype=torch.float64)
    maps = functional.conv2d(x, block.convolution.weight, block.convolution.bias, padding=1)

    def normalised(maps):
        mean, variance = maps.mean((0, 2, 3), keepdim=True), maps.var((0, 2, 3), keepdim=True, unbiased=False)
        return (maps - mean) / (variance + 1e-5).sqrt() * block.norm.weight[:, None, None]

    maps = {
        "before": lambda: normalised(maps).tanh(),
        "after": lambda: normalised(maps.tanh()),
        "none": lambda: maps.tanh(),
    }[norm]()
    torch.testing.assert_close(block(x), functional.max_pool2d(maps, 2), rtol=0, atol=1e-12)
    assert (block.convolution.bias is None) == (norm == "before")


@pytest.mark.parametrize("norm", ["before", "after", "none"])
@pytest.mark.parametrize("size", [(3,), (3, 5)])
def test_behaves(norm, size):
    block = ConvolutionBlock(channels=2, maps=3, size=size, norm=norm).eval()
    check_behaves(block, torch.randn(3, 2, *(8, 6)[: len(size)]))


@pytest.mark.course("CNN-16")
def test_flatten_keeps_the_product_of_the_sizes():
    x = torch.randn(2, 3, 4, 5)
    flat = Flatten()(x)
    assert flat.shape == (2, 3 * 4 * 5)
    assert flat[1, (2 * 4 + 3) * 5 + 1] == x[1, 2, 3, 1]
    check_behaves(Flatten(), x)
    with pytest.raises(ShapeError, match=r"Flatten: x must have 2 or 3 or 4 or 5 dimensions, got shape \(3,\)\."):
        Flatten()(torch.zeros(3))


def test_refusals():
    with pytest.raises(UnknownNameError, match="no norm 'befor'; did you mean 'before'"):
        ConvolutionBlock(channels=1, maps=1, norm="befor")
    with pytest.raises(RangeError, match=r"ConvolutionBlock: pool must be >= 1, got pool=0\."):
        ConvolutionBlock(channels=1, maps=1, pool=0)
