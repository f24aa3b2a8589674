"""Back-propagation written out: forward signals, local gradients, weight corrections; no automatic differentiation.

Letters in shapes: B batch, I inputs of a layer, J its units.

Course: FB-01, FB-02, FB-03, FB-04, FB-05, FB-06, FB-07, FB-08, FB-09, FB-10, FB-11, FB-12, FB-13, FB-14.
Source: Rumelhart, Hinton & Williams 1986, "Learning Representations by Back-Propagating Errors".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from glasswork.checks import check_same_shape
from glasswork.errors import DataError, UsageError
from glasswork.layers import Network
from glasswork.learning.rule import Rule
from glasswork.losses import error_energy

if TYPE_CHECKING:
    from glasswork.records import Batch, StepRecord

__all__ = ["Backpropagation", "Signals", "backpropagate"]

# The slope of each curve at potential v, by its output y where that is shorter; the activation comes for its settings.
_SLOPES: dict[str, Callable[[Any, Tensor, Tensor], Tensor]] = {
    "Identity": lambda curve, v, y: torch.ones_like(v),
    "Sigmoid": lambda curve, v, y: y * (1 - y),
    "Logistic": lambda curve, v, y: curve.slope * y * (1 - y),
    "Tanh": lambda curve, v, y: 1 - y**2,
    "ReLU": lambda curve, v, y: (v > 0).to(v.dtype),
}


@dataclass(frozen=True, slots=True)
class Signals:
    """What one layer saw and said on the way forth, and what came back to it.

    Args:
        inputs: the outputs y_i of the layer below, ``(B, I)``.
        potential: v, ``(B, J)``.
        outputs: y, ``(B, J)``.
        local_gradient: delta, minus the slope of each example's error energy along v, ``(B, J)``.
    """

    inputs: Tensor
    potential: Tensor
    outputs: Tensor
    local_gradient: Tensor

    @property
    def weight_correction(self) -> Tensor:
        """The mean over the examples of delta_j y_i, ``(J, I)``; times the learning rate, the step of the weights."""
        return self.local_gradient.T @ self.inputs / len(self.inputs)

    @property
    def bias_correction(self) -> Tensor:
        """The mean over the examples of delta_j, ``(J,)``: the bias's input is always 1."""
        return self.local_gradient.mean(dim=0)


@torch.no_grad()
def backpropagate(layers: Sequence[tuple[nn.Linear, nn.Module]], x: Tensor, targets: Tensor) -> list[Signals]:
    r"""Send a batch forth and its errors back through a chain of layers.

    With the error :math:`e_j = d_j - y_j` and the energy :math:`E = \tfrac12 \sum_j e_j^2` of an example, the slope
    along a weight is a product of four, :math:`\frac{\partial E}{\partial w_{ji}} = \frac{\partial E}{\partial e_j}
    \frac{\partial e_j}{\partial y_j} \frac{\partial y_j}{\partial v_j} \frac{\partial v_j}{\partial w_{ji}}
    = -e_j\,\varphi'(v_j)\,y_i = -\delta_j y_i`. A hidden unit has no target; its error comes from the units it feeds:

    .. math:: \delta_j = \begin{cases} e_j\,\varphi'(v_j) & \text{output unit} \\
              \varphi'(v_j) \sum_k \delta_k w_{kj} & \text{hidden unit} \end{cases} \qquad
              \Delta w_{ji} = \eta\,\delta_j\,y_i

    Each :math:`\delta` is computed once and serves every weight and every layer below.

    Args:
        layers: weighted sums with their activations: identity, sigmoid, logistic, tanh or ReLU.
        x: shape ``(B, I)``.
        targets: d, in the shape of the last layer's outputs.

    Returns:
        One ``Signals`` a layer, from the first to the last.

    >>> layer = nn.Linear(1, 1, bias=False)
    >>> _ = nn.init.constant_(layer.weight, 0.5)
    >>> (only,) = backpropagate([(layer, nn.Identity())], torch.tensor([[2.0]]), torch.tensor([[4.0]]))
    >>> only.local_gradient.item(), only.weight_correction.item()  # e = 4 - 1; 3 * 2
    (3.0, 6.0)
    """
    forth, y = [], x
    for linear, activation in layers:
        v = linear(y)
        forth.append((y, v, activation(v)))
        y = forth[-1][-1]
    check_same_shape("backpropagate", outputs=y, targets=targets)
    back: list[Signals] = []
    error = targets - y
    for (linear, activation), (inputs, v, y) in zip(reversed(layers), reversed(forth), strict=True):
        delta = error * _SLOPES[type(activation).__name__](activation, v, y)
        back.append(Signals(inputs, v, y, delta))
        error = delta @ linear.weight
    return back[::-1]


