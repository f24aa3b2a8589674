"""Neuron: a weighted sum of the inputs and a bias, sent through an activation.

Letters in shapes: B batch, I inputs, O neurons.

Course: NL-01, NL-03, NL-13, NL-16, NL-18, NL-19.
Source: McCulloch & Pitts 1943; Haykin 2009, "Neural Networks and Learning Machines", introduction.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from glasswork.checks import check_at_least, check_size

__all__ = ["Neuron"]


class Neuron(nn.Module):
    r"""One layer of neurons that look at the same inputs; one neuron unless more are asked for.

    With the linear combiner's output :math:`u_k` and the activation potential :math:`v_k`,

    .. math:: u_k = \sum_{j=1}^{m} w_{kj} x_j, \qquad v_k = u_k + b_k, \qquad y_k = \varphi(v_k)

    The activation makes the kind: identity is the linear unit (with squared error, linear regression), the logistic
    curve logistic regression, softmax over several neurons softmax regression, a threshold the single-layer
    perceptron. The bias is the weight of an input that is always 1. In ``linear.weight``, row k holds the weights
    *into* neuron k: ``weight[k, j]`` is :math:`w_{kj}`, from input j, as everywhere in torch.

    Args:
        inputs: numbers in one example, I; more dimensions are flattened.
        outputs: neurons, O.
        activation: makes :math:`\varphi`; a class such as ``glasswork.activations.Sigmoid``.

    >>> import torch
    >>> neuron = Neuron(inputs=2, activation=nn.ReLU)
    >>> _ = neuron.linear.weight.data.copy_(torch.tensor([[2.0, -1.0]])), neuron.linear.bias.data.fill_(0.5)
    >>> neuron(torch.tensor([[1.0, 1.0], [1.0, 4.0]])).tolist()  # 2 - 1 + 0.5 = 1.5; 2 - 4 + 0.5 is below 0
    [[1.5], [0.0]]
    """

    def __init__(self, *, inputs: int, outputs: int = 1, activation: Callable[[], nn.Module] = nn.Identity) -> None:
        super().__init__()
        check_at_least("Neuron", 1, inputs=inputs, outputs=outputs)
        self.size = inputs
        self.linear = nn.Linear(inputs, outputs)
        self.activation = activation()

    def potential(self, x: Tensor) -> Tensor:
        """Return the activation potentials v, shape ``(B, O)``."""
        x_BI = x.flatten(1)
        check_size("Neuron", 1, self.size, x=x_BI)
        return self.linear(x_BI)

    def forward(self, x: Tensor) -> Tensor:
        """Return the outputs y, shape ``(B, O)``, from ``x`` of shape ``(B, I)`` or ``(B, ...)``."""
        return self.activation(self.potential(x))
