"""Echo state network: a recurrent network that is left as it was drawn; only what reads it is trained.

Letters in shapes: B batch, T time, I inputs, H hidden units, O outputs.

Course: RNN-23.

Source: Jaeger 2001, "The 'Echo State' Approach to Analysing and Training Recurrent Neural Networks"; Lukosevicius 2012,
"A Practical Guide to Applying Echo State Networks".
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from glasswork.checks import check_above, check_at_least, check_dimensions, check_same_shape, check_size

__all__ = ["EchoState"]


class EchoState(nn.Module):
    r"""A fixed random reservoir and a linear readout.

    .. math:: h_t = \tanh(W_{in} x_t + W h_{t-1}), \qquad y_t = W_{out} h_t + b

    Both reservoir matrices are drawn once and are buffers. W is scaled to a spectral radius (largest size of an
    eigenvalue) that is usually below 1, so that the reservoir forgets how it began: two starts end alike. Only the
    readout is trained, by any learner or by :meth:`fit` in closed form, so no gradient travels through time.

    Args:
        inputs: features of a step, I.
        hidden: units of the reservoir, H.
        outputs: values read at each step, O.
        spectral_radius: of W; above 0. Nearer to 1 remembers longer; above 1 the echo may never fade.
        input_scale: W_in is drawn evenly from -input_scale to input_scale; above 0.

    Shapes: ``(B, T, I)`` to ``(B, T, O)``.

    >>> net = EchoState(inputs=1, hidden=20, outputs=2)
    >>> net(torch.zeros(3, 5, 1)).shape, [name for name, _ in net.named_parameters()]
    (torch.Size([3, 5, 2]), ['readout.weight', 'readout.bias'])
    """

    weight_ih: Tensor
    weight_hh: Tensor

    def __init__(
        self, *, inputs: int, hidden: int, outputs: int, spectral_radius: float = 0.9, input_scale: float = 0.5
    ) -> None:
        super().__init__()
        check_at_least("EchoState", 1, inputs=inputs, hidden=hidden, outputs=outputs)
        check_above("EchoState", 0, spectral_radius=spectral_radius, input_scale=input_scale)
        drawn_HH = torch.rand(hidden, hidden, dtype=torch.float64) - 0.5
        drawn_HH *= spectral_radius / torch.linalg.eigvals(drawn_HH).abs().max()
        self.inputs = inputs
        self.register_buffer("weight_ih", input_scale * (2 * torch.rand(hidden, inputs) - 1))
        self.register_buffer("weight_hh", drawn_HH.to(torch.get_default_dtype()))
        self.readout = nn.Linear(hidden, outputs)

    def states(self, x_BTI: Tensor, h_BH: Tensor | None = None) -> Tensor:
        """Return the reservoir's states at all steps, shape ``(B, T, H)``; it begins with `h_BH` or with zeros."""
        check_dimensions("EchoState", 3, x=x_BTI)
        check_size("EchoState", 2, self.inputs, x=x_BTI)
        check_at_least("EchoState", 1, time=x_BTI.shape[1])
        h_BH = x_BTI.new_zeros(len(x_BTI), len(self.weight_hh)) if h_BH is None else h_BH
        weights = [self.weight_ih, self.weight_hh]
        return torch.rnn_tanh(x_BTI, h_BH.unsqueeze(0), weights, False, 1, 0.0, False, False, True)[0]

    def forward(self, x_BTI: Tensor, h_BH: Tensor | None = None) -> Tensor:
        """Return what the readout makes of each step, shape ``(B, T, O)``."""
        return self.readout(self.states(x_BTI, h_BH))

    @torch.no_grad()
    def fit(self, x_BTI: Tensor, targets_BTO: Tensor, *, ridge: float = 1e-6, skip: int = 0) -> EchoState:
        r"""Set the readout to the best linear one, and return the network.

        .. math:: W_{out} = \arg\min_W \sum_t \|y_t - W h_t - b\|^2 + \lambda \|W\|^2

        Args:
            x_BTI: sequences, shape ``(B, T, I)``.
            targets_BTO: what to read at each step, shape ``(B, T, O)``.
            ridge: :math:`\lambda`, which keeps the weights small; above 0.
            skip: how many first steps to leave out, while the reservoir still remembers how it began.
        """
        check_above("EchoState.fit", 0, ridge=ridge)
        check_at_least("EchoState.fit", 1, **{"steps left": x_BTI.shape[1] - skip})
        wanted = targets_BTO.new_empty(*x_BTI.shape[:2], self.readout.out_features)
        check_same_shape("EchoState.fit", outputs=wanted, targets=targets_BTO)
        h_NH = self.states(x_BTI)[:, skip:].flatten(0, 1).double()
        y_NO = targets_BTO[:, skip:].flatten(0, 1).double()
        mean_H, mean_O = h_NH.mean(0), y_NO.mean(0)
        h_NH, y_NO = h_NH - mean_H, y_NO - mean_O
        gram_HH = h_NH.T @ h_NH + ridge * torch.eye(h_NH.shape[1], dtype=torch.float64, device=h_NH.device)
        weight_HO = torch.linalg.solve(gram_HH, h_NH.T @ y_NO)
        self.readout.weight.copy_(weight_HO.T)
        self.readout.bias.copy_(mean_O - mean_H @ weight_HO)
        return self
