"""Network: preprocessing, body and the target's own units as one module, so that one file carries them all."""

from __future__ import annotations

from torch import Tensor, nn

from glasswork.layers.target_scale import TargetScale

__all__ = ["Network"]


class Network(nn.Module):
    r"""What a run trains, saves and exports: ``outputs = unscale(body(inputs(...)))``.

    Args:
        inputs: turns raw inputs into what `body` takes: one tensor (handed on as ``x``) or a dict of keyword
            arguments; None hands the raw inputs on untouched.
        body: the model.
        target: brings the body's outputs back to the target's own units; None leaves them (logits).

    Shapes: whatever the parts take and give; inputs go in by keyword.

    >>> import torch
    >>> body = nn.Linear(2, 1, bias=False)
    >>> _ = nn.init.ones_(body.weight)
    >>> class Named(nn.Module):  # a body whose argument is named x
    ...     def __init__(self): super().__init__(); self.inner = body
    ...     def forward(self, x): return self.inner(x)
    >>> scale = TargetScale(1).fit(torch.tensor([[10.0], [14.0]]))  # mean 12, deviation 2
    >>> network = Network(inputs=None, body=Named(), target=scale)
    >>> network(x=torch.tensor([[0.5, 1.0]])).tolist()  # 12 + 2 * 1.5
    [[15.0]]
    """

    def __init__(self, *, inputs: nn.Module | None = None, body: nn.Module, target: TargetScale | None = None) -> None:
        super().__init__()
        self.inputs = inputs
        self.body = body
        self.target = target

    def forward(self, **inputs: Tensor) -> Tensor:
        """Return logits, or values in the target's own units."""
        made = inputs if self.inputs is None else self.inputs(**inputs)
        outputs = self.body(x=made) if isinstance(made, Tensor) else self.body(**made)
        return outputs if self.target is None else self.target.unscale(outputs)
