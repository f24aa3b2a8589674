"""Convolution and its kin: by hand, against torch, the written-out twin, the algebra, and the refusals."""

import copy

import pytest
import torch
from torch import nn
from torch.nn import functional

from glasswork.errors import RangeError, ShapeError, UnknownNameError
from glasswork.layers import (
    Convolution,
    DepthwiseSeparable,
    EdgeFilter,
    convolution,
    convolution_formula,
    edge_kernel,
    flip_kernel,
    windows,
)
from suite import check_behaves, check_same_kernels, check_twin

SETTINGS = [
    {},
    {"stride": 2},
    {"padding": 2},
    {"padding": "same"},
    {"padding": "valid"},
    {"dilation": 2},
    {"stride": 3, "padding": 1, "dilation": 2},
    {"groups": 2},
    {"padding": 2, "border": "replicate"},
    {"padding": "same", "dilation": 2, "border": "replicate", "groups": 2},
]


def test_worked_by_hand():
    x = torch.tensor([[[[1.0, 2.0, 0.0], [0.0, 1.0, 3.0], [4.0, 0.0, 1.0]]]])
    kernel = torch.tensor([[[[1.0, 2.0], [3.0, -1.0]]]])
    # 1+4+0-1 = 4   2+0+3-3 = 2   0+2+12-0 = 14   1+6+0-1 = 6
    assert convolution(x, kernel).tolist() == [[[[4.0, 2.0], [14.0, 6.0]]]]
    assert convolution(x, kernel, torch.tensor([10.0])).tolist() == [[[[14.0, 12.0], [24.0, 16.0]]]]


@pytest.mark.course("CNN-08")
def test_near_values_at_the_border_by_hand():
    x = torch.tensor([[[5.0, 7.0]]])
    ones = torch.ones(1, 1, 3)
    assert convolution(x, ones, padding=1, border="replicate").tolist() == [[[17.0, 19.0]]]  # 5+5+7, 5+7+7
    assert convolution(x, ones, padding=1).tolist() == [[[12.0, 12.0]]]


