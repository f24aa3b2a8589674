"""ResNet: a small residual network, whose blocks add to what they were given.

Letters in shapes: B batch, C channels, H height, W width, F feature maps, O outputs.

Course: CNN-19, CNN-25.
Source: He et al. 2016, "Deep Residual Learning"; this small form (one residual branch a stage, pooling inside the
convolution, scaled logits): Page 2018, "How to Train Your ResNet".
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional

from glasswork.checks import (
    check_at_least,
    check_between,
    check_choice,
    check_dimensions,
    check_same_length,
    check_size,
)

__all__ = ["ResNet"]


class ResNet(nn.Module):
    r"""A stem, then stages: each widens and halves the maps, then adds a residual branch.

    .. math:: x \leftarrow c(\text{pool}(x)), \qquad x \leftarrow x + f(x)

    where c and each step of f is a 3x3 convolution, a batch norm and the non-linearity. The largest value of each last
    map feeds a linear head without bias.

    Args:
        channels: 1 for grey, 3 for colour.
        height: of the images.
        width: of the images.
        outputs: logits or values, O.
        stem: feature maps of the first convolution.
        maps: feature maps of each stage.
        depths: convolutions in the residual branch of each stage; 0 leaves the branch out.
        activation: the class of the non-linearity.
        pooling: how the last maps become one number each: ``max`` or ``mean``.
        dropout: share of features silenced before the head in training.
        scale: factor of the logits; below 1 it keeps the first answers modest.
        mirror: outside training, answer with the mean for the image and its mirror image: better where left and right
            mean the same, at twice the cost.

    >>> import torch
    >>> model = ResNet(channels=3, height=8, width=8, outputs=10, stem=4, maps=[8], depths=[1])
    >>> sum(p.numel() for p in model.parameters())  # 9*(3*4 + 4*8 + 8*8) + norms 2*(4+8+8) + head 8*10
    1092
    >>> model(torch.zeros(5, 3, 8, 8)).shape
    torch.Size([5, 10])
    """

    def __init__(
        self,
        *,
        channels: int,
        height: int,
        width: int,
        outputs: int,
        stem: int = 32,
        maps: Sequence[int] = (64, 128, 256),
        depths: Sequence[int] = (1, 1, 1),
        activation: type[nn.Module] = nn.ReLU,
        pooling: str = "max",
        dropout: float = 0.0,
        scale: float = 0.125,
        mirror: bool = False,
    ) -> None:
        super().__init__()
        check_at_least("ResNet", 1, channels=channels, height=height, width=width, outputs=outputs, stem=stem)
        check_at_least("ResNet", 1, maps=len(maps))
        check_same_length("ResNet", maps=maps, depths=depths)
        check_between("ResNet", 0, 1, include_high=False, dropout=dropout)
        check_choice("ResNet", ["max", "mean"], pooling=pooling)
        self.size, self.pooling, self.scale, self.mirror = (channels, height, width), pooling, scale, mirror
        self.stem = _Convolution(channels, stem, activation)
        self.stages = nn.Sequential()
        inputs = stem
        for count, depth in zip(maps, depths, strict=True):
            self.stages.append(_Stage(inputs, count, depth, activation))
            inputs = count
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(inputs, outputs, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits or values, shape ``(B, O)``, from images of shape ``(B, C, H, W)``."""
        check_dimensions("ResNet", 4, x=x)
        for dimension, size in enumerate(self.size, start=1):
            check_size("ResNet", dimension, size, x=x)
        if self.mirror and not self.training:
            return (self._answer(x) + self._answer(x.flip(3))) / 2
        return self._answer(x)

    def features(self, x_BCHW: Tensor) -> Tensor:
        """Return the last feature maps, shape ``(B, F, H', W')``; forward takes one number of each and decides."""
        return self.stages(self.stem(x_BCHW))

    def _answer(self, x_BCHW: Tensor) -> Tensor:
        maps_BFHW = self.features(x_BCHW)
        features_BF = maps_BFHW.amax((2, 3)) if self.pooling == "max" else maps_BFHW.mean((2, 3))
        return self.head(self.dropout(features_BF)) * self.scale


class _Stage(nn.Module):
    def __init__(self, inputs: int, outputs: int, depth: int, activation: type[nn.Module]) -> None:
        super().__init__()
        self.enter = _Convolution(inputs, outputs, activation, halve=True)
        self.branch = nn.Sequential(*(_Convolution(outputs, outputs, activation) for _ in range(depth)))

    def forward(self, x_BFHW: Tensor) -> Tensor:
        x_BFHW = self.enter(x_BFHW)
        return x_BFHW + self.branch(x_BFHW) if len(self.branch) else x_BFHW


class _Convolution(nn.Module):
    """3x3 convolution, 2x2 max pooling if halved, batch norm, non-linearity."""

    def __init__(self, inputs: int, outputs: int, activation: type[nn.Module], *, halve: bool = False) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(outputs)
        self.activation = activation()
        self.halve = halve

    def forward(self, x_BFHW: Tensor) -> Tensor:
        x_BFHW = self.convolution(x_BFHW)
        if self.halve:
            x_BFHW = functional.max_pool2d(x_BFHW, 2, ceil_mode=min(x_BFHW.shape[2:]) < 2)
        return self.activation(self.norm(x_BFHW))
