"""ConvNet: a small convolutional network, features first, then a decision.

Letters in shapes: B batch, C channels, H height, W width, F feature maps, O outputs.

Course: CNN-01, CNN-02, CNN-17, CNN-18, CNN-19, CNN-20.
Source: LeCun et al. 1998 (convolution and pooling in turn); batch norm: Ioffe & Szegedy 2015;
pooling over the whole map before the head: Lin, Chen & Yan 2014.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional

from glasswork.checks import check_at_least, check_between, check_dimensions, check_size

__all__ = ["ConvNet"]


class ConvNet(nn.Module):
    r"""Stages of two 3x3 convolutions, each with batch norm and a non-linearity, halved by pooling in between.

    .. math:: x \leftarrow \varphi(\text{norm}(K * x)), \qquad y = W\, \text{mean}_{hw}\, x_{hw} + b

    Each stage halves height and width, down to 1 at the least, so any image size will do. The last maps are
    averaged, which leaves one number a map for the linear head.

    Args:
        channels: 1 for grey, 3 for colour.
        height: of the images.
        width: of the images.
        outputs: logits or values, O.
        maps: feature maps of each stage.
        activation: the class of the non-linearity.
        dropout: share of features silenced before the head in training.

    >>> import torch
    >>> model = ConvNet(channels=1, height=8, width=8, outputs=3, maps=[2, 4])
    >>> sum(p.numel() for p in model.parameters())  # 9*(1*2 + 2*2 + 2*4 + 4*4) + norms 2*(2+2+4+4) + head 4*3+3
    309
    >>> model(torch.zeros(5, 1, 8, 8)).shape
    torch.Size([5, 3])
    """

    def __init__(
        self,
        *,
        channels: int,
        height: int,
        width: int,
        outputs: int,
        maps: Sequence[int] = (32, 64, 128),
        activation: type[nn.Module] = nn.ReLU,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        check_at_least("ConvNet", 1, channels=channels, height=height, width=width, outputs=outputs, maps=len(maps))
        check_between("ConvNet", 0, 1, include_high=False, dropout=dropout)
        self.size = (channels, height, width)
        sizes = [channels, *maps]
        self.stages = nn.ModuleList(
            nn.Sequential(
                *_convolution(before, after, activation),
                *_convolution(after, after, activation),
            )
            for before, after in pairwise(sizes)
        )
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(sizes[-1], outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits or values, shape ``(B, O)``, from images of shape ``(B, C, H, W)``."""
        check_dimensions("ConvNet", 4, x=x)
        for dimension, size in enumerate(self.size, start=1):
            check_size("ConvNet", dimension, size, x=x)
        return self.head(self.dropout(self.features(x).mean((2, 3))))

    def features(self, x_BCHW: Tensor) -> Tensor:
        """Return the last feature maps, shape ``(B, F, H', W')``; forward averages each and decides."""
        maps_BFHW = x_BCHW
        for number, stage in enumerate(self.stages):
            if number:
                maps_BFHW = functional.max_pool2d(maps_BFHW, 2, ceil_mode=min(maps_BFHW.shape[2:]) < 2)
            maps_BFHW = stage(maps_BFHW)
        return maps_BFHW


def _convolution(inputs: int, outputs: int, activation: type[nn.Module]) -> list[nn.Module]:
    # No bias: the norm subtracts the mean, and any bias with it.
    return [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), activation()]
