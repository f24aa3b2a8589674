"""All poolings in one suite: by hand, against torch, the written-out twin, properties, refusals."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from glasswork import layers
from glasswork.errors import RangeError, ShapeError, UnknownNameError
from glasswork.layers import (
    AveragePool,
    GlobalPool,
    L2Pool,
    MaxPool,
    MinPool,
    global_average_pool,
    global_max_pool,
    global_pool_formula,
    l2_pool,
    max_pool,
    min_pool,
)
from suite import check_behaves, check_same_kernels, check_twin

KINDS = ["max_pool", "min_pool", "average_pool", "l2_pool"]
CLASSES = {"max_pool": MaxPool, "min_pool": MinPool, "average_pool": AveragePool, "l2_pool": L2Pool}
SETTINGS = [
    {},
    {"size": 3, "stride": 1, "padding": 1},
    {"size": 3, "stride": 2},
    {"size": 2, "stride": 3, "padding": 1},
]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("max_pool", [4.0, 0.0]), ("min_pool", [-3.0, -2.0]), ("average_pool", [0.5, -1.0]), ("l2_pool", [5.0, 2.0])],
)
def test_worked_by_hand(kind, expected):
    x = torch.tensor([[[-3.0, 4.0, 0.0, -2.0, 99.0]]])  # the last place fills no window
    assert getattr(layers, kind)(x).flatten().tolist() == expected
    assert getattr(layers, kind)(x[..., None, :].expand(-1, -1, 2, -1)[..., :4]).flatten().tolist() == pytest.approx(
        [value * 2**0.5 for value in expected] if kind == "l2_pool" else expected
    )


@pytest.mark.course("POOL-01", "POOL-02", "POOL-03", "POOL-04")
@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("sides", [(9,), (7, 8)])
@pytest.mark.parametrize("kind", KINDS)
def test_kernel_and_formula_agree(kind, sides, settings):
    x = torch.randn(2, 3, *sides)
    check_twin(
        lambda own: getattr(layers, kind)(own, **settings),
        lambda own: getattr(layers, f"{kind}_formula")(own, **settings),
        x,
    )


TORCHS = {
    ("max_pool", 1): lambda size, stride, padding: nn.MaxPool1d(size, stride, padding),
    ("max_pool", 2): lambda size, stride, padding: nn.MaxPool2d(size, stride, padding),
    ("average_pool", 1): lambda size, stride, padding: nn.AvgPool1d(size, stride, padding),
    ("average_pool", 2): lambda size, stride, padding: nn.AvgPool2d(size, stride, padding),
    ("min_pool", 1): lambda size, stride, padding: lambda x: -functional.max_pool1d(-x, size, stride, padding),
    ("min_pool", 2): lambda size, stride, padding: lambda x: -functional.max_pool2d(-x, size, stride, padding),
}


@pytest.mark.course("POOL-01", "POOL-03")
@pytest.mark.course("POOL-02", verdict="holds", seen="the smallest of each window is -max(-x), value and gradient")
@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("kind", ["max_pool", "average_pool", "min_pool"])
@pytest.mark.parametrize("sides", [(9,), (7, 8)])
def test_same_value_gradient_and_operations_as_torch(kind, sides, settings):
    ours = CLASSES[kind](**settings)
    theirs = TORCHS[kind, len(sides)](settings.get("size", 2), settings.get("stride"), settings.get("padding", 0))
    x = torch.randn(2, 3, *sides)
    check_twin(ours, theirs, x, rtol=0, atol=0)
    check_same_kernels(ours, theirs, x)


@pytest.mark.course(
    "POOL-04", verdict="holds", seen="equals torch's power-average pooling with p = 2, value and gradient"
)
@pytest.mark.parametrize("settings", [{}, {"size": 3, "stride": 1}, {"size": 3, "stride": 2}])
def test_l2_is_torchs_lp_pool_with_p_2(settings):
    size, stride = settings.get("size", 2), settings.get("stride")
    check_twin(L2Pool(**settings), nn.LPPool2d(2, size, stride), torch.randn(2, 3, 7, 8))
    check_twin(L2Pool(**settings), nn.LPPool1d(2, size, stride), torch.randn(2, 3, 9))


def test_a_window_of_zeros_passes_on_a_gradient_of_0():
    ours = torch.zeros(1, 1, 2, 4)
    ours[..., 3] = 3.0
    ours.requires_grad_()
    theirs = ours.detach().clone().requires_grad_()
    with torch.autograd.set_detect_anomaly(True):  # nothing infinite on the way, either
        l2_pool(ours).sum().backward()
    functional.lp_pool2d(theirs, 2.0, 2).sum().backward()
    root = 2**-0.5  # 3 / sqrt(9 + 9)
    torch.testing.assert_close(ours.grad[0, 0], torch.tensor([[0.0, 0.0, 0.0, root]] * 2))
    torch.testing.assert_close(ours.grad, theirs.grad)
    assert l2_pool(torch.tensor([[[1.0, torch.nan]]])).isnan().all()


@pytest.mark.course(
    "POOL-05", verdict="holds", seen="one value a map, torch's adaptive pooling to 1 place, value and gradient"
)
@pytest.mark.parametrize("sides", [(9,), (7, 8)])
@pytest.mark.parametrize("kind", ["average", "max"])
def test_global_pooling(kind, sides):
    x = torch.randn(2, 3, *sides)
    check_twin(GlobalPool(kind), lambda own: global_pool_formula(own, kind=kind), x)
    adaptive = {
        ("average", 1): functional.adaptive_avg_pool1d,
        ("average", 2): functional.adaptive_avg_pool2d,
        ("max", 1): functional.adaptive_max_pool1d,
        ("max", 2): functional.adaptive_max_pool2d,
    }[kind, len(sides)]
    check_twin(GlobalPool(kind), lambda own: adaptive(own, 1).flatten(1), x)
    assert GlobalPool(kind)(x).shape == (2, 3)


def test_equal_largest_values_share_the_gradient_of_a_global_maximum():
    x = torch.tensor([[[2.0, 2.0, 1.0]]], requires_grad=True)
    global_max_pool(x).backward()
    assert x.grad.tolist() == [[[0.5, 0.5, 0.0]]]
    assert global_average_pool(x).item() == pytest.approx(5 / 3)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int8, torch.int64])
def test_the_smallest_of_whole_numbers(dtype):
    least, most = torch.iinfo(dtype).min, torch.iinfo(dtype).max
    x = torch.tensor([[[[least, 1, 7, most], [most, 5, 9, 8]]]], dtype=dtype)
    assert min_pool(x).tolist() == [[[[least, 7]]]]  # although -0 is 0 in bytes, and the least has no opposite


@given(st.lists(st.floats(-100, 100, width=32), min_size=4, max_size=4))
def test_order_of_the_kinds(values):
    x = torch.tensor(values).reshape(1, 1, 2, 2)
    low, mean, high = (CLASSES[kind]()(x).item() for kind in ("min_pool", "average_pool", "max_pool"))
    assert low <= mean + 1e-4 <= high + 2e-4
    assert l2_pool(x).item() >= max(abs(low), abs(high)) - 1e-4


@pytest.mark.parametrize("part", [*(kind() for kind in CLASSES.values()), GlobalPool("max"), GlobalPool()], ids=str)
@pytest.mark.parametrize("sides", [(6,), (6, 5)])
def test_parts_behave(part, sides):
    check_behaves(part, torch.randn(3, 2, *sides))


@pytest.mark.course(
    "HP-16", verdict="holds", seen="every pooling without further words has windows of 2x2, side by side"
)
@pytest.mark.parametrize("part", CLASSES.values())
def test_two_by_two_is_the_default(part):
    assert (part().size, part().stride) == (2, 2)
    assert part()(torch.zeros(1, 1, 8, 6)).shape == (1, 1, 4, 3)


@pytest.mark.course(
    "POOL-07",
    verdict="holds under conditions",
    seen="size, stride and kind are settings; a stride of 0, as printed, is refused",
)
@pytest.mark.parametrize("kind", KINDS)
def test_refusals(kind):
    call, name, part = getattr(layers, kind), kind, CLASSES[kind]
    with pytest.raises(RangeError, match=rf"{part.__name__}: stride must be >= 1, got stride=0\."):
        part(stride=0)
    with pytest.raises(RangeError, match=rf"{name}: stride must be >= 1, got stride=0\."):
        call(torch.zeros(1, 1, 4, 4), stride=0)
    with pytest.raises(RangeError, match=rf"{name}: size must be >= 1, got size=0\."):
        call(torch.zeros(1, 1, 4, 4), size=0)
    with pytest.raises(
        RangeError, match=rf"{name}: padding must be at most half the window, got padding=2 and size=2\."
    ):
        call(torch.zeros(1, 1, 4, 4), padding=2)
    with pytest.raises(ShapeError, match=rf"{name}: a window of 3 does not fit into x of shape \(1, 1, 4, 2\)\."):
        call(torch.zeros(1, 1, 4, 2), size=3)
    with pytest.raises(ShapeError, match=rf"{name}: x must have 3 or 4 dimensions, got shape \(4, 4\)\."):
        call(torch.zeros(4, 4))


def test_global_refusals():
    with pytest.raises(UnknownNameError, match="no kind 'mean'"):
        GlobalPool("mean")
    with pytest.raises(
        ShapeError, match=r"global_max_pool: x must have at least one place to pool over, got shape \(2,"
    ):
        GlobalPool("max")(torch.zeros(2, 3, 0, 4))


def test_padding_never_wins():
    x = torch.full((1, 1, 4), -5.0)
    assert max_pool(x, size=3, stride=1, padding=1).unique().tolist() == [-5.0]
    assert min_pool(-x, size=3, stride=1, padding=1).unique().tolist() == [5.0]
