"""Linear in readable steps: each unit's weighted sum."""

from __future__ import annotations

from torch import Tensor

from glasswork.tracing.algebra import Expression
from glasswork.tracing.meaning.quantity import dot
from glasswork.tracing.meaning.steps import Steps

__all__ = ["linear"]


def linear(steps: Steps, input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor | None:
    """Explain ``z_j = sum_i w_ij x_i + b_j``."""
    steps.title = "linear"
    lead = {1: (), 2: ("n",)}.get(input.dim(), ("n", *["place"] * (input.dim() - 2)))
    x = steps.given("x", input, (*lead, "unit"), "input")
    w = steps.given("w", weight, ("to", "from"), "weights")
    b = None if bias is None else steps.given("b", bias, ("unit",), "bias")
    value = input @ weight.T
    if bias is not None:
        value = value + bias

    def formula(*element: int) -> Expression:
        *where, j = element
        return dot(
            *((w[j, i], x[(*where, i)]) for i in range(weight.shape[1])), *([b[j]] if b is not None else [])
        )  # fmt: skip

    return steps.name("z", value, (*lead, "unit"), formula, "net input").tensor


EXPLAINS = {"linear": linear}
