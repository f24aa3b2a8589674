"""Layer norm in readable steps, each example over its own features; group norm and root-mean-square norm likewise."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from glasswork.tracing.algebra import Apply, Expression, Frac, Num
from glasswork.tracing.meaning.norms import centred, closed_form, scaled, squared_size, standardised
from glasswork.tracing.meaning.quantity import Quantity
from glasswork.tracing.meaning.steps import Decline, Steps

__all__ = ["group_norm", "layer_norm", "rms_norm"]


def _affine(
    steps: Steps, z: Quantity, weight: Tensor | None, bias: Tensor | None, dims: Sequence[int]
) -> tuple[Quantity | None, Quantity | None]:
    axes = tuple(z.axes[d] for d in dims)
    gamma = None if weight is None else steps.given("gamma", weight, axes, "scale")
    return gamma, None if bias is None else steps.given("beta", bias, axes, "shift")


def layer_norm(
    steps: Steps,
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor | None:
    """Explain the norm of each example over its last dimensions."""
    steps.title = "layer norm"
    over = list(range(input.dim() - len(normalized_shape), input.dim()))
    z = steps.given("z", input, steps.axes(input), "input")
    gamma, beta = _affine(steps, z, weight, bias, over)
    mu, variance = centred(steps, z, over)
    hat = standardised(steps, z, mu, variance, eps, over)
    y = scaled(steps, hat, gamma, beta, over)
    closed_form(z, hat, variance, eps, over, gamma, y, over)
    return hat.tensor if y is None else y.tensor


def group_norm(
    steps: Steps,
    input: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor | None:
    """Explain the norm of groups of channels of each example."""
    if input.dim() < 2:
        raise Decline("its input has no channels")
    steps.title = f"group norm, {num_groups} groups"
    rest = ("row", "column", "depth")[: input.dim() - 2]
    each = input.shape[1] // num_groups
    whole = steps.given("x", input, ("n", "channel", *rest), "input")
    z = steps.name(
        "z", input.unflatten(1, (num_groups, each)), ("n", "group", "channel", *rest),
        lambda n, g, c, *at: whole[(n, g * each + c, *at)], "channels by groups", copy=True,
    )  # fmt: skip
    over = list(range(2, input.dim() + 1))
    mu, variance = centred(steps, z, over)
    hat = standardised(steps, z, mu, variance, eps, over)
    flat = steps.name(
        "z", hat.tensor.flatten(1, 2), whole.axes,
        lambda n, c, *at: hat[(n, c // each, c % each, *at)], "normalised, channels in a row", accent="hat",
        upper="flat",
        copy=True,
    )  # fmt: skip
    gamma, beta = _affine(steps, whole, weight, bias, [1])
    y = scaled(steps, flat, gamma, beta, [1])
    return flat.tensor if y is None else y.tensor


def rms_norm(
    steps: Steps,
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    eps: float | None = None,
) -> Tensor | None:
    """Explain the division by the root of the mean square."""
    steps.title = "root-mean-square norm"
    small = torch.finfo(input.dtype).eps if eps is None else eps
    over = list(range(input.dim() - len(normalized_shape), input.dim()))
    z = steps.given("z", input, steps.axes(input), "input")
    gamma, _ = _affine(steps, z, weight, None, over)
    v = squared_size(steps, z, over)
    root = (v.tensor + small).sqrt().reshape([1 if d in over else s for d, s in enumerate(input.shape)])

    def formula(*element: int) -> Expression:
        at = element[: over[0]]
        return Frac(z[element], Apply("sqrt", (v[at] + Num(small),)))

    hat = steps.name("z", input / root, z.axes, formula, "divided by its size", accent="hat")
    y = scaled(steps, hat, gamma, None, over)
    return hat.tensor if y is None else y.tensor


EXPLAINS = {"layer_norm": layer_norm, "group_norm": group_norm, "rms_norm": rms_norm}
