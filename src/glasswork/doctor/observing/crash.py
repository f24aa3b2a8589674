"""Crash: the shapes up to the layer that failed, and the arithmetic that does not fit."""

from __future__ import annotations

import re
from types import TracebackType
from typing import Any

from torch import Tensor, nn

from glasswork.layers.product_shape import explain_broadcast, explain_product

__all__ = ["arithmetic", "failing_layer", "said_shape"]

_PRODUCT = re.compile(r"\((\d+)x(\d+) and (\d+)x(\d+)\)")
_SIZES = re.compile(
    r"size of tensor a \((\d+)\) must match the size of tensor b \((\d+)\) at non-singleton dimension (\d+)"
)
_CHANNELS = re.compile(
    r"weight of size \[([\d, ]+)\], expected input\[([\d, ]+)\] to have (\d+) channels, but got (\d+)"
)


def arithmetic(message: str, layer: nn.Module | None = None, inputs: list[Tensor] | None = None) -> str | None:
    """Say in the tensors' own numbers why an operation failed; None where that is not about shapes.

    >>> arithmetic("mat1 and mat2 shapes cannot be multiplied (64x400 and 256x120)")
    '64 x 400 times 256 x 120: 400 is not 256'
    """
    if found := _PRODUCT.search(message):
        a, b, c, d = map(int, found.groups())
        said = explain_product((a, b), (c, d))
        if isinstance(layer, nn.Linear):
            said += f"; the layer was made for {layer.in_features} inputs and got {b}"
        return said
    if found := _CHANNELS.search(message):
        wanted, came = found[3], found[4]
        shape = " x ".join(found[2].split(", "))
        return f"the input is {shape}: {came} channels, where the filters ask for {wanted}"
    if found := _SIZES.search(message):
        if inputs and len(inputs) > 1:
            return explain_broadcast(tuple(inputs[0].shape), tuple(inputs[1].shape))
        return f"{found[1]} is not {found[2]} in dimension {found[3]}, and neither is 1"
    return None


def failing_layer(
    trace: TracebackType | None, names: dict[int, str]
) -> tuple[str | None, nn.Module | None, list[Tensor]]:
    """Return the innermost layer in whose ``forward`` an exception arose, with its tensors.

    Args:
        trace: the exception's traceback.
        names: what each module is called, by identity.
    """
    name: str | None = None
    layer: nn.Module | None = None
    inputs: list[Tensor] = []
    while trace is not None:
        frame = trace.tb_frame
        code = frame.f_code
        if code.co_name in ("forward", "_conv_forward") and code.co_argcount and code.co_varnames[0] == "self":
            values = frame.f_locals
            owner: Any = values.get("self")
            if isinstance(owner, nn.Module) and id(owner) in names:
                name, layer = names[id(owner)], owner
                given = [values.get(key) for key in code.co_varnames[1 : code.co_argcount]]
                inputs = [one for one in given if isinstance(one, Tensor) and not isinstance(one, nn.Parameter)]
        trace = trace.tb_next
    return name, layer, inputs


def said_shape(shape: tuple[int, ...]) -> str:
    """Return a shape in words.

    >>> said_shape((8, 3))
    '8 x 3'
    """
    return " x ".join(map(str, shape)) if shape else "a number"