@pytest.mark.course(
    "CNN-03",
    verdict="holds under conditions",
    seen="multiplying each window by elements and summing is what torch's convolution does, value and gradient; by its "
    "mathematical name it is cross-correlation, as the kernel is not turned round",
)
@pytest.mark.course("CNN-11")
@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("size", [(3,), (2,), (3, 3), (2, 3), (1, 4)])
def test_kernel_and_formula_agree(settings, size):
    groups = settings.get("groups", 1)
    x = torch.randn(2, 4, *(9, 8)[: len(size)])
    kernel, bias = torch.randn(6, 4 // groups, *size), torch.randn(6)
    check_twin(
        lambda *own: convolution(*own, **settings), lambda *own: convolution_formula(*own, **settings), x, kernel, bias
    )
    assert convolution(x, kernel, **settings).shape[:2] == (2, 6)


@pytest.mark.course("CNN-03")
@pytest.mark.parametrize(("size", "theirs"), [((3,), nn.Conv1d), ((3, 3), nn.Conv2d), ((2, 5), nn.Conv2d)])
@pytest.mark.parametrize(
    ("ours", "torchs"),
    [
        ({}, {}),
        ({"stride": 2, "padding": 1}, {"stride": 2, "padding": 1}),
        ({"padding": 2, "border": "replicate"}, {"padding": 2, "padding_mode": "replicate"}),
        ({"dilation": 2, "groups": 2, "bias": False}, {"dilation": 2, "groups": 2, "bias": False}),
    ],
)
def test_same_value_gradient_and_operations_as_torch(size, theirs, ours, torchs):
    mine = Convolution(channels=4, maps=6, size=size, **ours)
    other = theirs(4, 6, size, **torchs)
    other.load_state_dict(mine.state_dict())
    x = torch.randn(2, 4, *(9, 10)[: len(size)])
    check_same_kernels(mine, other, x)
    mine, other = mine.double(), other.double()
    check_twin(mine, other, x, rtol=0, atol=0)
    mine(x.double()).square().sum().backward()
    other(x.double()).square().sum().backward()
    for a, b in zip(mine.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(a.grad, b.grad, rtol=0, atol=0)


@pytest.mark.parametrize("size", [(3, 3), (4, 3), (2,)])
def test_same_padding_is_torchs_even_for_even_kernels(size):
    mine = Convolution(channels=2, maps=3, size=size, padding="same")
    x = torch.randn(2, 2, *(7, 6)[: len(size)])
    assert mine(x).shape[2:] == x.shape[2:]
    torchs = (functional.conv1d, functional.conv2d)[len(size) - 1]
    pads = [place for n in reversed(size) for place in ((n - 1) // 2, n - 1 - (n - 1) // 2)]
    torch.testing.assert_close(mine(x), torchs(functional.pad(x, pads), mine.weight, mine.bias))


@pytest.mark.course(
    "CNN-24", verdict="holds", seen="autograd's gradient of a convolution equals finite differences, as in dense layers"
)
@pytest.mark.parametrize("border", ["zeros", "replicate"])
def test_gradient_equals_finite_differences(border):
    x = torch.randn(2, 2, 5, 4, dtype=torch.float64, requires_grad=True)
    kernel = torch.randn(3, 2, 3, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda *own: convolution(*own, padding=1, stride=2, border=border), (x, kernel))


def test_gradient_of_the_kernel_is_the_correlation_that_the_page_says():
    x, kernel = torch.randn(1, 1, 6, 5).double(), torch.randn(1, 1, 3, 2).double().requires_grad_()
    above = torch.randn(1, 1, 4, 4).double()
    convolution(x, kernel).backward(above)
    torch.testing.assert_close(kernel.grad, convolution(x, above))


def test_convolution_of_mathematics_commutes_and_correlation_does_not():
    a, b = torch.randn(1, 1, 4).double(), torch.randn(1, 1, 4).double()
    full = {"padding": 3}
    torch.testing.assert_close(convolution(a, flip_kernel(b), **full), convolution(b, flip_kernel(a), **full))
    assert not torch.allclose(convolution(a, b, **full), convolution(b, a, **full))
    product = torch.fft.irfft(torch.fft.rfft(a, 7) * torch.fft.rfft(b, 7), 7)  # multiplied polynomials
    torch.testing.assert_close(convolution(a, flip_kernel(b), **full), product)


def test_windows_are_a_view_of_every_patch():
    x = torch.arange(12.0).reshape(1, 1, 3, 4)
    seen = windows(x, [2, 2], stride=1, dilation=2)
    assert seen.tolist() == [[[[[[0.0, 2.0], [8.0, 10.0]], [[1.0, 3.0], [9.0, 11.0]]]]]]
    assert seen.untyped_storage().data_ptr() == x.untyped_storage().data_ptr()


@pytest.mark.course(
    "CNN-04",
    verdict="holds",
    seen="each filter answers to a step in its own direction, with 3 or, as Sobel's, 4 times its height, and to a step "
    "in the other direction or an even surface with exactly 0",
)
@pytest.mark.parametrize("kind", ["horizontal", "vertical", "sobel_horizontal", "sobel_vertical"])
def test_edge_filters_answer_to_their_edge_alone(kind):
    steps = torch.tensor([0.0, 0.0, 1.0, 1.0]).expand(1, 2, 4, 4)  # brighter on the right: a vertical edge
    along, across = (steps, steps.mT) if "vertical" in kind else (steps.mT, steps)
    layer = EdgeFilter(kind, channels=2)
    weight = 4 if "sobel" in kind else 3
    assert layer(along).unique().tolist() == [-weight if "vertical" in kind else weight]
    assert layer(across).unique().tolist() == [0.0]
    assert edge_kernel(kind).sum() == 0  # so that an even surface, however bright, answers nothing
    assert not list(layer.parameters())
    assert EdgeFilter(kind, channels=2, padding="same", border="replicate")(torch.ones(1, 2, 5, 5)).abs().max() == 0


@pytest.mark.course("CNN-12")
def test_depthwise_separable_is_a_convolution_of_low_rank():
    layer = DepthwiseSeparable(channels=3, maps=5, padding=1, stride=2).double()
    x = torch.randn(2, 3, 7, 7, dtype=torch.float64)
    full = layer.pointwise.weight * layer.depthwise.weight.transpose(0, 1)  # one kernel a pair of map and channel
    torch.testing.assert_close(layer(x), convolution(x, full, layer.pointwise.bias, padding=1, stride=2))


@pytest.mark.parametrize(
    "part",
    [
        Convolution(channels=2, maps=4),
        Convolution(channels=2, maps=4, padding="same", border="replicate", groups=2),
        Convolution(channels=2, maps=4, size=(4, 2), padding="same"),
        DepthwiseSeparable(channels=2, maps=3),
        EdgeFilter("sobel_vertical", channels=2),
    ],
    ids=lambda part: f"{type(part).__name__}",
)
def test_parts_behave(part):
    check_behaves(part, torch.randn(3, 2, 6, 5))


@pytest.mark.parametrize("call", [convolution, convolution_formula])
def test_functions_behave(call):
    check_behaves(lambda x: call(x, torch.full((3, 2, 3), 0.5).to(x.dtype), padding=1), torch.randn(2, 2, 6))


def test_own_state_is_torchs_state():
    ours, theirs = Convolution(channels=1, maps=2), nn.Conv2d(1, 2, 3)
    ours.load_state_dict(theirs.state_dict())
    twin = copy.deepcopy(ours)
    assert torch.equal(twin(torch.ones(1, 1, 4, 4)), theirs(torch.ones(1, 1, 4, 4)))


@pytest.mark.course("INIT-16")
def test_filters_begin_small_and_different():
    layer = Convolution(channels=4, maps=32)
    bound = 1 / (4 * 9) ** 0.5
    assert layer.weight.abs().max() <= bound
    assert layer.weight.std().item() == pytest.approx(bound / 3**0.5, rel=0.05)
    assert len(layer.weight.flatten(1).unique(dim=0)) == 32


@pytest.mark.course(
    "HP-15", verdict="holds", seen="a Convolution without further words has 3x3 filters, as ConvNet has"
)
def test_three_by_three_is_the_default():
    from glasswork.models import ConvNet

    assert Convolution(channels=1, maps=1).weight.shape[2:] == (3, 3)
    model = ConvNet(channels=1, height=8, width=8, outputs=2)
    assert {part.kernel_size for part in model.modules() if isinstance(part, nn.Conv2d)} == {(3, 3)}


def test_refusals():
    x, kernel = torch.zeros(1, 2, 5, 5), torch.zeros(3, 2, 3, 3)
    with pytest.raises(ShapeError, match=r"convolution: x must have size 2 in dimension 1, got shape \(1, 3, 5, 5\)"):
        convolution(torch.zeros(1, 3, 5, 5), kernel)
    with pytest.raises(ShapeError, match=r"convolution: x must have 4 dimensions, got shape \(2, 5, 5\)"):
        convolution(torch.zeros(2, 5, 5), kernel)
    with pytest.raises(
        ShapeError, match=r"window spans 5 places, the padded input has 3: floor\(\(3 \+ 2\*0 - 2\*\(3-1"
    ):
        convolution(torch.zeros(1, 2, 5, 3), kernel, dilation=2)
    with pytest.raises(RangeError, match=r"convolution: side must be >= 1, got side=0\."):
        convolution(torch.zeros(1, 2, 0, 5), kernel, padding=2)
    with pytest.raises(RangeError, match=r"convolution: stride must be >= 1, got stride=0\."):
        convolution(x, kernel, stride=0)
    with pytest.raises(RangeError, match=r"padding 'same' needs stride 1, got stride=2\. Give a number instead\."):
        Convolution(channels=2, maps=3, stride=2, padding="same")
    with pytest.raises(RangeError, match=r"convolution: padding must be >= 0, got padding=-1\."):
        convolution(x, kernel, padding=-1)
    with pytest.raises(UnknownNameError, match="no padding 'full'"):
        convolution(x, kernel, padding="full")
    with pytest.raises(UnknownNameError, match="no border 'zero'; did you mean 'zeros'"):
        convolution(x, kernel, border="zero")
    with pytest.raises(RangeError, match=r"Convolution: groups must divide 3, got groups=2\."):
        Convolution(channels=3, maps=4, groups=2)
    with pytest.raises(RangeError, match=r"Convolution: sides must be 2, got sides=3\. Series and images only\."):
        Convolution(channels=3, maps=4, size=(3, 3, 3))
    with pytest.raises(UnknownNameError, match="no kind 'horizntal'; did you mean 'horizontal'"):
        EdgeFilter("horizntal")
