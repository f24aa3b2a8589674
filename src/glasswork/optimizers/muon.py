"""Muon: momentum for weight matrices, with all its directions made equally long.

Letters in shapes: O outputs, I inputs of a weight matrix.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

from glasswork.checks import check_above, check_at_least, check_between
from glasswork.errors import UsageError
from glasswork.optimizers.adam import adam_step
from glasswork.optimizers.optimizer import Optimizer

__all__ = ["Muon", "is_matrix", "muon_update", "orthogonalize"]

MatrixRule = Callable[[str, Tensor], bool]

# The quintic whose slope at 0 is as steep as it can be; it brings singular values to between 0.7 and 1.2.
QUINTIC = (3.4445, -4.7750, 2.0315)
# Names under which weights of two dimensions are tables to look up or a last layer, not maps between features.
PIXELS = 4  # channels of a picture, transparency included
LOOKED_UP = ("embed", "position", "token", "vocabulary")
LAST_LAYERS = ("head", "output", "classifier", "logits")


def orthogonalize(matrix_OI: Tensor, *, steps: int = 5) -> Tensor:
    r"""Return roughly the nearest matrix whose singular values are all 1, by Newton-Schulz iteration.

    .. math:: X \leftarrow a X + b\,(X X^\top) X + c\,(X X^\top)^2 X, \qquad X_0 = G / \|G\|_F

    Args:
        matrix_OI: any matrix.
        steps: iterations; 5 bring singular values of 0.01 and more of the largest to between 0.7 and 1.2.

    >>> orthogonalize(torch.tensor([[3.0, 0.0], [0.0, 2.0]])).diagonal().round(decimals=1)
    tensor([1.1000, 0.7000])
    """
    a, b, c = QUINTIC
    tall = matrix_OI.shape[0] > matrix_OI.shape[1]
    # The smaller Gram matrix is cheaper. On a GPU bfloat16 is enough: the values need not be exact, only near 1.
    x = matrix_OI.T if tall else matrix_OI
    if x.device.type == "cuda" and x.dtype == torch.float32:
        x = x.bfloat16()
    x = x / x.norm().clamp(min=1e-7)
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return (x.T if tall else x).to(matrix_OI.dtype)


def muon_update(
    g_OI: Tensor, b_OI: Tensor, *, lr: float, momentum: float = 0.95, steps: int = 5
) -> tuple[Tensor, Tensor]:
    r"""Return the step to add to a weight matrix, and the new momentum.

    .. math:: B \leftarrow \mu B + (1 - \mu) G, \qquad
              \Delta W = -\eta \sqrt{\max(1, O / I)}\ \operatorname{orthogonal}\big((1 - \mu) G + \mu B\big)

    Args:
        g_OI: the gradient.
        b_OI: the running mean of gradients, 0 at first.
        lr: the learning rate :math:`\eta`, the length of a step in every direction.
        momentum: the share :math:`\mu` of the running mean that is kept.
        steps: Newton-Schulz iterations.

    >>> step, b = muon_update(torch.tensor([[3.0, 0.0], [0.0, 2.0]]), torch.zeros(2, 2), lr=0.1)
    >>> step.diagonal().round(decimals=2)
    tensor([-0.1100, -0.0700])
    """
    b_OI = momentum * b_OI + (1 - momentum) * g_OI
    ahead = (1 - momentum) * g_OI + momentum * b_OI
    outputs, inputs = g_OI.shape
    return -lr * math.sqrt(max(1.0, outputs / inputs)) * orthogonalize(ahead, steps=steps), b_OI


def is_matrix(name: str, parameter: Tensor) -> bool:
    """Whether Muon suits a parameter: two dimensions or more, by its name neither an embedding nor a last layer.

    Nor is it a convolution that reads pixels (at most four input channels): its few inputs are strongly correlated, and
    to treat all their directions alike lets noise in.

    >>> is_matrix("body.hidden.weight", torch.zeros(4, 3)), is_matrix("head.weight", torch.zeros(4, 3))
    (True, False)
    """
    words = [word for word in name.lower().split(".") if word != "weight"]
    table = any(part in word for word in words for part in LOOKED_UP)
    if parameter.ndim > 2 and parameter.shape[1] <= PIXELS:
        return False
    return parameter.ndim >= 2 and not table and not any(part in words for part in LAST_LAYERS)


class Muon(Optimizer):
    """Muon for weight matrices and convolution filters, AdamW for everything else, in one optimizer.

    Which is which is told by `matrices`, by name and tensor, so give it ``model.named_parameters()``. Without names
    every parameter of two dimensions or more is taken for a matrix. A filter (O, C, h, w) counts as a matrix
    (O, C * h * w). The two kinds become two groups, ``algorithm: muon`` and ``algorithm: adamw``, so that a schedule
    scales both learning rates alike.

    Args:
        params: ``model.named_parameters()``, or parameters without names.
        lr: the learning rate of the matrices; at least 0.
        momentum: the share of the running mean of gradients that is kept; in [0, 1).
        weight_decay: the share of each weight taken away, times its learning rate, in every step.
        steps: Newton-Schulz iterations.
        adam_lr: the learning rate of everything else.
        adam_betas: as in `AdamW`.
        adam_eps: as in `AdamW`.
        matrices: ``matrices(name, parameter) -> bool``.

    Source: Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks".

    >>> layer = torch.nn.Linear(3, 3)
    >>> optimizer = Muon(layer.named_parameters(), lr=0.02)
    >>> [(group["algorithm"], group["param_names"]) for group in optimizer.param_groups]
    [('muon', ['weight']), ('adamw', ['bias'])]
    """

    def __init__(
        self,
        params: Iterable[tuple[str, Tensor]] | Iterable[Tensor],
        lr: float = 0.02,
        *,
        momentum: float = 0.95,
        weight_decay: float = 0.0,
        steps: int = 5,
        adam_lr: float = 3e-4,
        adam_betas: tuple[float, float] = (0.9, 0.95),
        adam_eps: float = 1e-10,
        matrices: MatrixRule = is_matrix,
    ) -> None:
        check_at_least("Muon", 0, lr=lr, adam_lr=adam_lr, weight_decay=weight_decay)
        check_between("Muon", 0, 1, include_high=False, momentum=momentum, beta1=adam_betas[0], beta2=adam_betas[1])
        check_at_least("Muon", 1, steps=steps)
        check_above("Muon", 0, adam_eps=adam_eps)
        named = [item if isinstance(item, tuple) else ("", item) for item in params]
        if any(isinstance(parameter, dict) for _, parameter in named):
            raise UsageError("Muon makes its own groups: give it model.named_parameters(), not group dictionaries.")
        chosen = {id(parameter) for name, parameter in named if parameter.ndim >= 2 and matrices(name, parameter)}
        with_names = all(name for name, _ in named)
        groups = []
        for algorithm, settings in (
            ("muon", {"lr": lr, "momentum": momentum, "steps": steps}),
            ("adamw", {"lr": adam_lr, "betas": tuple(adam_betas), "eps": adam_eps}),
        ):
            mine = [pair for pair in named if (id(pair[1]) in chosen) == (algorithm == "muon")]
            if mine:
                members = mine if with_names else [parameter for _, parameter in mine]
                groups.append({"params": members, "algorithm": algorithm, "weight_decay": weight_decay, **settings})
        super().__init__(groups, {})

    def _update(self, group: dict[str, Any], parameters: list[Tensor], gradients: list[Tensor]) -> None:
        if group["algorithm"] == "adamw":
            adam_step(self.state, group, parameters, gradients, decoupled=True)
            return
        lr, momentum, decay, steps = float(group["lr"]), group["momentum"], group["weight_decay"], group["steps"]
        buffers = []
        for parameter in parameters:
            kept = self.state[parameter]
            if not kept:
                kept["momentum_buffer"] = torch.zeros_like(parameter, memory_format=torch.preserve_format)
            buffers.append(kept["momentum_buffer"])
        torch._foreach_lerp_(buffers, gradients, 1 - momentum)
        ahead = torch._foreach_lerp(gradients, buffers, momentum)
        if decay:
            torch._foreach_mul_(parameters, 1 - lr * decay)
        for parameter, direction in zip(parameters, ahead, strict=True):
            if parameter.numel() == 0:
                continue
            matrix_OI = direction.reshape(len(direction), -1)
            outputs, inputs = matrix_OI.shape
            step = orthogonalize(matrix_OI, steps=steps).reshape(parameter.shape)
            parameter.add_(step, alpha=-lr * math.sqrt(max(1.0, outputs / inputs)))
