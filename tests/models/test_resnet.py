import pytest
import torch
from torch.nn import functional

from glasswork.errors import ShapeError
from glasswork.models import ResNet


def test_worked_step_by_step():
    model = ResNet(channels=2, height=8, width=8, outputs=3, stem=4, maps=[5], depths=[2]).double().eval()
    for name, parameter in model.named_parameters():
        if "norm" in name:
            torch.nn.init.uniform_(parameter, 0.5, 2)
    x = torch.randn(3, 2, 8, 8, dtype=torch.float64)

    def step(part, maps, *, pool=False):
        maps = functional.conv2d(maps, part.convolution.weight, padding=1)
        maps = functional.max_pool2d(maps, 2) if pool else maps
        # A fresh norm has mean 0 and variance 1.
        scale = part.norm.weight / (1 + part.norm.eps) ** 0.5
        return (maps * scale[:, None, None] + part.norm.bias[:, None, None]).relu()

    maps = step(model.stages[0].enter, step(model.stem, x), pool=True)
    first, second = model.stages[0].branch
    maps = maps + step(second, step(first, maps))
    expected = 0.125 * maps.amax((2, 3)) @ model.head.weight.T
    torch.testing.assert_close(model(x), expected, rtol=0, atol=1e-12)


def test_the_default_for_small_colour_images():
    model = ResNet(channels=3, height=32, width=32, outputs=10)
    assert sum(p.numel() for p in model.parameters()) == 1_166_496


@pytest.mark.parametrize("size", [1, 3, 28])
def test_any_size_of_image_will_do(size):
    model = ResNet(channels=1, height=size, width=size + 1, outputs=2, stem=2, maps=[2, 2, 2], depths=[0, 1, 1]).eval()
    assert model(torch.zeros(2, 1, size, size + 1)).shape == (2, 2)


def test_mirror_answers_alike_for_both_sides():
    sizes = {"channels": 2, "height": 8, "width": 8, "outputs": 3, "stem": 4, "maps": [5], "depths": [1]}
    plain, both = ResNet(**sizes).double().eval(), ResNet(**sizes, mirror=True).double().eval()
    both.load_state_dict(plain.state_dict())
    x = torch.randn(3, 2, 8, 8, dtype=torch.float64)
    torch.testing.assert_close(both(x), (plain(x) + plain(x.flip(3))) / 2, rtol=0, atol=1e-12)
    torch.testing.assert_close(both(x.flip(3)), both(x), rtol=0, atol=1e-12)
    torch.testing.assert_close(both.train()(x), plain.train()(x), rtol=0, atol=1e-12)


def test_refusals():
    with pytest.raises(
        ShapeError, match=r"ResNet: as many entries are needed in each, got 2 in maps and 1 in depths\."
    ):
        ResNet(channels=1, height=8, width=8, outputs=2, maps=[2, 2], depths=[1])
    model = ResNet(channels=1, height=8, width=8, outputs=2, stem=2, maps=[2], depths=[1])
    with pytest.raises(ShapeError, match=r"ResNet: x must have size 1 in dimension 1, got shape \(2, 3, 8, 8\)\."):
        model(torch.zeros(2, 3, 8, 8))
