"""Repeated: a script's loss as a function of the model's output, found from one call of it.

The loss is one of torch's functions, called again with the same settings. What the script does between the model's
output and that call is looked for among what people write there (the last place in time, classes moved to second
place, a softmax), by trying: it counts as found where it gives what the loss was called with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isclose, isfinite
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

__all__ = ["Repeated", "repeated"]

_TARGETS = ("target", "targets")
_NOT_SETTINGS = ("input", *_TARGETS, "size_average", "reduce")
_PARTS: list[Callable[[Tensor], Tensor]] = [
    lambda outputs: outputs,
    lambda outputs: outputs.movedim(-1, 1),
    lambda outputs: outputs[:, -1],
    lambda outputs: outputs[:, :-1],
    lambda outputs: outputs[:, 1:],
    lambda outputs: outputs[:, 0],
]
_FUNCTIONS: list[Callable[[Tensor], Tensor]] = [
    lambda outputs: outputs,
    torch.sigmoid,
    lambda outputs: outputs.softmax(-1),
    lambda outputs: outputs.log_softmax(-1),
    # Over the examples: a mistake, and one to be seen.
    lambda outputs: outputs.softmax(0),
    lambda outputs: outputs.log_softmax(0),
    torch.tanh,
    torch.relu,
    torch.exp,
]


class Repeated:
    """A loss of the model's output and the targets, both with the examples first.

    Args:
        function: its name in ``torch.nn.functional``.
        settings: its other arguments.
        part: which part of the model's output it takes.
        between: what is done to that.
        scores: the shape of one row of what it is called with.
        targets: likewise of the targets.
        scale: what its value is multiplied with.
    """

    def __init__(
        self,
        function: str,
        settings: dict[str, Any],
        part: Callable[[Tensor], Tensor],
        between: Callable[[Tensor], Tensor],
        scores: tuple[int, ...],
        targets: tuple[int, ...],
        scale: float = 1.0,
    ) -> None:
        self._function, self._settings = function, settings
        self._part, self._between = part, between
        self._scores, self._targets, self._scale = scores, targets, scale

    def scores(self, outputs: Tensor) -> Tensor:
        """Return what the loss judges, as rows of the script's own form."""
        # Places in time count as examples where the script made them so.
        return self._between(self._part(outputs)).reshape(-1, *self._scores)

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the loss, a scalar."""
        function = getattr(functional, self._function)
        loss: Tensor = function(self.scores(outputs), targets.reshape(-1, *self._targets), **self._settings)
        return (loss if loss.dim() == 0 else loss.mean()) * self._scale

    def gives(self, outputs: Tensor, targets: Tensor, value: float) -> bool:
        """Whether the loss of an output and targets is a value that the script got."""
        try:
            with torch.no_grad():
                again = float(self(outputs.detach(), targets))
        except (RuntimeError, ValueError, IndexError):
            return False
        return isclose(again, value, rel_tol=1e-3, abs_tol=1e-6)


def repeated(
    outputs: Any, function: str, given: Mapping[str, Any], value: float, *, scaled: bool = False
) -> Repeated | None:
    """Return a script's loss as a function of the model's output; None where it cannot be called again.

    Args:
        outputs: what the model returned.
        function: the loss, by its name in ``torch.nn.functional``.
        given: its arguments by name.
        value: what it returned.
        scaled: whether the script's value may be a fixed multiple of the function's.

    >>> outputs, y = torch.randn(4, 3), torch.tensor([0, 1, 2, 0])
    >>> given = {"input": outputs.log_softmax(-1), "target": y}
    >>> loss = repeated(outputs, "nll_loss", given, functional.nll_loss(**given).item())
    >>> bool(torch.isclose(loss(outputs, y), functional.cross_entropy(outputs, y)))
    True
    """
    targets, scores = next((given[name] for name in _TARGETS if name in given), None), given.get("input")
    if not hasattr(functional, function) or not isinstance(outputs, Tensor):
        return None
    if not isinstance(scores, Tensor) or not isinstance(targets, Tensor) or not targets.dim() or not scores.dim():
        return None
    settings = {name: one for name, one in given.items() if name not in _NOT_SETTINGS}
    shapes = tuple(scores.shape[1:]), tuple(targets.shape[1:])
    with torch.no_grad():
        found = _way(outputs.detach(), scores.detach())
        if found is None:
            return None
        loss = Repeated(function, settings, *found, *shapes)
        if scaled:
            again = float(loss(outputs.detach(), targets.detach()))
            scale = value / again if again else 1.0
            if not (isfinite(scale) and scale > 0):
                return None
            loss = Repeated(function, settings, *found, *shapes, scale)
    return loss if loss.gives(outputs, targets.detach(), value) else None


def _way(outputs: Tensor, scores: Tensor) -> tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor]] | None:
    """Return how the loss's rows come from the model's output."""
    wanted = scores.nan_to_num()
    for function in _FUNCTIONS:
        for part in _PARTS:
            try:
                tried = function(part(outputs))
            except (RuntimeError, IndexError):
                continue
            if tried.numel() != scores.numel() or not tried.is_floating_point():
                continue
            if torch.allclose(tried.reshape(scores.shape).to(scores.dtype).nan_to_num(), wanted, 1e-4, 1e-6):
                return part, function
    return None
