"""Head: outputs that the loss can use as it is: logarithms for probabilities, logits for a bounded head."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from glasswork.doctor.remedies.remedy import Action

__all__ = ["LogOfProbabilities", "WithLogits", "WriteLoss"]


class LogOfProbabilities(Action):
    """Hand ``cross_entropy`` the logarithm of the probabilities it is given: its log-softmax leaves that unchanged."""

    def functions(self) -> dict[str, Any]:
        """Stand in for the loss."""

        def cross_entropy(original: Any, input: Tensor, *args: Any, **kwargs: Any) -> Any:
            tiny = torch.finfo(input.dtype).tiny
            return original(input.clamp(min=tiny).log(), *args, **kwargs)

        return {"cross_entropy": cross_entropy}


class WithLogits(Action):
    """Take what ``binary_cross_entropy`` is given for logits; or, with `logit`, turn probabilities into logits.

    Args:
        logit: for ``binary_cross_entropy_with_logits`` that is given probabilities.
    """

    def __init__(self, logit: bool = False) -> None:
        self.logit = logit

    def functions(self) -> dict[str, Any]:
        """Stand in for the loss."""

        def plain(original: Any, input: Tensor, *args: Any, **kwargs: Any) -> Any:
            return functional.binary_cross_entropy_with_logits(input, *args, **kwargs)

        def turned(original: Any, input: Tensor, *args: Any, **kwargs: Any) -> Any:
            return original(torch.logit(input, eps=torch.finfo(input.dtype).eps), *args, **kwargs)

        return {"binary_cross_entropy_with_logits": turned} if self.logit else {"binary_cross_entropy": plain}


class WriteLoss(Action):
    """Learn from another loss of the model's output and the loader's targets than the script's.

    Where a batch has no targets that fit, the script's own loss stays.

    Args:
        kind: ``cross_entropy`` or ``mse``.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._output: Tensor | None = None
        self._item: list[Tensor] = []

    def after_call(self, model: torch.nn.Module, output: Any) -> Any:
        """Remember the output."""
        if isinstance(output, Tensor) and output.requires_grad:
            self._output = output
        return output

    def on_item(self, item: Any) -> None:
        """Remember the batch."""
        listed = item.values() if isinstance(item, dict) else item if isinstance(item, tuple | list) else [item]
        self._item = [one for one in listed if isinstance(one, Tensor)]

    def before_backward(self, loss: Tensor) -> Tensor:
        """Write the loss."""
        output, self._output = self._output, None
        if output is None:
            return loss
        for targets in reversed(self._item):
            if len(targets) != len(output):
                continue
            whole = not targets.is_floating_point()
            if self.kind == "cross_entropy" and whole and output.dim() == 2 and targets.dim() == 1:
                return functional.cross_entropy(output, targets.long())
            if self.kind == "mse" and not whole and targets.numel() == output.numel():
                return functional.mse_loss(output, targets.reshape(output.shape))
        return loss
