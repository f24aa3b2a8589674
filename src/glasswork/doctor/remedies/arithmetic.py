"""Arithmetic: logarithms, roots and divisions that stay finite, in value and in slope."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from glasswork.doctor.remedies.remedy import Action

__all__ = ["Guarded"]


class Guarded(Action):
    """Add a little under logarithms and roots, so that neither they nor their slopes leave the numbers.

    Args:
        epsilon: how much.
    """

    def __init__(self, epsilon: float = 1e-8) -> None:
        self.epsilon = epsilon

    def arithmetic(self) -> dict[str, Any]:
        """Stand in for the functions."""

        def guarded(original: Any, input: Any, *args: Any, **kwargs: Any) -> Any:
            if isinstance(input, Tensor) and input.is_floating_point() and torch.is_grad_enabled() and not kwargs:
                return original(input.clamp(min=0) + self.epsilon, *args)
            return original(input, *args, **kwargs)

        return {"log": guarded, "sqrt": guarded}