class Backpropagation(Rule):
    r"""The back-propagation algorithm: predict, measure the error, send it back, correct every weight.

    .. math:: w_{ji} \leftarrow w_{ji} + \eta\,\delta_j\,y_i, \qquad b_j \leftarrow b_j + \eta\,\delta_j

    with the local gradients :math:`\delta` of :func:`backpropagate`, averaged over the batch. ``GradientDescent`` with
    plain SGD on half the squared error takes the same steps by automatic differentiation, and any other loss, model
    and optimiser besides; this learner shows what happens inside.

    Args:
        model: layers of weighted sums, each with at most one activation after it, such as an ``MLP`` without dropout,
            norm and residuals, or an ``nn.Sequential``.
        learning_rate: :math:`\eta`.

    Source: Rumelhart, Hinton & Williams 1986, "Learning Representations by Back-Propagating Errors".

    >>> from glasswork.records import Batch
    >>> model = nn.Sequential(nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False))
    >>> _ = nn.init.constant_(model[0].weight, 2.0), nn.init.constant_(model[1].weight, 3.0)
    >>> learner = Backpropagation(model, learning_rate=0.1)
    >>> learner.step(Batch({"input": torch.tensor([[1.0]])}, torch.tensor([[5.0]]))).loss.item()  # (5 - 6)^2 / 2
    0.5
    >>> round(model[0].weight.item(), 4), round(model[1].weight.item(), 4)  # 2 - 0.1 * 3 * 1, 3 - 0.1 * 2
    (1.7, 2.8)
    """

    def __init__(self, model: nn.Module, *, learning_rate: float = 0.1) -> None:
        super().__init__(model, learning_rate=learning_rate)
        self.layers = _chain(self.unit)

    @torch.no_grad()
    def step(self, batch: Batch) -> StepRecord:
        """Correct every weight once."""
        self.number += 1
        x_BI = self.features(batch)
        signals = backpropagate(self.layers, x_BI, self._desired(batch.targets))
        record = self.record(batch, error_energy(signals[-1].outputs, self._desired(batch.targets)))
        for (linear, _), signal in zip(self.layers, signals, strict=True):
            if self.publish is not None:
                tensors = {"inputs": signal.inputs, "outputs": signal.potential, "gradient": -signal.weight_correction}
                self.publish(linear, tensors | ({"targets": batch.targets} if batch.targets is not None else {}))
            linear.weight.add_(signal.weight_correction, alpha=self.learning_rate)
            if linear.bias is not None:
                linear.bias.add_(signal.bias_correction, alpha=self.learning_rate)
        return record

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the mean error energy E."""
        if isinstance(self.model, Network) and self.model.target is not None:
            outputs = self.model.target.scale(outputs)
        return error_energy(outputs, self._desired(targets))

    def _desired(self, targets: Tensor | None) -> Tensor:
        if targets is None:
            raise DataError("Backpropagation: the batch has no targets to learn from.")
        if isinstance(self.model, Network) and self.model.target is not None:
            return self.model.target.scale(targets)
        return targets


def _chain(model: nn.Module) -> list[tuple[nn.Linear, nn.Module]]:
    if not any(isinstance(module, nn.Linear) for module in model.modules()):
        raise UsageError(f"Backpropagation: {type(model).__name__} has no weighted sum to teach.")
    layers: list[tuple[nn.Linear, nn.Module]] = []
    follows = False  # whether an activation may come next
    for module in model.modules():
        if getattr(module, "residual", False):
            raise UsageError("Backpropagation is written out for a chain of layers; switch the residuals off.")
        if isinstance(module, nn.Linear):
            layers.append((module, nn.Identity()))
            follows = True
        elif follows and type(module).__name__ in _SLOPES:
            layers[-1] = (layers[-1][0], module)
            follows = False
        elif not list(module.children()):
            raise UsageError(
                f"Backpropagation is written out for weighted sums, each with one activation of {', '.join(_SLOPES)}; "
                f"{type(model).__name__} has {type(module).__name__}."
            )
    return layers
