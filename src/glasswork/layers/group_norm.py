"""Group normalisation: each example's channels are normalised in groups; no batch is needed.

Letters in shapes: B batch, C channels, G groups.
"""

from __future__ import annotations

from torch import Tensor, nn

from glasswork.checks import check_above, check_at_least, check_divides, check_size

__all__ = ["GroupNorm", "group_norm_formula"]


class GroupNorm(nn.GroupNorm):
    r"""Normalise over each group of channels, with all places of their maps, of one example.

    .. math:: y_c = \gamma_c \frac{z_c - \mu_g}{\sqrt{\sigma_g^2 + \varepsilon}} + \beta_c, \qquad c \in g

    One group is layer normalisation over the whole map; as many groups as channels is instance normalisation.

    Args:
        groups: G; divides the channels.
        channels: C, the size of dimension 1.
        eps: :math:`\varepsilon`; above 0.

    Shapes: ``(B, C, ...)`` in, the same out.

    Source: Wu & He 2018, "Group Normalization"; one channel a group: Ulyanov, Vedaldi & Lempitsky 2016.

    >>> import torch
    >>> GroupNorm(2, 4)(torch.tensor([[1.0, 3.0, 10.0, 30.0]])).detach()  # (1, 3) and (10, 30) each to -1, 1
    tensor([[-1.0000,  1.0000, -1.0000,  1.0000]])
    """

    def __init__(self, groups: int, channels: int, *, eps: float = 1e-5) -> None:
        check_at_least("GroupNorm", 1, groups=groups, channels=channels)
        check_divides("GroupNorm", channels, groups=groups)
        check_above("GroupNorm", 0, eps=eps)
        super().__init__(groups, channels, eps=eps)

    def forward(self, input: Tensor) -> Tensor:
        """Return the normalised channels."""
        check_size("GroupNorm", 1, self.num_channels, x=input)
        return super().forward(input)


def group_norm_formula(z: Tensor, gamma: Tensor, beta: Tensor, *, groups: int, eps: float = 1e-5) -> Tensor:
    """The same in plain operations.

    >>> import torch
    >>> z = torch.tensor([[1.0, 3.0, 10.0, 30.0]])
    >>> group_norm_formula(z, torch.ones(4), torch.zeros(4), groups=2, eps=0.0)
    tensor([[-1.,  1., -1.,  1.]])
    """
    grouped = z.reshape(len(z), groups, -1)
    mean = grouped.mean(-1, keepdim=True)
    variance = (grouped - mean).square().mean(-1, keepdim=True)
    normal = ((grouped - mean) / (variance + eps).sqrt()).view(z.shape)
    ones = [1] * (z.ndim - 2)
    return gamma.view(1, -1, *ones) * normal + beta.view(1, -1, *ones)
