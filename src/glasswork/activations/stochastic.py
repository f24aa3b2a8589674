"""Stochastic: a unit of -1 and +1 that tosses a coin, loaded by its input and shaken by a temperature.

Course: NL-05.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from glasswork.checks import check_at_least

__all__ = ["Stochastic", "firing_probability", "stochastic_formula"]


def firing_probability(v: Tensor, *, temperature: float = 1.0) -> Tensor:
    r"""Return how likely the unit fires (+1); at temperature 0, the limit: 1 above 0, 0 below, 1/2 at 0.

    .. math:: P(v) = \frac{1}{1 + e^{-v/T}}

    >>> firing_probability(torch.tensor([-1.0, 0.0, 1.0]), temperature=10.0)
    tensor([0.4750, 0.5000, 0.5250])
    >>> firing_probability(torch.tensor([-1.0, 0.0, 1.0]), temperature=0.0)
    tensor([0.0000, 0.5000, 1.0000])
    """
    if temperature > 0:
        return torch.sigmoid(v / temperature)
    return torch.where(v.isnan(), v, (torch.sign(v) + 1) / 2)


class Stochastic(nn.Module):
    r"""Fires (+1) with a probability that grows with its input, else rests (-1).

    .. math:: y = \begin{cases} +1 & \text{with probability } P(v) \\ -1 & \text{with probability } 1 - P(v)
              \end{cases} \quad P(v) = \frac{1}{1 + e^{-v/T}}

    In training mode it draws; in evaluation mode it returns the mean :math:`E[y] = 2 P(v) - 1 = \tanh(v / 2T)`.

    Derivative:

    .. math:: \frac{\partial E[y]}{\partial v} = \frac{2}{T}\,P(v)\,(1 - P(v))

    in both modes: the derivative of the mean.

    A draw's own slope is 0 almost everywhere, so that nothing could be learned through it; the mean's is the
    straight-through estimator of Bengio, Léonard & Courville 2013.

    Args:
        temperature: the pseudo-temperature :math:`T`, at least 0: the higher, the noisier; it heats nothing. At 0 the
            unit is the threshold unit of -1 and +1 (at v = 0 alone it still tosses a fair coin), and its slope is 0.
        generator: where the random numbers come from; None: torch's own generator.

    Shapes: any shape in, the same shape out.

    Source: Haykin 2009, "Neural Networks and Learning Machines", introduction, section 3.

    >>> unit = Stochastic(temperature=0.5, generator=torch.Generator().manual_seed(0))
    >>> unit(torch.tensor([3.0, -3.0, 0.0, 0.0]))  # P: 0.998, 0.002, 0.5, 0.5
    tensor([ 1., -1.,  1.,  1.])
    >>> unit.eval()(torch.tensor([1.0]))  # tanh 1
    tensor([0.7616])
    """

    def __init__(self, *, temperature: float = 1.0, generator: torch.Generator | None = None) -> None:
        super().__init__()
        check_at_least("Stochastic", 0, temperature=temperature)
        self.temperature = temperature
        self.generator = generator

    def forward(self, x: Tensor) -> Tensor:
        """Return a draw in training mode, the mean in evaluation mode."""
        if not self.training:
            if self.temperature > 0:
                return torch.tanh(x / (2 * self.temperature))
            return 2 * firing_probability(x, temperature=0.0) - 1
        # In half precision a random number would be 0 once in 256 draws, and fire what should never fire.
        finer = torch.promote_types(x.dtype, torch.float32)
        chance = torch.rand(x.shape, dtype=finer, device=x.device, generator=self.generator)
        fires = firing_probability(x, temperature=self.temperature)
        y = 2 * fires - 1  # the mean, for its slope; then its values, and they alone, give way to the draw
        # floor(chance - fires) is -1 where it fires, 0 where it rests, and stays NaN where the input is.
        y.detach().copy_(chance.sub_(fires.detach()).floor_().mul_(-2).sub_(1))
        return y

    def extra_repr(self) -> str:
        """Show the setting."""
        return f"temperature={self.temperature}"


def stochastic_formula(x: Tensor, *, temperature: float = 1.0) -> Tensor:
    """The mean in plain operations, for temperatures above 0.

    >>> stochastic_formula(torch.tensor([1.0]), temperature=0.5)  # tanh 1
    tensor([0.7616])
    """
    return 2 / (1 + torch.exp(-x / temperature)) - 1
