"""What the course says about convolutional networks, where mathematics or a look at the parts settles it."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torch.nn import functional

from glasswork import course
from glasswork.layers import (
    Convolution,
    ConvolutionBlock,
    Flatten,
    GlobalPool,
    ImageInputs,
    Residual,
    convolution,
    convolution_size,
    max_pool,
    receptive_field,
)
from glasswork.losses import CrossEntropy
from glasswork.models import ConvNet, ResNet, TextCNN
from glasswork.optimizers import Adam
from suite import close


def _digits():
    from sklearn.datasets import load_digits

    data = load_digits()
    return torch.tensor(data.images, dtype=torch.float32).unsqueeze(1) / 16, torch.tensor(data.target)


def _trained(model, x, y, *, steps=60):
    optimizer, loss = Adam(model.parameters(), lr=0.01), CrossEntropy()
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        losses.append(loss(model(x), y))
        losses[-1].backward()
        optimizer.step()
    return losses[0].item(), losses[-1].item()


@pytest.mark.course(
    "CNN-01",
    verdict="holds",
    seen="a 1-D net learns which of two waves a series is, a 2-D one ten digits; texts have TextCNN",
)
def test_nets_of_one_and_two_dimensions_learn():
    time = torch.linspace(0, 6.3, 32)
    phase = torch.rand(64, 1) * 6.3
    kind = torch.arange(64) % 2
    series = torch.sin(time * (2 + 3 * kind[:, None]) + phase).unsqueeze(1)
    one = nn.Sequential(ConvolutionBlock(channels=1, maps=8, size=(5,)), GlobalPool(), nn.Linear(8, 2))
    first, last = _trained(one, series, kind)
    assert last < 0.1 * first
    pixels, digit = _digits()
    two = nn.Sequential(ConvolutionBlock(channels=1, maps=8), Flatten(), nn.Linear(8 * 4 * 4, 10))
    first, last = _trained(two, pixels[:200], digit[:200])
    assert last < 0.1 * first
    assert any(isinstance(part, nn.Conv1d) for part in TextCNN(vocabulary=20, outputs=2).modules())


@pytest.mark.course(
    "CNN-02",
    verdict="holds",
    seen="the blocks run in the taught order, and each named role gives the size that is said",
)
def test_the_order_of_the_parts():
    order = []
    net = nn.Sequential(
        ConvolutionBlock(channels=3, maps=4), ConvolutionBlock(channels=4, maps=6), Flatten(), nn.Linear(6 * 4 * 4, 10)
    )
    for name, part in net.named_modules():
        if not list(part.children()):
            part.register_forward_hook(
                lambda part, _, out, name=name: order.append((name.split(".")[-1], tuple(out.shape[1:])))
            )
    net(torch.zeros(2, 3, 16, 16))
    assert order == [
        ("convolution", (4, 16, 16)),
        ("norm", (4, 16, 16)),
        ("activation", (4, 16, 16)),
        ("pooling", (4, 8, 8)),
        ("convolution", (6, 8, 8)),
        ("norm", (6, 8, 8)),
        ("activation", (6, 8, 8)),
        ("pooling", (6, 4, 4)),
        ("2", (96,)),
        ("3", (10,)),
    ]


@pytest.mark.course(
    "CNN-08",
    verdict="holds",
    seen="without padding a 3x3 filter uses a corner of a 6x6 picture once and its middle nine times; padded by 1, "
    "four "
    "times and nine",
)
def test_how_often_pixels_are_used():
    ones = torch.ones(1, 1, 3, 3)

    def uses(padding):
        x = torch.zeros(1, 1, 6, 6, requires_grad=True)
        convolution(x, ones, padding=padding).sum().backward()
        return x.grad[0, 0]

    assert (uses(0)[0, 0], uses(0)[2, 2]) == (1, 9)
    assert (uses("same")[0, 0], uses("same")[2, 2]) == (4, 9)
    assert uses(2).unique().tolist() == [9]  # only with padding of m - 1 does every pixel count alike


@pytest.mark.course(
    "CNN-09",
    verdict="holds under conditions",
    seen="a stride of 2 keeps every second value of the map of stride 1, a quarter of the work, and drops the rest; "
    "stride 1 keeps the size only with padding 'same'",
)
def test_what_a_stride_drops():
    x, kernel = torch.randn(1, 1, 9, 9), torch.randn(1, 1, 3, 3)
    every, second = convolution(x, kernel), convolution(x, kernel, stride=2)
    torch.testing.assert_close(second, every[..., ::2, ::2])
    assert second.numel() / every.numel() == (4 / 7) ** 2
    assert convolution_size(9, kernel=3) != 9
    assert convolution_size(9, kernel=3, padding="same") == 9


@pytest.mark.course(
    "CNN-11", verdict="holds", seen="each filter alone gives exactly its own map, and sees all channels"
)
def test_each_filter_gives_one_map():
    x, kernel = torch.randn(2, 3, 6, 6), torch.randn(5, 3, 3, 3)
    together = convolution(x, kernel)
    assert together.shape[1] == 5
    alone = torch.cat([convolution(x, one[None]) for one in kernel], dim=1)
    torch.testing.assert_close(together, alone)
    for channel in range(3):
        other = x.clone()
        other[:, channel] += 1
        assert (convolution(other, kernel) != together).any(dim=3).any(dim=2).all()


@pytest.mark.course(
    "CNN-13",
    verdict="holds",
    seen="of the 6x6 inputs each output depends on its own 3x3 window alone: 9 of 36 entries of the Jacobian",
)
def test_an_output_depends_on_its_window_alone():
    kernel = torch.randn(1, 1, 3, 3)
    jacobian = torch.autograd.functional.jacobian(lambda x: convolution(x, kernel)[0, 0], torch.randn(1, 1, 6, 6))
    for i in range(4):
        for j in range(4):
            seen = jacobian[i, j, 0, 0] != 0
            assert seen.sum() == 9
            assert seen[i : i + 3, j : j + 3].all()
            # Weights are shared: every place multiplies by the same nine numbers.
            torch.testing.assert_close(jacobian[i, j, 0, 0, i : i + 3, j : j + 3], kernel[0, 0])


@pytest.mark.course(
    "CNN-14",
    verdict="holds under conditions",
    seen="a convolution is equivariant: digits moved by a pixel move the maps by a pixel, exactly, away from the "
    "border; "
    "pooled maps change less for that pixel, but do change",
)
def test_shifted_digits():
    pixels, _ = _digits()
    x = functional.pad(pixels[:100], (4, 4, 4, 4))
    moved = x.roll(1, dims=3)
    layer = Convolution(channels=1, maps=8, padding="same", bias=False)
    maps, maps_moved = layer(x).relu(), layer(moved).relu()
    torch.testing.assert_close(maps_moved, maps.roll(1, dims=3))

    def change(a, b):
        return ((a - b).norm() / a.norm()).item()

    raw = change(maps, maps_moved)
    pooled = change(max_pool(maps, size=4), max_pool(maps_moved, size=4))
    whole = change(maps.amax((2, 3)), maps_moved.amax((2, 3)))
    assert whole < 1e-6 < pooled < raw


@pytest.mark.course(
    "CNN-15",
    verdict="holds",
    seen="two convolutions with nothing between them are one convolution with a 5x5 kernel; a ReLU between them "
    "breaks it",
)
def test_without_a_nonlinearity_two_convolutions_are_one():
    x = torch.randn(1, 1, 9, 9, dtype=torch.float64)
    a, b = torch.randn(2, 1, 1, 3, 3, dtype=torch.float64)
    both = convolution(a, b.flip(2, 3), padding=2)  # the kernels' own convolution
    torch.testing.assert_close(convolution(convolution(x, a), b), convolution(x, both))
    assert not torch.allclose(convolution(convolution(x, a).relu(), b), convolution(x, both))


@pytest.mark.course(
    "CNN-16", verdict="holds", seen="optional: ConvNet and ResNet pool whole maps and have no flatten at all"
)
def test_flatten_is_optional():
    for model in (
        ConvNet(channels=1, height=8, width=8, outputs=3, maps=[4]),
        ResNet(channels=1, height=8, width=8, outputs=3, stem=4, maps=[4], depths=[1]),
    ):
        assert not any(isinstance(part, Flatten | nn.Flatten) for part in model.modules())
        assert model(torch.zeros(2, 1, 8, 8)).shape == (2, 3)


@pytest.mark.course("CNN-17", "CNN-18")
@pytest.mark.course(
    "CNN-18",
    verdict="holds under conditions",
    seen="probabilities that sum to 1 come out of the task's decoding; the net gives logits",
)
@pytest.mark.course(
    "CNN-19",
    verdict="holds",
    seen="features() and head are the two stages of ConvNet and of ResNet, and their composition is the net",
)
def test_two_stages_and_an_output_layer():
    from glasswork.activations import Softmax

    x = torch.randn(4, 1, 8, 8)
    convnet = ConvNet(channels=1, height=8, width=8, outputs=3, maps=[4, 6]).eval()
    assert convnet.features(x).shape == (4, 6, 4, 4)
    torch.testing.assert_close(convnet(x), convnet.head(GlobalPool()(convnet.features(x))))
    assert isinstance(convnet.head, nn.Linear)
    assert convnet.head.weight.shape == (3, 6)
    resnet = ResNet(channels=1, height=8, width=8, outputs=3, stem=4, maps=[6], depths=[1]).eval()
    torch.testing.assert_close(resnet(x), resnet.head(GlobalPool("max")(resnet.features(x))) * resnet.scale)
    shares = Softmax()(convnet(x))
    assert (shares >= 0).all()
    torch.testing.assert_close(shares.sum(1), torch.ones(4))
    assert not torch.allclose(convnet(x).sum(1), torch.ones(4))


@pytest.mark.course("WE-56")
@pytest.mark.course(
    "CNN-21",
    verdict="holds",
    seen="files load as bytes from 0, black, to 255, white, in 1 channel or 3",
    file="src/glasswork/data/images.py",
)
def test_grey_and_colour_pictures(tmp_path):
    from glasswork.data import DataOptions, prepare

    example = course.worked("WE-56")
    for kind, shape in (("grey", (6, 5)), ("colour", (6, 5, 3))):
        for label in ("a", "b"):
            (tmp_path / kind / label).mkdir(parents=True)
            for i in range(6):
                pixels = np.random.default_rng(i).integers(0, 256, shape, dtype=np.uint8)
                pixels[0], pixels[1] = 0, 255
                Image.fromarray(pixels).save(tmp_path / kind / label / f"{i}.png")
        loaded = prepare(DataOptions(paths=(str(tmp_path / kind),))).examples.inputs["pixels"]
        assert loaded.dtype == np.uint8
        assert loaded.shape[1:3] == (6, 5)
        close(example, f"channels_{kind}", loaded.shape[3])
        close(example, "min", loaded[:, 0].max())
        close(example, "max", loaded[:, 1].min())
    bytes_BCHW = torch.tensor([[[[0, 255]]]], dtype=torch.uint8)
    assert ImageInputs(1)(bytes_BCHW).flatten().tolist() == [0.0, 1.0]


@pytest.mark.course(
    "CNN-22",
    verdict="holds under conditions",
    seen="four of the five likenesses are properties of the parts: locality, growing fields, feature maps, a "
    "non-linearity; invariance is approximate, to small shifts alone: a turned digit changes the answer",
    file="src/glasswork/layers/convolution_block.py",
)
def test_what_a_net_shares_with_sight():
    net = nn.Sequential(ConvolutionBlock(channels=1, maps=4), ConvolutionBlock(channels=4, maps=4)).eval()
    x = torch.rand(1, 1, 32, 32, requires_grad=True)
    net(x)[0, :, 4, 4].sum().backward()
    sides = (x.grad[0, 0] != 0).nonzero()
    reach = (sides.max(0).values - sides.min(0).values + 1).max()
    assert reach <= receptive_field([(3,), (2, 2), (3,), (2, 2)])[-1] == 10  # local, though it grew from 3
    with torch.no_grad():
        picture = torch.zeros(1, 1, 32, 32)
        picture[..., 8:24, 14:18] = 1  # an upright bar
        answer = [GlobalPool("max")(net(view)) for view in (picture, picture.roll(4, dims=3), picture.mT)]
    torch.testing.assert_close(answer[0], answer[1])  # shifted by as much as the poolings step
    assert not torch.allclose(answer[0], answer[2], rtol=0.01)  # turned by a right angle


@pytest.mark.course(
    "CNN-23",
    verdict="holds",
    seen="with the norm before the activation every map has mean 0 and variance 1 before it is pooled; either "
    "place trains",
)
def test_the_norm_stands_before_pooling():
    pixels, digit = _digits()
    block = ConvolutionBlock(channels=1, maps=8)
    names = [name for name, _ in block.named_children()]
    assert names.index("norm") < names.index("pooling")
    seen = []
    block.norm.register_forward_hook(lambda part, _, out: seen.append(out))
    block(pixels[:200])
    torch.testing.assert_close(seen[0].mean((0, 2, 3)), torch.zeros(8), rtol=0, atol=1e-5)
    torch.testing.assert_close(seen[0].var((0, 2, 3), unbiased=False), torch.ones(8), rtol=0, atol=0.01)
    for norm in ("before", "after"):
        net = nn.Sequential(ConvolutionBlock(channels=1, maps=8, norm=norm), Flatten(), nn.Linear(128, 10))
        first, last = _trained(net, pixels[:200], digit[:200], steps=40)
        assert last < 0.2 * first, norm


@pytest.mark.course("CNN-25")
def test_a_branch_that_gives_nothing_leaves_the_identity():
    branch = Convolution(channels=2, maps=2, padding="same")
    nn.init.zeros_(branch.weight)
    nn.init.zeros_(branch.bias)
    x = torch.randn(1, 2, 4, 4)
    assert torch.equal(Residual(branch)(x), x)
