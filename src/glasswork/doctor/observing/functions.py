"""Functions: activations, dropouts and reshapes that a model calls as functions, seen within one forward pass."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from glasswork.doctor.observing.rounds import tensors_in

if TYPE_CHECKING:
    from glasswork.doctor.observing.layer_runs import LayerRuns

__all__ = ["Dropouts", "Functions"]

_ACTIVATIONS = {
    "relu": "relu", "relu6": "relu6", "leaky_relu": "leaky_relu", "elu": "elu", "selu": "selu", "celu": "celu",
    "gelu": "gelu", "silu": "silu", "mish": "mish", "softplus": "softplus", "sigmoid": "sigmoid", "tanh": "tanh",
    "hardtanh": "hardtanh", "hardsigmoid": "hardsigmoid", "hardswish": "hardswish", "softsign": "softsign",
    "softmax": "softmax", "log_softmax": "log_softmax", "logsigmoid": "logsigmoid", "prelu": "prelu", "rrelu": "rrelu",
    "glu": "glu", "threshold": "threshold", "clamp_min": "relu", "expit": "sigmoid",
}  # fmt: skip
_RESHAPES = {
    "view", "reshape", "flatten", "unflatten", "squeeze", "unsqueeze", "transpose", "permute", "contiguous", "movedim",
    "view_as", "reshape_as", "swapaxes", "moveaxis", "t", "mT", "T", "clone", "to", "float", "half", "bfloat16",
}  # fmt: skip
_DROPOUTS = {"dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout"}
_IN_PLACE = {"__iadd__", "__imul__", "__isub__", "__itruediv__", "__setitem__"}
# What reads a tensor without computing with it.
_QUIET = {
    "__get__", "size", "dim", "numel", "stride", "type", "is_floating_point", "is_contiguous", "data_ptr", "__len__",
    "item", "new_zeros", "new_ones", "new_empty", "zeros_like", "ones_like", "empty_like", "rand_like", "randn_like",
    "get_device", "__hash__", "__repr__", "__format__", "is_complex", "ndimension", "detach", "storage",
    "untyped_storage",
}  # fmt: skip
_SEEN = {*_ACTIVATIONS, *_RESHAPES, *_DROPOUTS, *_IN_PLACE}


class Functions(TorchFunctionMode):
    """Sees the functions of one forward pass, and calls them as they are."""

    def __init__(self, runs: LayerRuns) -> None:
        super().__init__()
        self.runs = runs

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        output = func(*args, **kwargs)
        if torch.compiler.is_compiling():  # a compiled function inside: the compiler reads this method, too
            return output
        name = getattr(func, "__name__", "")
        if self.runs.counting or name in _SEEN or (name.endswith("_") and not name.startswith("__")):
            started = time.perf_counter()
            observer = self.runs.observer
            with observer.guarded("a function's output"):
                _see(self.runs, name, args, kwargs, output)
            observer.own += time.perf_counter() - started
        return output


class Dropouts(TorchFunctionMode):
    """Counts the dropouts of one forward pass that drop units, and calls all functions as they are."""

    def __init__(self) -> None:
        super().__init__()
        self.dropping = 0

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        if name.rstrip("_") in _DROPOUTS:
            rate = kwargs.get("p", args[1] if len(args) > 1 else 0.5)
            drops = kwargs.get("training", kwargs.get("train", args[2] if len(args) > 2 else True))
            self.dropping += bool(drops) and rate != 0
        elif name == "scaled_dot_product_attention":
            self.dropping += bool(kwargs.get("dropout_p", args[4] if len(args) > 4 else 0.0))
        return func(*args, **kwargs)


def _see(runs: LayerRuns, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], output: Any) -> None:
    """See a function that was called in a forward pass."""
    model = runs.model
    if model is None:
        return
    if runs.counting and name not in _RESHAPES and name not in _QUIET:
        runs.count(tensors_in([*args, *kwargs.values()]))
    if runs.counting and name in _QUIET:
        runs.read(args[0] if args else None)
    if not isinstance(output, Tensor):
        return
    plain = name.rstrip("_") if not name.startswith("__") else name
    first = args[0] if args else kwargs.get("input")
    if plain in _RESHAPES:
        label = runs.label_of(first)
        if label is not None:
            runs.label(output, label)
        return
    kind = _ACTIVATIONS.get(plain)
    if kind is not None and (plain != "clamp_min" or (len(args) > 1 and args[1] == 0)):
        runs.function_ran(model, kind, "activation", first, args, kwargs, output)
    elif plain in _DROPOUTS:
        runs.function_ran(model, plain, "dropout", first, args, kwargs, output)
    elif name in _IN_PLACE or (name.endswith("_") and not name.startswith("__")):
        runs.unlabel(output)
