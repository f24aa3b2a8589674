"""Batch normalisation: each channel is brought to mean 0 and deviation 1 over the batch, then scaled as learned.

Letters in shapes: B batch, C channels, T time, H height, W width.

Course: NORM-01, NORM-02, NORM-03, NORM-05, NORM-06, NORM-07.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn.modules.batchnorm import _BatchNorm

from glasswork.checks import check_above, check_at_least, check_between, check_dimensions, check_size

__all__ = ["BatchNorm", "batch_norm_formula", "batch_norm_inference_formula", "running_statistics_formula"]


class BatchNorm(_BatchNorm):
    r"""Normalise each channel with the batch's own mean and variance; at prediction, with averages kept in training.

    In training, over the n values that a channel has in the batch (examples, and places of a map):

    .. math:: \mu = \frac1n \sum_i z_i, \quad \sigma^2 = \frac1n \sum_i (z_i - \mu)^2, \quad
              y_i = \gamma \frac{z_i - \mu}{\sqrt{\sigma^2 + \varepsilon}} + \beta

    At prediction, :math:`\mu` and :math:`\sigma^2` are running averages,
    :math:`r \leftarrow (1 - m)\,r + m\,\text{new}`, into which the variance goes with n - 1 in place of n.
    :math:`\gamma` sets the spread and :math:`\beta` the mean of what comes out.

    Derivative:

    .. math:: \frac{\partial L}{\partial z_i} = \frac{\gamma}{\sqrt{\sigma^2 + \varepsilon}}
              \Bigl(g_i - \frac1n \sum_j g_j - \hat z_i\,\frac1n \sum_j g_j \hat z_j\Bigr), \qquad
              g_i = \frac{\partial L}{\partial y_i}

    Args:
        channels: C, the size of dimension 1.
        eps: :math:`\varepsilon`; above 0.
        momentum: :math:`m`, how much of the running average each batch replaces; in [0, 1].

    Shapes: ``(B, C)``, ``(B, C, T)``, ``(B, C, H, W)`` or ``(B, C, D, H, W)`` in, the same out. In training at least
    two values a channel.

    Source: Ioffe & Szegedy 2015, "Batch Normalization".

    Differs from ``torch.nn.BatchNorm1d``, ``2d`` and ``3d`` in being one class for all of them; weights fit both ways.

    >>> import torch
    >>> norm = BatchNorm(1)
    >>> norm(torch.tensor([[1.0], [3.0]])).detach()  # mean 2, variance 1
    tensor([[-1.0000],
            [ 1.0000]])
    >>> norm.running_mean, norm.running_var  # 0.9 * 0 + 0.1 * 2; 0.9 * 1 + 0.1 * 2
    (tensor([0.2000]), tensor([1.1000]))
    """

    def __init__(self, channels: int, *, eps: float = 1e-5, momentum: float = 0.1) -> None:
        check_at_least("BatchNorm", 1, channels=channels)
        check_above("BatchNorm", 0, eps=eps)
        check_between("BatchNorm", 0, 1, momentum=momentum)
        super().__init__(channels, eps=eps, momentum=momentum)

    def _check_input_dim(self, input: Tensor) -> None:
        check_dimensions("BatchNorm", (2, 3, 4, 5), x=input)
        check_size("BatchNorm", 1, self.num_features, x=input)
        if self.training:
            check_at_least("BatchNorm", 2, values_per_channel=input.numel() // self.num_features)


def batch_norm_formula(z: Tensor, gamma: Tensor, beta: Tensor, *, eps: float = 1e-5) -> Tensor:
    """The training form in plain operations.

    >>> import torch
    >>> batch_norm_formula(torch.tensor([[1.0], [3.0]]), torch.tensor([2.0]), torch.tensor([5.0]), eps=0.0)
    tensor([[3.],
            [7.]])
    """
    over = [dimension for dimension in range(z.ndim) if dimension != 1]
    mean = z.mean(over, keepdim=True)
    variance = (z - mean).square().mean(over, keepdim=True)
    return _channels(gamma, z) * (z - mean) / (variance + eps).sqrt() + _channels(beta, z)


def batch_norm_inference_formula(
    z: Tensor, running_mean: Tensor, running_var: Tensor, gamma: Tensor, beta: Tensor, *, eps: float = 1e-5
) -> Tensor:
    """The form used at prediction in plain operations.

    >>> import torch
    >>> mean, variance, gamma, beta = torch.tensor([[2.0], [4.0], [3.0], [1.0]])
    >>> batch_norm_inference_formula(torch.tensor([[6.0]]), mean, variance, gamma, beta, eps=0.0)  # 3 * 4 / 2 + 1
    tensor([[7.]])
    """
    scale = gamma / (running_var + eps).sqrt()
    return _channels(scale, z) * (z - _channels(running_mean, z)) + _channels(beta, z)


def running_statistics_formula(
    z: Tensor, running_mean: Tensor, running_var: Tensor, *, momentum: float = 0.1
) -> tuple[Tensor, Tensor]:
    """Return running mean and variance after one more batch; the variance goes in with n - 1.

    >>> import torch
    >>> running_statistics_formula(torch.tensor([[1.0], [3.0]]), torch.zeros(1), torch.ones(1), momentum=0.5)
    (tensor([1.]), tensor([1.5000]))
    """
    over = [dimension for dimension in range(z.ndim) if dimension != 1]
    mean, variance = z.mean(over), z.var(over, correction=1)
    return (1 - momentum) * running_mean + momentum * mean, (1 - momentum) * running_var + momentum * variance


def _channels(numbers: Tensor, z: Tensor) -> Tensor:
    return numbers.view(1, -1, *[1] * (z.ndim - 2))
