"""Cross-entropy in readable steps: softmax, its logarithm, the right class picked, the mean; and short: p - y."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import torch
from torch import Tensor

from glasswork.tracing.algebra import Expression, Frac, Num, Prod
from glasswork.tracing.meaning.quantity import Element, Quantity, dot
from glasswork.tracing.meaning.softmax import log_shares, shares
from glasswork.tracing.meaning.steps import Decline, Steps

__all__ = ["cross_entropy", "nll_loss", "reduced"]


def reduced(steps: Steps, each: Quantity, reduction: str, count: float | None = None) -> Tensor | None:
    """Name the mean or sum of the single losses; `count` is what a mean divides by, if not by how many there are."""
    live = each.tensor
    if reduction == "none":
        return live
    places = list(product(*map(range, live.shape)))
    number = float(len(places) if count is None else count)
    total = live.sum()
    if reduction == "sum":
        return steps.name("L", total, (), lambda: dot(*(each[at] for at in places)), "loss: the sum").tensor
    if reduction != "mean":
        raise Decline(f"the reduction {reduction!r} is not covered")
    return steps.name(
        "L", total / number, (), lambda: Frac(dot(*(each[at] for at in places)), Num(number)), "loss: the mean"
    ).tensor


def cross_entropy(
    steps: Steps,
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: Any = None,
    ignore_index: int = -100,
    reduce: Any = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor | None:
    """Explain -log softmax(x)[y], with class weights, smoothing, ignored rows or shares as targets."""
    if size_average is not None or reduce is not None or input.dim() == 0:
        raise Decline("it is called in an outdated form")
    steps.title = "cross-entropy"
    dim = 1 if input.dim() > 1 else 0
    axes = ("n", "class", *["place"] * (input.dim() - 2)) if dim else ("class",)
    x = steps.given("x", input, axes, "logits")
    p = shares(steps, x, dim)
    p.title = "softmax: probability of each class"
    log_p = log_shares(steps, x, dim, p)
    return _picked(steps, x, p, log_p, target, weight, ignore_index, reduction, label_smoothing, dim)


def nll_loss(
    steps: Steps,
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: Any = None,
    ignore_index: int = -100,
    reduce: Any = None,
    reduction: str = "mean",
) -> Tensor | None:
    """Explain the pick of the right class's log-probability."""
    if size_average is not None or reduce is not None or input.dim() == 0:
        raise Decline("it is called in an outdated form")
    steps.title = "negative log-likelihood"
    dim = 1 if input.dim() > 1 else 0
    axes = ("n", "class", *["place"] * (input.dim() - 2)) if dim else ("class",)
    log_p = steps.given("l", input, axes, "log-probabilities")
    return _picked(steps, None, None, log_p, target, weight, ignore_index, reduction, 0.0, dim)


def _picked(
    steps: Steps, x: Quantity | None, p: Quantity | None, log_p: Quantity, target: Tensor, weight: Tensor | None,
    ignore_index: int, reduction: str, smoothing: float, dim: int,
) -> Tensor | None:  # fmt: skip
    """Name the single losses and their mean."""
    live = log_p.tensor
    classes = live.shape[dim]
    hard = not target.is_floating_point()
    scale = None if weight is None else steps.given("w", weight, ("class",), "class weights")
    if hard:
        kept = target != ignore_index
        codes = target.masked_fill(~kept, 0)
        y = torch.zeros_like(live.detach()).scatter(dim, codes.unsqueeze(dim), 1.0)
        y = y * kept.unsqueeze(dim)
    else:
        kept = torch.ones_like(live.detach().select(dim, 0), dtype=torch.bool)
        y = target.detach()
        if target.requires_grad:
            raise Decline("its targets are learned")
    if smoothing:
        y = y * (1 - smoothing) + kept.unsqueeze(dim).to(y.dtype) * smoothing / classes
    y = y.detach()
    shape = [1] * live.dim()
    shape[dim] = classes
    by_class = torch.ones(shape, dtype=live.dtype) if weight is None else weight.detach().view(shape)
    factors = y * by_class
    value = -(live * y * (1.0 if weight is None else weight.view(shape))).sum(dim)

    def there(element: Element, c: int) -> Element:
        return (*element[:dim], c, *element[dim:])

    def single(*element: int) -> Expression:
        found: list[Expression] = []
        for c in range(classes):
            share = float(y[there(element, c)])
            if share:
                factors_ = [Num(-share)] if share != 1 else [Num(-1.0)]
                found.append(Prod((*factors_, *([scale[c]] if scale else []), log_p[there(element, c)])))
        return dot(*found) if found else Num(0.0)

    axes = tuple(axis for place, axis in enumerate(log_p.axes) if place != dim)
    each = steps.name("E", value, axes, single, "loss of one example")
    count = None
    if hard and reduction == "mean":
        picked = kept.to(live.dtype) if weight is None else kept * weight.detach()[codes]
        count = float(picked.sum())
        if count == 0:
            raise Decline("all its rows are ignored")
    result = reduced(steps, each, reduction, count)
    if x is not None and p is not None:
        loss = steps.quantities[-1]
        steps.remark("Short: the derivative with respect to a logit is the probability minus the target, p - y.")
        totals = factors.sum(dim)

        def short(*element: int) -> Expression | None:
            row = (*element[:dim], *element[dim + 1 :])
            own, total = float(factors[element]), float(totals[row])
            share: Expression = p[element] if total == 1 else total * p[element]
            difference: Expression = share if own == 0 else share - own
            if total == 0:
                return Num(0.0)
            if loss is not each and loss.slope(()).value == 1 and reduction == "mean":
                number = count if count is not None else each.value.numel()
                return difference if number == 1 else Frac(difference, Num(float(number)))
            if loss is not each and loss.slope(()).value == 1:
                return difference
            upstream = each.slope(row)
            return Prod((upstream, difference))

        x.short = short
    return result


EXPLAINS: dict[str, Callable[..., Any]] = {"cross_entropy": cross_entropy, "nll_loss": nll_loss}
