"""Convolution block: convolution, norm, non-linearity and pooling, in the order that the course teaches.

Letters in shapes: B batch, C channels, O feature maps, T time or H height and W width.

Course: CNN-02, CNN-15, CNN-23.
Source: LeCun et al. 1998, "Gradient-Based Learning Applied to Document Recognition"; the place of the norm: Ioffe &
Szegedy 2015, "Batch Normalization", section 3.2.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

from glasswork.checks import check_at_least, check_choice
from glasswork.layers.batch_norm import BatchNorm
from glasswork.layers.convolution import Convolution
from glasswork.layers.max_pool import MaxPool

__all__ = ["ConvolutionBlock"]


class ConvolutionBlock(nn.Sequential):
    r"""Convolution, batch norm, activation, max pooling; each is found under its name.

    .. math:: y = \text{pool}(\varphi(\text{norm}(k \star x)))

    Args:
        channels: of the input, C.
        maps: feature maps, O.
        size: places of the kernel along each side; ``(3,)`` for a series, ``(3, 3)`` for an image.
        norm: where the batch norm stands: ``before`` the activation, as its paper has it, ``after`` it, or ``none``.
        activation: the class of the non-linearity. Without one, stacked convolutions are one linear map.
        pool: places of the pooling window along each side; 1 leaves pooling out.

    Shapes: ``(B, C, T)`` to ``(B, O, T // pool)``, or ``(B, C, H, W)`` to ``(B, O, H // pool, W // pool)``.

    The convolution keeps the size (odd kernels), and has a bias only where no norm follows it at once: a norm subtracts
    the mean, and any bias with it.

    >>> block = ConvolutionBlock(channels=1, maps=4)
    >>> [name for name, _ in block.named_children()]
    ['convolution', 'norm', 'activation', 'pooling']
    >>> import torch
    >>> block(torch.zeros(2, 1, 8, 8)).shape
    torch.Size([2, 4, 4, 4])
    """

    def __init__(
        self,
        *,
        channels: int,
        maps: int,
        size: Sequence[int] = (3, 3),
        norm: str = "before",
        activation: type[nn.Module] = nn.ReLU,
        pool: int = 2,
    ) -> None:
        super().__init__()
        check_choice("ConvolutionBlock", ["before", "after", "none"], norm=norm)
        check_at_least("ConvolutionBlock", 1, pool=pool)
        self.add_module(
            "convolution",
            Convolution(channels=channels, maps=maps, size=size, padding="same", bias=norm != "before"),
        )
        if norm == "before":
            self.add_module("norm", BatchNorm(maps))
        self.add_module("activation", activation())
        if norm == "after":
            self.add_module("norm", BatchNorm(maps))
        if pool > 1:
            self.add_module("pooling", MaxPool(size=pool))
