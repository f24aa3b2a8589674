"""What our optimizers share: torch's own protocol, without the compiler that torch loads behind it.

A plain subclass of ``torch.optim.Optimizer`` imports ``torch._dynamo`` (about 1 s and 73 MB) in its constructor,
``add_param_group``, ``zero_grad``, ``step`` and ``state_dict``, only to keep the compiler out of those methods. Here
the same methods run unwrapped; groups, state, hooks and checkpoints are torch's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, cast, overload

import torch
from torch import Tensor

__all__ = ["Optimizer", "Parameters"]

Parameters = Iterable[Tensor] | Iterable[dict[str, Any]] | Iterable[tuple[str, Tensor]]

_FUSED_TYPES = (torch.float32, torch.float64, torch.bfloat16, torch.float16)
_FUSED_DEVICES = ("cpu", "cuda")


def _unwrapped(name: str) -> Any:
    """Return a method of torch's base class from under its "keep the compiler out" wrapper, where there is one."""
    method = getattr(torch.optim.Optimizer, name)
    return getattr(method, "__wrapped__", method)


class Optimizer(torch.optim.Optimizer):
    """Base class: `_update` moves one group; everything around it is done here.

    Args:
        params: tensors, ``(name, tensor)`` pairs or group dictionaries, as torch takes them.
        defaults: the settings of a group that does not give its own.
    """

    def __init__(self, params: Parameters, defaults: dict[str, Any]) -> None:
        super().__init__(cast(Any, params), defaults)

    def _update(self, group: dict[str, Any], parameters: list[Tensor], gradients: list[Tensor]) -> None:
        """Move the parameters of one group, all on one device and of one type, each with its gradient."""
        raise NotImplementedError

    @overload
    def step(self, closure: None = None) -> None: ...
    @overload
    def step(self, closure: Callable[[], float]) -> float: ...
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """Move every parameter that has a gradient; with a closure, evaluate it first and return its loss."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        with torch.no_grad():
            for group in self.param_groups:
                alike: dict[Any, tuple[list[Tensor], list[Tensor]]] = defaultdict(lambda: ([], []))
                for parameter in group["params"]:
                    if parameter.grad is not None:
                        parameters, gradients = alike[parameter.device, parameter.dtype]
                        parameters.append(parameter)
                        gradients.append(parameter.grad)
                for parameters, gradients in alike.values():
                    self._update(group, parameters, gradients)
        return loss

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients, or fill them with zeros."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None:
                    continue
                if set_to_none:
                    parameter.grad = None
                else:
                    parameter.grad = parameter.grad.detach().zero_()

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group of parameters with settings of its own."""
        _unwrapped("add_param_group")(self, param_group)

    def state_dict(self) -> dict[str, Any]:
        """Return the state and the groups; tensors in it are shared, not copied."""
        return _unwrapped("state_dict")(self)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a state, ours or one of torch's optimizer of the same name."""
        _unwrapped("load_state_dict")(self, state_dict)
        for group in self.param_groups:
            for name, value in self.defaults.items():
                group.setdefault(name, value)


def can_fuse(parameters: list[Tensor]) -> bool:
    """Whether torch's fused kernels take these tensors, all on one device and of one type."""
    first = parameters[0]
    return first.dtype in _FUSED_TYPES and first.device.type in _FUSED_DEVICES
