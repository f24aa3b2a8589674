"""Edge filter: a convolution whose filter is known, and answers where brightness changes.

Letters in shapes: B batch, C channels, H height, W width.

Course: CNN-04.
Source: Prewitt 1970, "Object Enhancement and Extraction"; Sobel & Feldman 1968, "A 3x3 Isotropic Gradient Operator".
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from glasswork.checks import check_at_least, check_choice
from glasswork.layers.convolution import convolution

__all__ = ["EdgeFilter", "edge_kernel"]

KERNELS = {
    "horizontal": [[-1, -1, -1], [0, 0, 0], [1, 1, 1]],
    "vertical": [[1, 0, -1], [1, 0, -1], [1, 0, -1]],
    "sobel_horizontal": [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
    "sobel_vertical": [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
}


def edge_kernel(kind: str) -> Tensor:
    """Return one of the known 3x3 filters: ``horizontal``, ``vertical``, ``sobel_horizontal``, ``sobel_vertical``.

    >>> edge_kernel("sobel_vertical").tolist()
    [[1.0, 0.0, -1.0], [2.0, 0.0, -2.0], [1.0, 0.0, -1.0]]
    """
    check_choice("edge_kernel", list(KERNELS), kind=kind)
    return torch.tensor(KERNELS[kind], dtype=torch.get_default_dtype())


class EdgeFilter(nn.Module):
    r"""Correlate each channel with a known edge filter; nothing is learned.

    .. math:: y = k \star x, \qquad k_\text{horizontal} = \begin{pmatrix} -1 & -1 & -1 \\ 0 & 0 & 0 \\ 1 & 1 & 1
              \end{pmatrix}, \quad k_\text{sobel, vertical} = \begin{pmatrix} 1 & 0 & -1 \\ 2 & 0 & -2 \\ 1 & 0 & -1
              \end{pmatrix}

    A horizontal edge answers above 0 where it is brighter below, a vertical one where it is brighter on the left.

    Args:
        kind: ``horizontal``, ``vertical``, ``sobel_horizontal`` or ``sobel_vertical``.
        channels: of the input; each is filtered by itself.
        padding: places added at each end, or ``valid`` or ``same``.
        border: ``zeros`` (the picture's own border then answers as an edge) or ``replicate``.

    Shapes: ``(B, C, H, W)`` to ``(B, C, H', W')``.

    >>> picture = torch.tensor([[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [255.0, 255.0, 255.0]]).reshape(1, 1, 3, 3)
    >>> EdgeFilter("horizontal")(picture).item()  # 3 * 255
    765.0
    """

    kernel: Tensor

    def __init__(self, kind: str, *, channels: int = 1, padding: int | str = 0, border: str = "zeros") -> None:
        super().__init__()
        check_at_least("EdgeFilter", 1, channels=channels)
        self.kind, self.channels, self.padding, self.border = kind, channels, padding, border
        self.register_buffer("kernel", edge_kernel(kind).expand(channels, 1, 3, 3).clone())

    def forward(self, x: Tensor) -> Tensor:
        """Return the edge maps."""
        return convolution(x, self.kernel, padding=self.padding, groups=self.channels, border=self.border)

    def extra_repr(self) -> str:
        """Say the settings."""
        return f"{self.kind!r}, channels={self.channels}, padding={self.padding!r}, border={self.border!r}"
