"""Carrying out a primitive operation in the precision of the trace, drawing the numbers that the real step would draw.

A step that is traced in float64 must still draw float32's random numbers, for torch draws others in float64. And where
the user's program asks for float32 by name (`mask.float()`), the working type is meant.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

__all__ = ["Precision", "default_generator", "is_random"]

_SMOOTH = {"aten::native_dropout", "aten::rrelu_with_noise", "aten::_sample_dirichlet", "aten::_standard_gamma"}
"""Random operations through which a derivative flows: they draw in the working type."""
_NARROW = (torch.float32, torch.float16, torch.bfloat16)


def is_random(operation: Any) -> bool:
    """Whether an operation draws random numbers."""
    return torch.Tag.nondeterministic_seeded in operation.tags


def default_generator(device: torch.device) -> torch.Generator:
    """Return the generator that a device draws from when none is given."""
    if device.type == "cuda":
        index = device.index if device.index is not None else torch.cuda.current_device()
        return torch.cuda.default_generators[index]
    return torch.default_generator


@dataclass(frozen=True, slots=True)
class Precision:
    """The type that the trace works in, and the type that the model itself has."""

    working: torch.dtype
    own: torch.dtype

    @property
    def widened(self) -> bool:
        """Whether the trace works in another type than the model."""
        return self.working is not self.own

    def carry_out(self, operation: Any, arguments: Any, keywords: dict[str, Any]) -> Any:
        """Run a primitive operation on arguments of the working type."""
        if not self.widened:
            return operation(*arguments, **keywords)
        arguments, keywords = self._asked(operation, arguments, keywords)
        if not is_random(operation) or operation._schema.name in _SMOOTH:
            result = operation(*arguments, **keywords)
            if operation is torch.ops.aten.lift_fresh.default and result.dtype in _NARROW:
                return result.to(self.working)
            return result
        return self._draw(operation, arguments, keywords)

    def _asked(self, operation: Any, arguments: Any, keywords: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """Replace a narrow floating type that is asked for by name."""
        if self.working is not torch.float64:
            return arguments, keywords
        if any(value in _NARROW for value in keywords.values() if isinstance(value, torch.dtype)):
            keywords = {
                key: self.working if isinstance(value, torch.dtype) and value in _NARROW else value
                for key, value in keywords.items()
            }
        if any(isinstance(value, torch.dtype) and value in _NARROW for value in arguments):
            arguments = tuple(
                self.working if isinstance(value, torch.dtype) and value in _NARROW else value for value in arguments
            )
        return arguments, keywords

    def _draw(self, operation: Any, arguments: Any, keywords: dict[str, Any]) -> Any:
        """Draw in the model's own type, then convert."""
        written = [a.name for a in operation._schema.arguments if a.alias_info is not None and a.alias_info.is_write]
        names = [a.name for a in operation._schema.arguments]
        given = dict(zip(names, arguments, strict=False)) | keywords
        for name, value in given.items():
            if value is self.working:
                given[name] = self.own
        narrow = {name: _map(value, self._narrow) for name, value in given.items()}
        for argument in operation._schema.arguments:
            if argument.name == "dtype" and narrow.get("dtype") is None and "self" not in names:
                narrow["dtype"] = self.own if torch.get_default_dtype() is self.working else None
        positional = [narrow.pop(a.name) for a in operation._schema.arguments if a.name in narrow and not a.kwarg_only]
        result = operation(*positional, **narrow)
        if not written:
            return _map(result, self._widen)
        drawn = dict(zip(names, positional, strict=False)) | narrow
        for name in written:
            given[name].copy_(drawn[name])
        return given[written[0]] if isinstance(result, Tensor) else tuple(given[name] for name in written)

    def _narrow(self, value: Tensor) -> Tensor:
        return value.to(self.own) if value.dtype is self.working else value

    def _widen(self, value: Tensor) -> Tensor:
        return value.to(self.working) if value.dtype is self.own else value


def _map(value: Any, change: Callable[[Tensor], Tensor]) -> Any:
    if isinstance(value, Tensor):
        return change(value)
    if isinstance(value, (tuple, list)):
        return type(value)(_map(part, change) for part in value)
    return value
