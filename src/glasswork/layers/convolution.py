"""Convolution: one small filter slides over the whole input, and the same weights look for the same thing everywhere.

Letters in shapes: B batch, C channels of the input, O feature maps, T time or H height and W width, u and v places of
the kernel.

Course: CNN-01, CNN-03, CNN-05, CNN-08, CNN-09, CNN-11, CNN-12, CNN-13, CNN-14, CNN-24, INIT-16, HP-15.
Source: LeCun et al. 1989, "Backpropagation Applied to Handwritten Zip Code Recognition"; the name: Goodfellow, Bengio &
Courville 2016, "Deep Learning", section 9.1.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional
from torch.nn.modules.conv import _ConvNd

from glasswork.checks import (
    check_at_least,
    check_choice,
    check_dimensions,
    check_divides,
    check_exactly,
    check_not_empty,
    check_size,
)
from glasswork.layers.convolution_size import convolution_size, padding_ends
from glasswork.layers.windows import windows

__all__ = ["Convolution", "convolution", "convolution_formula", "flip_kernel"]

BORDERS = ["zeros", "replicate"]


def convolution(
    x: Tensor,
    kernel: Tensor,
    bias: Tensor | None = None,
    *,
    stride: int = 1,
    padding: int | str = 0,
    dilation: int = 1,
    groups: int = 1,
    border: str = "zeros",
) -> Tensor:
    r"""Slide each filter over the input; at each place multiply by elements and sum. 1-D and 2-D, on torch's kernel.

    .. math:: y_{o,i,j} = b_o + \sum_{c,u,v} x_{c,\; s i + d u,\; s j + d v}\, k_{o,c,u,v}

    This is cross-correlation, as in every deep-learning library: the kernel is laid on the input as it is written.
    Mathematics calls convolution what comes out with the kernel turned round, :func:`flip_kernel`; a filter that is
    learned does not care.

    Derivative: with respect to the kernel it is again a correlation, of the input with what arrives from above,

    .. math:: \frac{\partial L}{\partial k_{o,c,u,v}} = \sum_{i,j} \frac{\partial L}{\partial y_{o,i,j}}\,
              x_{c,\; s i + d u,\; s j + d v}

    Args:
        x: shape ``(B, C, T)`` or ``(B, C, H, W)``.
        kernel: shape ``(O, C / groups, u)`` or ``(O, C / groups, u, v)``.
        bias: one number a feature map, shape ``(O,)``, or None.
        stride: steps from one window to the next, s.
        padding: places added at each end; or ``valid``: none; or ``same``: as many as keep the size (stride 1 only).
        dilation: steps between two places of the kernel, d.
        groups: parts of the channels that do not see each other; as many as channels is a depthwise convolution.
        border: what padding puts there: ``zeros``, or ``replicate``: the nearest value of the input.

    Returns:
        Feature maps, shape ``(B, O, T')`` or ``(B, O, H', W')``, sizes as :func:`convolution_size` says.

    >>> x = torch.tensor([[[0.0, 0.0, 1.0, 1.0]]])
    >>> step = torch.tensor([[[-1.0, 1.0]]])  # answers where the right neighbour is larger
    >>> convolution(x, step).tolist(), convolution(x, flip_kernel(step)).tolist()
    ([[[0.0, 1.0, 0.0]]], [[[0.0, -1.0, 0.0]]])
    """
    ends = _check(x, kernel, stride, padding, dilation, groups, border)
    slide = functional.conv1d if kernel.dim() == 3 else functional.conv2d
    if border == "zeros" and all(before == after for before, after in ends):
        return slide(x, kernel, bias, stride, [before for before, _ in ends], dilation, groups)
    return slide(_padded(x, ends, border), kernel, bias, stride, 0, dilation, groups)


def convolution_formula(
    x: Tensor,
    kernel: Tensor,
    bias: Tensor | None = None,
    *,
    stride: int = 1,
    padding: int | str = 0,
    dilation: int = 1,
    groups: int = 1,
    border: str = "zeros",
) -> Tensor:
    """The same as :func:`convolution` with every window written out.

    >>> convolution_formula(torch.tensor([[[1.0, 2.0, 4.0]]]), torch.tensor([[[10.0, 1.0]]])).tolist()
    [[[12.0, 24.0]]]
    """
    ends = _check(x, kernel, stride, padding, dilation, groups, border)
    seen = windows(_padded(x, ends, border), kernel.shape[2:], stride=stride, dilation=dilation)
    multiply_and_sum = "bctu,ocu->bot" if kernel.dim() == 3 else "bchwuv,ocuv->bohw"
    groupwise = zip(seen.chunk(groups, dim=1), kernel.chunk(groups, dim=0), strict=True)
    maps = torch.cat([torch.einsum(multiply_and_sum, part, filters) for part, filters in groupwise], dim=1)
    return maps if bias is None else maps + bias.view(-1, *[1] * (kernel.dim() - 2))


def flip_kernel(kernel: Tensor) -> Tensor:
    """Turn each filter round along all its sides: correlation with it is the convolution of mathematics.

    >>> flip_kernel(torch.tensor([[[1.0, 2.0, 3.0]]])).tolist()
    [[[3.0, 2.0, 1.0]]]
    """
    check_dimensions("flip_kernel", (3, 4), kernel=kernel)
    return kernel.flip(tuple(range(2, kernel.dim())))


class Convolution(_ConvNd):
    r"""A convolution that learns its filters.

    .. math:: y_o = b_o + \sum_c k_{o,c} \star x_c

    Weights and bias begin uniform in :math:`\pm 1 / \sqrt{C u v / g}`: small and random, so that the filters begin
    different from each other.

    Args:
        channels: of the input, C.
        maps: filters, and so feature maps, O.
        size: places of the kernel along each side: ``(3,)`` for a series, ``(3, 3)`` for an image.
        stride: steps from one window to the next.
        padding: places added at each end, or ``valid`` or ``same``.
        dilation: steps between two places of the kernel.
        groups: parts of the channels that do not see each other.
        border: ``zeros`` or ``replicate``.
        bias: whether each feature map has one.

    Shapes: ``(B, C, T)`` to ``(B, O, T')``, or ``(B, C, H, W)`` to ``(B, O, H', W')``.

    Differs from ``torch.nn.Conv1d`` and ``torch.nn.Conv2d`` in being one class for both, whose one stride, padding and
    dilation hold for all sides; weights fit both ways.

    >>> layer = Convolution(channels=3, maps=64)
    >>> sum(p.numel() for p in layer.parameters())  # 3 * 3 * 3 * 64 + 64
    1792
    >>> layer(torch.zeros(2, 3, 8, 8)).shape
    torch.Size([2, 64, 6, 6])
    """

    def __init__(
        self,
        *,
        channels: int,
        maps: int,
        size: Sequence[int] = (3, 3),
        stride: int = 1,
        padding: int | str = 0,
        dilation: int = 1,
        groups: int = 1,
        border: str = "zeros",
        bias: bool = True,
    ) -> None:
        check_at_least("Convolution", 1, channels=channels, maps=maps, size=min(size, default=0), groups=groups)
        if len(size) > 2:
            check_exactly("Convolution", 2, "Series and images only.", sides=len(size))
        check_divides("Convolution", channels, groups=groups)
        check_divides("Convolution", maps, groups=groups)
        check_at_least("Convolution", 1, stride=stride, dilation=dilation)
        check_choice("Convolution", BORDERS, border=border)
        for places in size:
            padding_ends("Convolution", padding, places, stride, dilation)
        sides = len(size)
        super().__init__(
            channels,
            maps,
            tuple(size),
            (stride,) * sides,
            padding if isinstance(padding, str) else (padding,) * sides,
            (dilation,) * sides,
            transposed=False,
            output_padding=(0,) * sides,
            groups=groups,
            bias=bias,
            padding_mode="zeros" if border == "zeros" else "replicate",
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return the feature maps."""
        return convolution(
            x,
            self.weight,
            self.bias,
            stride=self.stride[0],
            padding=self.padding if isinstance(self.padding, str) else int(self.padding[0]),
            dilation=self.dilation[0],
            groups=self.groups,
            border=self.padding_mode,
        )


def _check(
    x: Tensor, kernel: Tensor, stride: int, padding: int | str, dilation: int, groups: int, border: str
) -> list[tuple[int, int]]:
    """Require sizes that fit; return the places added before and after, a pair for each side."""
    check_dimensions("convolution", (3, 4), kernel=kernel)
    check_dimensions("convolution", kernel.dim(), x=x)
    check_not_empty("convolution", kernel=kernel)
    check_at_least("convolution", 1, stride=stride, dilation=dilation, groups=groups)
    check_size("convolution", 1, kernel.shape[1] * groups, x=x)
    check_divides("convolution", kernel.shape[0], groups=groups)
    check_choice("convolution", BORDERS, border=border)
    ends = []
    for n, places in zip(x.shape[2:], kernel.shape[2:], strict=True):
        before, after = padding_ends("convolution", padding, places, stride, dilation)
        if n == 0 or n + before + after < dilation * (places - 1) + 1:
            check_at_least("convolution", 1, side=n)
            # It refuses, and says how much is missing.
            convolution_size(n, kernel=places, stride=stride, padding=padding, dilation=dilation)
        ends.append((before, after))
    return ends


def _padded(x: Tensor, ends: list[tuple[int, int]], border: str) -> Tensor:
    places = [place for pair in reversed(ends) for place in pair]  # torch counts from the last side
    if not any(places):
        return x
    return functional.pad(x, places, mode="constant" if border == "zeros" else "replicate")
