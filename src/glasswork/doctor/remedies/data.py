"""Data: what goes into the model and what is compared with its output, brought to a size that trains well."""

from __future__ import annotations

import weakref
from typing import Any

import torch
from torch import Tensor, nn

from glasswork.doctor.remedies.remedy import Action

__all__ = ["ClassWeights", "ScaleInputs", "ScaleOutputs"]


class _Entry(Action):
    """What is done to the first model that is called, and to no other."""

    def __init__(self) -> None:
        self._entry: weakref.ref[nn.Module] | None = None

    def is_entry(self, model: nn.Module) -> bool:
        """Tell whether a model is that one."""
        if self._entry is None:
            self._entry = weakref.ref(model)
        return self._entry() is model


class ScaleInputs(_Entry):
    """Standardise the model's inputs by what was seen in the run before; put the mean where a number is missing.

    Args:
        inputs: mean and standard deviation of each argument's features, by position or keyword; one number each where
            the features are too many.
        scale: whether to standardise; else only what is not finite is replaced.
    """

    def __init__(self, inputs: dict[str, list[list[float]]], scale: bool = True) -> None:
        super().__init__()
        self.inputs, self.scale = inputs, scale

    def before_call(
        self, model: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Change the arguments."""
        if not self.is_entry(model):
            return args, kwargs
        args = tuple(self._changed(str(place), value) for place, value in enumerate(args))
        return args, {key: self._changed(key, value) for key, value in kwargs.items()}

    def _changed(self, key: str, value: Any) -> Any:
        if key not in self.inputs or not isinstance(value, Tensor) or not value.is_floating_point():
            return value
        mean, std = (torch.tensor(one, dtype=value.dtype, device=value.device) for one in self.inputs[key])
        axis = 1 if value.dim() >= 4 else value.dim() - 1
        if mean.numel() > 1:
            if mean.numel() != value.shape[axis]:
                return value
            shape = [1] * value.dim()
            shape[axis] = -1
            mean, std = mean.reshape(shape), std.reshape(shape)
        value = torch.where(torch.isfinite(value), value, mean)
        return (value - mean) / std if self.scale else value


class _Stretch(torch.autograd.Function):
    """``std * x + mean``, whose gradient comes back as it would be on standardised targets."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, mean: Tensor, std: Tensor, squared: bool) -> Tensor:
        """Stretch."""
        ctx.save_for_backward(std)
        ctx.squared = squared
        return x * std + mean

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """A squared error's slope is std times as large as on standardised targets; an absolute one's the same."""
        (std,) = ctx.saved_tensors
        return (gradients[0] / std if ctx.squared else gradients[0]), None, None, None


class ScaleOutputs(_Entry):
    """Let the model predict standardised targets: its output times their standard deviation, plus their mean.

    Args:
        mean: of the targets, a column each, or one number.
        std: likewise.
        squared: whether the loss is a squared error; its gradient is brought to size, too.
    """

    def __init__(self, mean: list[float], std: list[float], squared: bool = True) -> None:
        super().__init__()
        self.mean, self.std, self.squared = mean, std, squared

    def after_call(self, model: nn.Module, output: Any) -> Any:
        """Stretch the output."""
        if not self.is_entry(model) or not isinstance(output, Tensor) or not output.is_floating_point():
            return output
        mean, std = (torch.tensor(one, dtype=output.dtype, device=output.device) for one in (self.mean, self.std))
        if mean.numel() > 1 and mean.numel() != output.shape[-1]:
            return output
        return _Stretch.apply(output, mean, std, self.squared)


class ClassWeights(Action):
    """Weigh classes by how rare they are, in training.

    Args:
        weights: one a class.
    """

    def __init__(self, weights: list[float]) -> None:
        self.weights = weights

    def functions(self) -> dict[str, Any]:
        """Stand in for the loss, where it is learned from and has no weights yet."""

        def cross_entropy(
            original: Any,
            input: Tensor,
            target: Tensor,
            weight: Tensor | None = None,
            *args: Any,
            **kwargs: Any,
        ) -> Any:
            if weight is None and input.requires_grad and input.dim() > 1 and input.shape[1] == len(self.weights):
                weight = torch.tensor(self.weights, dtype=input.dtype, device=input.device)
            return original(input, target, weight, *args, **kwargs)

        def binary(
            original: Any,
            input: Tensor,
            target: Tensor,
            weight: Tensor | None = None,
            *args: Any,
            **kwargs: Any,
        ) -> Any:
            if weight is None and input.requires_grad and len(self.weights) == 2:
                weight = torch.where(target > 0.5, self.weights[1], self.weights[0]).to(input.dtype)
            return original(input, target, weight, *args, **kwargs)

        return {
            "cross_entropy": cross_entropy,
            "nll_loss": cross_entropy,
            "binary_cross_entropy": binary,
            "binary_cross_entropy_with_logits": binary,
        }
