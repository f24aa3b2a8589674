"""Layer normalisation: each example is brought to mean 0 and deviation 1 over its own features.

Letters in shapes: B batch, T time, F features.

Course: NORM-04, NORM-08.
"""

from __future__ import annotations

from torch import Tensor, nn

from glasswork.checks import check_above, check_at_least, check_size

__all__ = ["LayerNorm", "layer_norm_formula"]


class LayerNorm(nn.LayerNorm):
    r"""Normalise over the last dimension; the same in training and at prediction, alone or in a batch.

    .. math:: \mu = \frac1F \sum_j z_j, \quad \sigma^2 = \frac1F \sum_j (z_j - \mu)^2, \quad
              y_j = \gamma_j \frac{z_j - \mu}{\sqrt{\sigma^2 + \varepsilon}} + \beta_j

    Derivative:

    .. math:: \frac{\partial L}{\partial z_j} = \frac{1}{\sqrt{\sigma^2 + \varepsilon}}
              \Bigl(h_j - \frac1F \sum_k h_k - \hat z_j\,\frac1F \sum_k h_k \hat z_k\Bigr), \qquad
              h_j = \gamma_j \frac{\partial L}{\partial y_j}

    Args:
        features: F, the size of the last dimension.
        eps: :math:`\varepsilon`; above 0.

    Shapes: ``(..., F)`` in, the same out.

    Source: Ba, Kiros & Hinton 2016, "Layer Normalization".

    >>> import torch
    >>> LayerNorm(3)(torch.tensor([[1.0, 2.0, 3.0]])).detach()  # mean 2, variance 2/3
    tensor([[-1.2247,  0.0000,  1.2247]])
    """

    def __init__(self, features: int, *, eps: float = 1e-5) -> None:
        check_at_least("LayerNorm", 1, features=features)
        check_above("LayerNorm", 0, eps=eps)
        super().__init__(features, eps=eps)
        self.features = features

    def forward(self, input: Tensor) -> Tensor:
        """Return the normalised features."""
        check_size("LayerNorm", -1, self.features, x=input)
        return super().forward(input)


def layer_norm_formula(z: Tensor, gamma: Tensor, beta: Tensor, *, eps: float = 1e-5) -> Tensor:
    """The same in plain operations.

    >>> import torch
    >>> layer_norm_formula(torch.tensor([[1.0, 3.0]]), torch.tensor([2.0, 1.0]), torch.zeros(2), eps=0.0)
    tensor([[-2.,  1.]])
    """
    mean = z.mean(-1, keepdim=True)
    variance = (z - mean).square().mean(-1, keepdim=True)
    return gamma * (z - mean) / (variance + eps).sqrt() + beta
