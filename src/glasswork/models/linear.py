"""Linear: one weighted sum an output; linear regression, or softmax regression under cross-entropy.

Letters in shapes: B batch, I inputs, O outputs.

Course: MLP-08, MLP-10.
Source: Legendre 1805 (least squares); Cox 1958 (its logistic sibling).
"""

from __future__ import annotations

from torch import Tensor, nn

from glasswork.checks import check_at_least, check_size

__all__ = ["Linear"]


class Linear(nn.Module):
    r"""One weighted sum for each output.

    .. math:: y = W x + b

    Weights start at zero: the first answer is "no idea", the same on every machine.

    Args:
        inputs: numbers in one example, I; more dimensions are flattened.
        outputs: logits or values, O.

    >>> import torch
    >>> model = Linear(inputs=2, outputs=1)
    >>> _ = model.linear.weight.data.copy_(torch.tensor([[2.0, 3.0]])), model.linear.bias.data.fill_(1)
    >>> model(torch.tensor([[10.0, 100.0]])).tolist()  # 2 * 10 + 3 * 100 + 1
    [[321.0]]
    >>> sum(p.numel() for p in model.parameters())
    3
    """

    def __init__(self, *, inputs: int, outputs: int) -> None:
        super().__init__()
        check_at_least("Linear", 1, inputs=inputs, outputs=outputs)
        self.size = inputs
        self.linear = nn.Linear(inputs, outputs)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits or values, shape ``(B, O)``, from ``x`` of shape ``(B, I)`` or ``(B, ...)``."""
        x_BI = x.flatten(1)
        check_size("Linear", 1, self.size, x=x_BI)
        return self.linear(x_BI)
