import pytest
import torch
from torch import nn

from glasswork.errors import RangeError, ShapeError
from glasswork.models import ConvNet


def test_same_as_a_sequential():
    model = ConvNet(channels=2, height=9, width=8, outputs=3, maps=[4, 5]).double().eval()
    first, second = model.stages
    x = torch.randn(3, 2, 9, 8, dtype=torch.float64)
    twin = nn.Sequential(first, nn.MaxPool2d(2), second, nn.AdaptiveAvgPool2d(1), nn.Flatten(), model.head)
    torch.testing.assert_close(model(x), twin(x), rtol=0, atol=1e-12)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 28])
def test_any_size_of_image_will_do(size):
    model = ConvNet(channels=1, height=size, width=2 * size, outputs=2, maps=[4, 4, 4]).eval()
    assert model(torch.zeros(2, 1, size, 2 * size)).shape == (2, 2)


def test_a_shift_of_the_whole_picture_changes_little():
    model = ConvNet(channels=1, height=16, width=16, outputs=3, maps=[4, 4]).eval()
    x = torch.zeros(1, 1, 16, 16)
    x[..., 6:9, 6:9] = torch.randn(3, 3)
    torch.testing.assert_close(model(x.roll(2, dims=3)), model(x), rtol=1e-4, atol=1e-5)


def test_refusals():
    model = ConvNet(channels=1, height=8, width=8, outputs=2, maps=[2])
    with pytest.raises(ShapeError, match=r"ConvNet: x must have size 8 in dimension 3, got shape \(2, 1, 8, 9\)\."):
        model(torch.zeros(2, 1, 8, 9))
    with pytest.raises(RangeError, match=r"ConvNet: maps must be >= 1, got maps=0\."):
        ConvNet(channels=1, height=8, width=8, outputs=2, maps=[])
