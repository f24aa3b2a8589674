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

from glasswork.checks import check_at_least
from glasswork.errors import UsageError

__all__ = ["Optimizer", "Parameters"]

Parameters = Iterable[Tensor] | Iterable[dict[str, Any]] | Iterable[tuple[str, Tensor]]

_FUSED_TYPES = (torch.float32, torch.float64, torch.bfloat16, torch.float16)
_FUSED_DEVICES = ("cpu", "cuda")
_HOST = torch.device("cpu")
_SMALLEST_HALF = 2.0**-24  # of float16; anything below half of it rounds to 0
# Settings of torch's classes that make another algorithm of them; a checkpoint that uses one is refused.
_NOT_OFFERED = ("amsgrad", "centered", "dampening", "maximize")


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
                    gradient = parameter.grad
                    if gradient is not None:
                        if gradient.is_sparse:
                            raise UsageError(
                                f"{type(self).__name__}: gradients must be dense, got a sparse one of shape "
                                f"{tuple(gradient.shape)}. Use an embedding with sparse=False."
                            )
                        parameters, gradients = alike[parameter.device, parameter.dtype]
                        parameters.append(parameter)
                        gradients.append(gradient)
                for (_, kind), (parameters, gradients) in alike.items():
                    if kind.is_complex:
                        raise UsageError(f"{type(self).__name__}: parameters must be real, got {kind}.")
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
        for group in state_dict["param_groups"]:
            for name in _NOT_OFFERED:
                if group.get(name):
                    raise UsageError(
                        f"{type(self).__name__}: a checkpoint with {name}={group[name]} cannot be continued here, "
                        f"as {name} is not offered. Go on with torch's own class."
                    )
        _unwrapped("load_state_dict")(self, state_dict)
        for group in self.param_groups:
            for name, value in self.defaults.items():
                group.setdefault(name, value)


def can_fuse(parameters: list[Tensor], gradients: list[Tensor]) -> bool:
    """Whether torch's fused kernels take these tensors, all on one device and of one type.

    The kernels walk memory, not elements: where a parameter is a slice of something larger, or its gradient lies in
    another order, they would silently mix up (or overrun) elements.
    """
    first = parameters[0]
    if first.dtype not in _FUSED_TYPES or first.device.type not in _FUSED_DEVICES:
        return False
    return all(map(_same_layout, parameters, gradients))


def _same_layout(parameter: Tensor, gradient: Tensor) -> bool:
    if parameter.is_contiguous() and gradient.is_contiguous():
        return True
    stride = parameter.stride()
    # Of a parameter without gaps, a new tensor like it has the same strides; so do the running means beside it.
    return stride == gradient.stride() and stride == torch.empty_like(parameter, device="meta").stride()


def running(
    state: dict[Tensor, dict[str, Any]], parameters: list[Tensor], name: str, first: float = 0.0
) -> list[Tensor]:
    """Return what is kept under a name for each parameter, shaped like it; `first` everywhere at its first step."""
    found = []
    for parameter in parameters:
        kept = state[parameter]
        value = kept.get(name)
        if value is None:
            value = kept[name] = torch.full_like(parameter, first, memory_format=torch.preserve_format)
        found.append(value)
    return found


def count_steps(
    state: dict[Tensor, dict[str, Any]], parameters: list[Tensor], device: torch.device = _HOST
) -> list[Tensor]:
    """Return how many steps each parameter has made, this one included, as torch keeps it: a 0-d tensor each."""
    steps = []
    for parameter in parameters:
        kept = state[parameter]
        step = kept.get("step")
        if step is None:
            step = kept["step"] = torch.zeros((), dtype=torch.float32, device=device)
        elif step.device != device:  # from a checkpoint of another kind of step
            step = kept["step"] = step.to(device)
        steps.append(step)
    torch._foreach_add_(steps, 1)
    return steps


def decayed(group: dict[str, Any], parameters: list[Tensor], gradients: list[Tensor]) -> list[Tensor]:
    """Return the gradients with the pull towards 0 of an L2 penalty, where the group has one."""
    decay = group["weight_decay"]
    return list(torch._foreach_add(gradients, parameters, alpha=decay)) if decay else gradients


def check_eps(who: str, eps: float, parameters: list[Tensor]) -> None:
    """Refuse an `eps` that is 0 in float16: a gradient of 0 would then move its weight by 0 / 0."""
    if parameters[0].dtype == torch.float16:
        check_at_least(f"{who} on float16", _SMALLEST_HALF, eps=eps)
