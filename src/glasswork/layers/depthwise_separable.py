"""Depthwise separable convolution: first each channel by itself, then all channels at each place.

Letters in shapes: B batch, C channels, O feature maps, T time or H height and W width.

Course: CNN-12.
Source: Sifre 2014, "Rigid-Motion Scattering for Image Classification"; Howard et al. 2017, "MobileNets".
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from glasswork.layers.convolution import Convolution

__all__ = ["DepthwiseSeparable"]


class DepthwiseSeparable(nn.Module):
    r"""A convolution in two cheap steps: u v C + C O weights in place of u v C O.

    .. math:: z_c = k_c \star x_c, \qquad y_o = b_o + \sum_c w_{oc}\, z_c

    Args:
        channels: of the input, C.
        maps: feature maps, O.
        size: places of the kernel along each side.
        stride: steps from one window to the next.
        padding: places added at each end, or ``valid`` or ``same``.

    Shapes: ``(B, C, T)`` to ``(B, O, T')``, or ``(B, C, H, W)`` to ``(B, O, H', W')``.

    >>> layer = DepthwiseSeparable(channels=32, maps=64)
    >>> sum(p.numel() for p in layer.parameters())  # 3*3*32 + 32*64 + 64; a full one has 3*3*32*64 + 64 = 18496
    2400
    """

    def __init__(
        self,
        *,
        channels: int,
        maps: int,
        size: Sequence[int] = (3, 3),
        stride: int = 1,
        padding: int | str = 0,
    ) -> None:
        super().__init__()
        self.depthwise = Convolution(
            channels=channels, maps=channels, size=size, stride=stride, padding=padding, groups=channels, bias=False
        )
        self.pointwise = Convolution(channels=channels, maps=maps, size=(1,) * len(size))

    def forward(self, x: Tensor) -> Tensor:
        """Return the feature maps."""
        return self.pointwise(self.depthwise(x))
