"""Sizes, parameter counts, receptive fields shapes that do not fit: against torch, with the sums in words."""

import copy
import pickle
import re
from math import ceil, floor

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from glasswork.errors import RangeError, ShapeError
from glasswork.layers import (
    Attention,
    WorkedNumber,
    attention_parameters,
    broadcast_shape,
    convolution_parameters,
    convolution_size,
    dense_parameters,
    embedding_parameters,
    explain_broadcast,
    explain_product,
    norm_parameters,
    padded_size,
    parameter_count,
    pooling_size,
    product_shape,
    receptive_field,
    recurrent_parameters,
    same_padding,
    size_before_convolution,
    transposed_convolution_size,
)

small = st.integers(1, 5)


def true(number):
    """The sum that is said comes out as the number: worked out here by Python, not by us."""
    formula = re.sub(r"\(the [^)]*\)", "", number.formula)
    return eval(formula, {"floor": floor, "ceil": ceil, "max": max}) == number and number.working.endswith(  # noqa: S307
        f"= {int(number)}"
    )


@pytest.mark.course("CNN-07", "CNN-08", "CNN-09")
@given(n=st.integers(1, 20), kernel=small, stride=small, padding=st.integers(0, 3), dilation=st.integers(1, 3))
def test_convolution_size_is_what_torch_gives(n, kernel, stride, padding, dilation):
    assume(n + 2 * padding > dilation * (kernel - 1))
    size = convolution_size(n, kernel=kernel, stride=stride, padding=padding, dilation=dilation)
    x, weight = torch.zeros(1, 1, n), torch.zeros(1, 1, kernel)
    maps = functional.conv1d(x, weight, stride=stride, padding=padding, dilation=dilation)
    assert size == maps.shape[2]
    assert true(size)
    assert functional.conv2d(x[..., None], weight[..., None]).shape[2] == n - kernel + 1 if kernel <= n else True


@given(n=st.integers(1, 12), kernel=small, stride=small, padding=st.integers(0, 2), extra=st.integers(0, 3))
def test_transposed_convolution_size_is_what_torch_gives(n, kernel, stride, padding, extra):
    assume(extra < stride)
    sizes = {"stride": stride, "padding": padding, "output_padding": extra}
    try:
        expected = functional.conv_transpose1d(torch.zeros(1, 1, n), torch.zeros(1, 1, kernel), **sizes).shape[2]
    except RuntimeError:
        expected = 0
    if expected < 1:
        with pytest.raises(ShapeError, match="nothing is left"):
            transposed_convolution_size(n, kernel=kernel, **sizes)
    else:
        size = transposed_convolution_size(n, kernel=kernel, **sizes)
        assert size == expected
        assert true(size)
        if not extra:
            assert convolution_size(size, kernel=kernel, stride=stride, padding=padding) == n


