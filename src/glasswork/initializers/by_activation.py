"""By activation: the weights that suit the curve after them.

Course: INIT-14, HP-08.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from torch import Generator, Tensor, nn

from glasswork.checks import check_choice
from glasswork.initializers.he_normal import he_normal
from glasswork.initializers.he_uniform import he_uniform
from glasswork.initializers.lecun_normal import lecun_normal
from glasswork.initializers.lecun_uniform import lecun_uniform
from glasswork.initializers.xavier_normal import xavier_normal
from glasswork.initializers.xavier_uniform import xavier_uniform

__all__ = ["by_activation", "initializer_for"]

_HE = "relu relu6 leakyrelu prelu parametricrelu rrelu elu celu gelu silu swish mish softplus hardswish maxout"
_XAVIER = "sigmoid logistic stochastic logsigmoid tanh softmax logsoftmax softsign hardtanh hardsigmoid"
_LECUN = "selu identity linear threshold"
_FAMILY = {
    name: family for family, known in (("he", _HE), ("xavier", _XAVIER), ("lecun", _LECUN)) for name in known.split()
}
_NORMAL = {"he": he_normal, "xavier": xavier_normal, "lecun": lecun_normal}
_UNIFORM = {"he": he_uniform, "xavier": xavier_uniform, "lecun": lecun_uniform}

Activation = str | type[nn.Module] | nn.Module


def by_activation(
    tensor: Tensor,
    *,
    activation: Activation = "relu",
    shape: Literal["normal", "uniform"] = "normal",
    generator: Generator | None = None,
) -> Tensor:
    r"""Weights with the variance for the activation that follows.

    .. math:: \operatorname{Var} w = \begin{cases}
              2 / \text{in} & \text{ReLU and its relatives (He)} \\
              2 / (\text{in} + \text{out}) & \text{sigmoid, tanh, softmax (Xavier)} \\
              1 / \text{in} & \text{SELU, no activation (LeCun)} \end{cases}

    Args:
        tensor: (O, I) or (O, I, ...), filled in place.
        activation: a module, its class or its name, such as ``"tanh"``.
        shape: of the distribution: ``normal`` or ``uniform``.
        generator: where the random numbers come from; torch's own if not said.

    Returns:
        The tensor itself.

    Source: He et al. 2015; Glorot & Bengio 2010; Klambauer et al. 2017, "Self-Normalizing Neural Networks".

    >>> import torch
    >>> round(by_activation(torch.empty(99, 50), generator=torch.Generator().manual_seed(0)).std().item(), 2)
    0.2
    """
    return initializer_for(activation, shape)(tensor, generator=generator)


def initializer_for(activation: Activation, shape: Literal["normal", "uniform"] = "normal") -> Callable[..., Tensor]:
    """Return the initializer whose weights suit an activation.

    >>> initializer_for(nn.Tanh).__name__, initializer_for(nn.ReLU(), "uniform").__name__
    ('xavier_normal', 'he_uniform')
    """
    check_choice("by_activation", ["normal", "uniform"], shape=shape)
    if isinstance(activation, nn.Module):
        activation = type(activation)
    name = activation if isinstance(activation, str) else activation.__name__
    plain = name.lower().replace("_", "").replace("-", "")
    check_choice("by_activation", list(_FAMILY), activation=plain)
    return (_NORMAL if shape == "normal" else _UNIFORM)[_FAMILY[plain]]
