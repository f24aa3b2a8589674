"""Binary cross-entropy in readable steps: probability, both logarithms, the mean; and short: p - y."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from glasswork.tracing.algebra import Apply, Expression, Frac, Num, Prod
from glasswork.tracing.meaning.cross_entropy import reduced
from glasswork.tracing.meaning.quantity import Quantity, dot
from glasswork.tracing.meaning.steps import Decline, Steps

__all__ = ["binary_cross_entropy", "binary_cross_entropy_with_logits"]

_PLAIN = 5.0
"""Up to this size of a logit 1 - p keeps its digits; beyond it the logarithms are taken of 1 + e^x."""


def _log(x: Expression) -> Expression:
    return Apply("log", (x,))


def binary_cross_entropy_with_logits(
    steps: Steps,
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor | None:
    """Explain -(y log p + (1 - y) log(1 - p)) with p = sigmoid(x)."""
    _refuse(input, target, weight, size_average, reduce)
    steps.title = "binary cross-entropy"
    x = steps.given("x", input, steps.axes(input), "logits")
    y = steps.given("y", target, x.axes, "targets")
    boost = None if pos_weight is None else pos_weight.detach().expand(input.shape)
    p = steps.name("p", input.sigmoid(), x.axes, lambda *at: Apply("sigmoid", (x[at],)), "probability")
    plain = float(input.detach().abs().max()) <= _PLAIN
    zero = torch.zeros_like(input)
    yes = -p.tensor.log() if plain else torch.logaddexp(-input, zero)
    no = -(1 - p.tensor).log() if plain else torch.logaddexp(input, zero)
    value = (target if boost is None else boost * target) * yes + (1 - target) * no

    def single(*at: int) -> Expression:
        terms: list[Expression] = []
        share = float(target[at])
        one = _log(p[at]) if plain else _log(1 + Apply("exp", (-x[at],)))
        other = _log(1 - p[at]) if plain else _log(1 + Apply("exp", (x[at],)))
        sign = [Num(-1.0)] if plain else []
        if share:
            extra = [Num(float(boost[at]))] if boost is not None else []
            terms.append(Prod((*sign, *extra, y[at], one)))
        if share != 1:
            terms.append(Prod((*sign, 1 - y[at], other)))
        return dot(*terms)

    each = steps.name("E", value, x.axes, single, "loss of one output")
    result = reduced(steps, each, reduction)
    if boost is None:
        steps.remark("Short: the derivative with respect to a logit is the probability minus the target, p - y.")
        _short(x, p, y, each, steps.quantities[-1])
    return result


def binary_cross_entropy(
    steps: Steps,
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor | None:
    """Explain -(y log p + (1 - y) log(1 - p)) of probabilities."""
    _refuse(input, target, weight, size_average, reduce)
    steps.title = "binary cross-entropy of probabilities"
    p = steps.given("p", input, steps.axes(input), "probabilities")
    y = steps.given("y", target, p.axes, "targets")
    yes, no = input.log().clamp(min=-100), (1 - input).log().clamp(min=-100)
    value = -(target * yes + (1 - target) * no)

    def single(*at: int) -> Expression:
        terms: list[Expression] = []
        share = float(target[at])
        if share:
            one = _log(p[at]) if (p[at].value or 0.0) > 0 else Num(-100.0)
            terms.append(Prod((Num(-1.0), y[at], one)))
        if share != 1:
            other = _log(1 - p[at]) if (p[at].value or 0.0) < 1 else Num(-100.0)
            terms.append(Prod((Num(-1.0), 1 - y[at], other)))
        return dot(*terms)

    return reduced(steps, steps.name("E", value, p.axes, single, "loss of one output"), reduction)


def _short(x: Quantity, p: Quantity, y: Quantity, each: Quantity, loss: Quantity) -> None:
    def short(*at: int) -> Expression:
        target = y[at].value or 0.0
        difference: Expression = p[at] if target == 0 else p[at] - y[at]
        count = each.value.numel()
        if loss is not each and loss.slope(()).value == 1 and each.slope(at).value == 1 / count:
            return difference if count == 1 else Frac(difference, Num(float(count)))
        return Prod((each.slope(at), difference))

    x.short = short


def _refuse(input: Tensor, target: Tensor, weight: Any, size_average: Any, reduce: Any) -> None:
    if size_average is not None or reduce is not None:
        raise Decline("it is called in an outdated form")
    if weight is not None or input.shape != target.shape or target.requires_grad:
        raise Decline("it has weights, or learned targets")


EXPLAINS = {
    "binary_cross_entropy": binary_cross_entropy,
    "binary_cross_entropy_with_logits": binary_cross_entropy_with_logits,
}