@given(n=st.integers(1, 20), size=st.integers(1, 5), stride=small, padding=st.integers(0, 2), ceil_too=st.booleans())
def test_pooling_size_is_what_torch_gives(n, size, stride, padding, ceil_too):
    assume(padding <= size // 2)
    assume(n + 2 * padding >= size)
    pooled = functional.max_pool1d(torch.zeros(1, 1, n), size, stride, padding, ceil_mode=ceil_too)
    count = pooling_size(n, size=size, stride=stride, padding=padding, ceil=ceil_too)
    assert count == pooled.shape[2]
    assert true(count)


@given(size=st.integers(1, 12), kernel=small, stride=small, dilation=st.integers(1, 3), padding=st.integers(0, 2))
def test_size_before_is_the_smallest_that_gives_the_size(size, kernel, stride, dilation, padding):
    n = size_before_convolution(size, kernel=kernel, stride=stride, dilation=dilation, padding=padding)
    assert true(n)
    assume(n > 0)
    settings = {"kernel": kernel, "stride": stride, "dilation": dilation, "padding": padding}
    assert convolution_size(n, **settings) == size
    if n + 2 * padding > dilation * (kernel - 1) + 1:
        assert convolution_size(n - 1, **settings) < size


@pytest.mark.course(
    "CNN-08", verdict="holds", seen="padding 'same' keeps the size for every kernel and dilation at stride 1"
)
@given(n=st.integers(1, 20), kernel=st.integers(1, 9), dilation=st.integers(1, 3))
def test_same_keeps_the_size(n, kernel, dilation):
    assert convolution_size(n, kernel=kernel, padding="same", dilation=dilation) == n
    before, after = same_padding(kernel, dilation=dilation)
    assert 0 <= after - before <= 1
    assert true(convolution_size(n, kernel=kernel, padding=(before, after), dilation=dilation))


def test_a_worked_number_is_an_int_that_remembers():
    size = convolution_size(16, kernel=3, padding=2)
    assert size.working == "floor((16 + 2*2 - 1*(3-1) - 1)/1) + 1 = 18"
    assert torch.zeros(size, size).shape == (18, 18)
    assert isinstance(size, int)
    assert type(size + 1) is int
    for twin in (copy.copy(size), copy.deepcopy(size), pickle.loads(pickle.dumps(size))):  # noqa: S301
        assert (twin, twin.working) == (18, size.working)
    assert WorkedNumber(4, "6 - 3 + 1").working == "6 - 3 + 1 = 4"


@pytest.mark.course("MLP-03", "CNN-12")
@pytest.mark.parametrize(
    ("counted", "module"),
    [
        (dense_parameters(7, 5), nn.Linear(7, 5)),
        (dense_parameters((4, 3, 2), 5, bias=False), nn.Linear(24, 5, bias=False)),
        (convolution_parameters(4, 6, kernel=3), nn.Conv1d(4, 6, 3)),
        (convolution_parameters(4, 6, kernel=(3, 5), groups=2), nn.Conv2d(4, 6, (3, 5), groups=2)),
        (convolution_parameters(4, 6, kernel=(1, 1), bias=False), nn.Conv2d(4, 6, 1, bias=False)),
        (recurrent_parameters("rnn", 3, 5), nn.RNN(3, 5)),
        (recurrent_parameters("gru", 3, 5, layers=2), nn.GRU(3, 5, num_layers=2)),
        (recurrent_parameters("lstm", 3, 5, biases=0), nn.LSTM(3, 5, bias=False)),
        (
            recurrent_parameters("lstm", 3, 5, layers=3, directions=2),
            nn.LSTM(3, 5, num_layers=3, bidirectional=True),
        ),
        (attention_parameters(8), Attention(width=8, heads=2)),
        (attention_parameters(8), nn.MultiheadAttention(8, 4)),
        (attention_parameters(8, bias=False), nn.MultiheadAttention(8, 4, bias=False)),
        (norm_parameters(6), nn.BatchNorm2d(6)),
        (norm_parameters(6), nn.LayerNorm(6)),
        (norm_parameters(6, bias=False), nn.RMSNorm(6)),
        (embedding_parameters(11, 4), nn.Embedding(11, 4)),
    ],
)
def test_counts_are_the_modules_own(counted, module):
    assert counted == sum(parameter.numel() for parameter in module.parameters())
    assert true(counted)
    assert parameter_count(module) == counted
    assert true(parameter_count(module))


def test_the_textbooks_lstm_has_one_bias():
    assert recurrent_parameters("lstm", 3, 5) - recurrent_parameters("lstm", 3, 5, biases=1) == 4 * 5
    assert parameter_count(nn.ReLU()).working == "0 = 0"


@pytest.mark.course(
    "CNN-06",
    verdict="holds under conditions",
    seen="what one unit sees grows with depth, 3, 5, 6, 10 places and so on, exactly as the formula says; that its "
    "features grow more complex is not shown by that",
)
@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 2), st.integers(1, 2)), min_size=1, max_size=4))
def test_receptive_field_is_where_the_gradient_arrives(layers):
    sizes = receptive_field(layers)
    assert all(true(size) for size in sizes)
    assert sizes == sorted(sizes)
    x = torch.zeros(1, 1, 120, requires_grad=True)
    maps = x
    for kernel, stride, dilation in layers:
        maps = functional.conv1d(maps, torch.ones(1, 1, kernel), stride=stride, dilation=dilation)
    maps[0, 0, maps.shape[2] // 2].backward()
    touched = x.grad[0, 0].nonzero()
    assert touched.max() - touched.min() + 1 == sizes[-1]


@given(
    st.lists(st.integers(1, 3), min_size=1, max_size=4).map(tuple),
    st.lists(st.integers(1, 3), min_size=1, max_size=4).map(tuple),
)
def test_shapes_that_fit_are_those_that_torch_takes(left, right):
    for torchs, ours, said in (
        (torch.matmul, product_shape, explain_product),
        (torch.add, broadcast_shape, explain_broadcast),
    ):
        try:
            expected = tuple(torchs(torch.zeros(left), torch.zeros(right)).shape)
        except RuntimeError:
            with pytest.raises(ShapeError, match="is not"):
                ours(left, right)
            assert " is not " in said(left, right)
        else:
            assert ours(left, right) == expected
            assert " = " in said(left, right)


def test_explanations_word_for_word():
    assert explain_product((128, 49), (64, 10)) == "128 x 49 times 64 x 10: 49 is not 64"
    assert explain_product((2, 5, 4), (3, 4, 6)) == "2 x 5 x 4 times 3 x 4 x 6: 2 is not 3, and neither is 1"
    assert explain_product((), (3,)) == "a single number times 3: a single number has no rows or columns"
    assert explain_broadcast((4,), ()) == "4 with a single number = 4"
    assert padded_size(4, padding=1).working == "4 + 2*1 = 6"


def test_refusals():
    with pytest.raises(
        ShapeError,
        match=re.escape(
            "convolution_size: the window spans 5 places, the padded input has 4: "
            "floor((4 + 2*0 - 1*(5-1) - 1)/1) + 1 = 0. Pad by 1 more in all, or take a smaller kernel."
        ),
    ):
        convolution_size(4, kernel=5)
    with pytest.raises(RangeError, match=r"convolution_size: stride must be >= 1, got stride=0\."):
        convolution_size(4, kernel=3, stride=0)
    with pytest.raises(RangeError, match=r"convolution_size: padding 'same' needs stride 1, got stride=2"):
        convolution_size(4, kernel=3, stride=2, padding="same")
    with pytest.raises(RangeError, match=r"output_padding must be below stride or dilation, got output_padding=2, st"):
        transposed_convolution_size(4, kernel=3, stride=2, output_padding=2)
    with pytest.raises(RangeError, match=r"pooling_size: padding must be at most half the window, got padding=2 and"):
        pooling_size(4, size=3, padding=2)
    with pytest.raises(ShapeError, match=r"pooling_size: the window spans 3 places, the padded input 2: floor"):
        pooling_size(2, size=3)
    with pytest.raises(ShapeError, match=r"receptive_field: each layer is \(kernel, stride, dilation\), .* got \(\)\."):
        receptive_field([()])
    with pytest.raises(RangeError, match=r"recurrent_parameters: biases must be in \[0, 2\], got biases=3\."):
        recurrent_parameters("gru", 1, 1, biases=3)
