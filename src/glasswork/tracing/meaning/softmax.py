"""Softmax and log-softmax: shares that sum to 1, and their logarithms."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from glasswork.tracing.algebra import Apply, Expression, Frac, Num, Sum
from glasswork.tracing.meaning.quantity import Element, Part, Quantity
from glasswork.tracing.meaning.steps import Decline, Steps

__all__ = ["log_shares", "log_softmax", "shares", "softmax"]

_LARGE = 50.0
"""Beyond this a power of e is taken from the largest number on, which changes nothing but keeps it printable."""


def shares(
    steps: Steps, x: Quantity, dim: int, symbol: str = "p", title: str = "softmax", allowed: Tensor | None = None,
    **more: Any,
) -> Quantity:  # fmt: skip
    """Name the softmax of a quantity along a dimension; `allowed` says which numbers take part."""
    live = x.tensor
    dim %= live.dim()
    open_ = live.detach() > -math.inf
    open_ = open_ if allowed is None else open_ & allowed
    if not bool(open_.any(dim).all()):
        raise Decline("a softmax has nothing to share between")
    top = live.detach().masked_fill(~open_, -math.inf).amax(dim, keepdim=True)
    shifted = float(live.detach()[open_].abs().max()) > _LARGE
    powers = torch.where(open_, (live.masked_fill(~open_, 0.0) - (top if shifted else 0.0)).exp(), 0.0)
    value = powers / powers.sum(dim, keepdim=True)

    def power(element: Element, place: int) -> Expression:
        there = (*element[:dim], place, *element[dim + 1 :])
        if not shifted:
            return Apply("exp", (x[there],))
        return Apply("exp", (x[there] - Num(float(top[(*element[:dim], 0, *element[dim + 1 :])])),))

    def formula(*element: int) -> Expression:
        if not bool(open_[element]):
            return Num(0.0)
        places = [
            k for k in range(live.shape[dim]) if bool(open_[(*element[:dim], k, *element[dim + 1 :])])
        ]  # fmt: skip
        terms = tuple(power(element, place) for place in places)
        return Frac(power(element, element[dim]), terms[0] if len(terms) == 1 else Sum(terms))

    def local(element: Element, by: Part) -> Expression | None:
        if by.element[dim] == element[dim]:
            return found[element] * (1 - found[element])
        other = found[by.element]
        return None if other.value == 0 else -(found[element] * other)

    found = steps.name(symbol, value, x.axes, formula, title, local=local, **more)
    return found


def log_shares(steps: Steps, x: Quantity, dim: int, p: Quantity, symbol: str = "l") -> Quantity:
    """Name the logarithm of the softmax, whose shares `p` are named already."""
    live = x.tensor
    dim %= live.dim()
    shifted = float(live.detach().abs().max()) > _LARGE
    top = live.detach().amax(dim, keepdim=True)
    value = live - live.logsumexp(dim, keepdim=True)

    def formula(*element: int) -> Expression:
        m = Num(float(top[(*element[:dim], 0, *element[dim + 1 :])]))
        parts = [x[(*element[:dim], k, *element[dim + 1 :])] for k in range(live.shape[dim])]
        terms = tuple(Apply("exp", ((part - m) if shifted else part,)) for part in parts)
        total: Expression = Apply("log", (Sum(terms),))
        return Sum((x[element], -m, -total)) if shifted else x[element] - total

    def local(element: Element, by: Part) -> Expression | None:
        return 1 - p[by.element] if by.element == element else -p[by.element]

    return steps.name(symbol, value, x.axes, formula, "log-softmax", local=local)


def softmax(steps: Steps, x: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Tensor | None:
    """Explain a softmax along one dimension."""
    if dim is None:
        raise Decline("its dimension is left open")
    steps.title = "softmax"
    return shares(steps, steps.given("x", x, steps.axes(x), "logits"), dim).tensor


def log_softmax(
    steps: Steps, x: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None
) -> Tensor | None:
    """Explain a log-softmax along one dimension."""
    if dim is None:
        raise Decline("its dimension is left open")
    steps.title = "log-softmax"
    given = steps.given("x", x, steps.axes(x), "logits")
    return log_shares(steps, given, dim, shares(steps, given, dim)).tensor


EXPLAINS: dict[str, Callable[..., Any]] = {"softmax": softmax, "log_softmax": log_softmax}
