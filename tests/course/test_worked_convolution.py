"""Worked examples about convolution, its sizes, padding, stride, pooling and parameter counts."""

import numpy as np
import pytest
import torch

from glasswork import course
from glasswork.layers import (
    Convolution,
    EdgeFilter,
    average_pool,
    convolution,
    convolution_parameters,
    convolution_size,
    dense_parameters,
    edge_kernel,
    flip_kernel,
    l2_pool,
    max_pool,
    min_max,
    min_pool,
    padded_size,
    parameter_count,
    same_padding,
    size_before_convolution,
)
from suite import close


def _picture(rows):
    return torch.tensor(rows, dtype=torch.float64)[None, None]


@pytest.mark.course("WE-16", "CNN-03", "CNN-04")
def test_horizontal_edge():
    example = course.worked("WE-16")
    image, kernel = _picture(example["inputs"]["image"]), _picture(example["inputs"]["kernel"])
    settings = {"padding": example["inputs"]["padding"], "stride": example["inputs"]["stride"]}
    edges = convolution(image, kernel, **settings)
    close(example, "feature_map", edges[0, 0])
    close(example, "clipped_to_uint8", edges.clamp(0, 255)[0, 0])
    close(example, "flipped_kernel_map", convolution(image, flip_kernel(kernel), **settings)[0, 0])
    assert torch.equal(EdgeFilter("horizontal").double()(image), edges)
    assert edges.max() != 255  # as printed: it is 765 until it is clipped to 8 bits


@pytest.mark.course("WE-17", "CNN-03", "CNN-04")
def test_vertical_edge():
    example = course.worked("WE-17")
    image, kernel = _picture(example["inputs"]["image"]), _picture(example["inputs"]["kernel"])
    assert torch.equal(edge_kernel("sobel_vertical").double(), kernel[0, 0])
    edges = EdgeFilter("sobel_vertical").double()(image)
    close(example, "feature_map", edges[0, 0])
    close(example, "size", edges.shape[2:])
    close(example, "first_window", edges[0, 0, 0, 0])
    close(example, "abs_scaled_0_255", min_max(edges.abs())[0, 0])
    close(example, "minmax_0_255", min_max(edges)[0, 0])
    close(example, "stride2_map", convolution(image, kernel, stride=2)[0, 0])
    printed = np.array([0.0, 255.0, 255.0, 0.0])  # said to be rows; a vertical edge gives columns
    assert np.array_equal(min_max(edges.abs())[0, 0, 0].numpy(), printed)
    assert not np.array_equal(min_max(edges.abs())[0, 0, :, 0].numpy(), printed)


@pytest.mark.course("WE-18")
@pytest.mark.course("CNN-07", verdict="holds", seen="a 3x3 filter leaves 4 places of 6, in the sum and in torch")
def test_size_without_padding():
    example = course.worked("WE-18")
    n, m, p, s = (example["inputs"][letter] for letter in "nmps")
    close(example, "size", convolution_size(n, kernel=m, padding=p, stride=s))
    assert convolution(torch.zeros(1, 1, n, n), torch.zeros(1, 1, m, m)).shape == (1, 1, 4, 4)


@pytest.mark.course("WE-19", "CNN-08")
@pytest.mark.course(
    "CNN-10",
    verdict="does not hold",
    seen="16x16 padded by 2 under a 3x3 filter gives 18x18; the printed 21 pads twice",
)
def test_size_with_padding():
    example = course.worked("WE-19")
    n, m, p, s = (example["inputs"][letter] for letter in "nmps")
    size = convolution_size(n, kernel=m, padding=p, stride=s)
    close(example, "size", size)
    close(example, "padded", padded_size(n, padding=p))
    assert size != int(example["note_value"]["size"])
    # The line as printed takes the padded side and pads it again; even so it is 22, not the printed 21.
    close(example, "arithmetic_of_printed_line", convolution_size(padded_size(n, padding=p), kernel=m, padding=p))
    layer = Convolution(channels=1, maps=1, size=(m, m), padding=p, stride=s)
    assert layer(torch.zeros(1, 1, n, n)).shape[2:] == (size, size)


@pytest.mark.course("WE-20", "CNN-08")
def test_padding_that_keeps_the_size():
    example = course.worked("WE-20")
    target, f = example["inputs"]["target"], example["inputs"]["f"]
    close(example, "n_needed", size_before_convolution(target, kernel=f))
    before, after = same_padding(f)
    assert before == after
    close(example, "p", before)
    close(example, "size_8_with_3", convolution_size(8, kernel=f))
    close(example, "size_6_with_3_p1", convolution_size(target, kernel=f, padding=before))
    close(example, "size_6_with_3", convolution_size(target, kernel=f))
    assert example["note_value"]["size_8_with_3"] == "4x4"
    assert convolution_size(8, kernel=f) != 4


@pytest.mark.course("WE-21", "CNN-08")
def test_zero_padding():
    example = course.worked("WE-21")
    matrix = _picture(example["inputs"]["matrix"])
    one = torch.ones(1, 1, 1, 1, dtype=torch.float64)  # a filter that copies: what it sees is the padded picture
    padded = convolution(matrix, one, padding=example["inputs"]["p"])[0, 0]
    close(example, "padded", padded)
    close(example, "shape", padded.shape)
    assert tuple(padded.shape) != (6, 8)  # as drawn


@pytest.mark.course("WE-22", "CNN-09")
def test_stride():
    example = course.worked("WE-22")
    n, m, p = (example["inputs"][letter] for letter in "nmp")
    sizes = [convolution_size(n, kernel=m, padding=p, stride=s) for s in example["inputs"]["s"]]
    close(example, "size", sizes)
    for s, size in zip(example["inputs"]["s"], sizes, strict=True):
        assert convolution(torch.zeros(1, 1, n, n), torch.zeros(1, 1, m, m), stride=s).shape[2:] == (size, size)
    unfloored = eval(sizes[1].formula.removeprefix("floor"))  # noqa: S307  # our own sum, without its floor
    close(example, "unfloored_s2", unfloored)
    assert sizes[1] != unfloored


@pytest.mark.course("WE-23", "POOL-01", "POOL-02", "POOL-03", "POOL-04", "POOL-07")
def test_pooling():
    example = course.worked("WE-23")
    top = _picture(example["inputs"]["matrix_top"])
    settings = {"size": example["inputs"]["size"], "stride": example["inputs"]["stride"]}
    for key, pool in {
        "top_row": max_pool,
        "avg_pool_top": average_pool,
        "min_pool_top": min_pool,
        "l2_pool_top": l2_pool,
    }.items():
        close(example, key, pool(top, **settings)[0, 0, 0])
    close(example, "stride", settings["stride"])
    printed = int(example["note_value"]["stride"])
    with pytest.raises(ValueError, match=r"max_pool: stride must be >= 1, got stride=0\."):
        max_pool(top, stride=printed)


@pytest.mark.course("WE-44")
@pytest.mark.course(
    "CNN-12",
    verdict="holds",
    seen="64 units on 228x228x3 pixels: 9,980,992 parameters when dense, 1,792 as 3x3 filters that share weights",
)
def test_parameters_of_dense_and_convolution():
    example = course.worked("WE-44")
    h, w, c, units, k = (example["inputs"][name] for name in ("h", "w", "c", "units", "k"))
    dense = dense_parameters((h, w, c), units)
    filters = convolution_parameters(c, units, kernel=(k, k))
    close(example, "dense", dense)
    close(example, "conv", filters)
    assert parameter_count(Convolution(channels=c, maps=units, size=(k, k))) == filters
    assert dense.working == "228*228*3*64 + 64 = 9980992"
