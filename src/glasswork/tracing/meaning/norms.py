"""What the norms have in common: mean, variance, normalise, scale and shift, over any set of elements."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import torch
from torch import Tensor

from glasswork.tracing.algebra import Apply, Expression, Frac, Num, Prod
from glasswork.tracing.meaning.quantity import Element, Part, Quantity, dot
from glasswork.tracing.meaning.steps import Steps

__all__ = ["centred", "scaled", "squared_size", "standardised"]


def centred(steps: Steps, z: Quantity, over: Sequence[int]) -> tuple[Quantity, Quantity]:
    """Name mean and variance (with 1/n) of a quantity over some dimensions."""
    live = z.tensor
    places, mean = _places(live, over), live.mean(list(over), keepdim=True)
    count, axes = Num(float(len(places))), tuple(a for d, a in enumerate(z.axes) if d not in over)
    mu = steps.name(
        "mu", mean.reshape([s for d, s in enumerate(live.shape) if d not in over]), axes,
        lambda *at: Frac(dot(*(z[e] for e in _all(at, over, places))), count), "mean",
    )  # fmt: skip
    spread = (live - _back(mu.tensor, live, over)).square().mean(list(over))
    variance = steps.name(
        "var", spread, axes,
        lambda *at: Frac(dot(*((z[e] - mu[at]) ** 2 for e in _all(at, over, places))), count), "variance",
        # the mean of (z - mu) is 0, so that nothing flows back to mu by this way
        local=lambda at, by: None if by.quantity is mu else Frac(2 * (by - mu[at]), count),
    )  # fmt: skip
    return mu, variance


def standardised(
    steps: Steps, z: Quantity, mu: Quantity, variance: Quantity, eps: float, over: Sequence[int]
) -> Quantity:
    """Name (z - mu) / sqrt(v + eps)."""
    live = z.tensor
    root = _back((variance.tensor + eps).sqrt(), live, over)
    value = (live - _back(mu.tensor, live, over)) / root

    def formula(*element: int) -> Expression:
        at = _kept(element, over)
        return Frac(z[element] - mu[at], Apply("sqrt", (variance[at] + eps,)))

    def local(element: Element, by: Part) -> Expression | None:
        at = _kept(element, over)
        sigma = Apply("sqrt", (variance[at] + eps,))
        if by.quantity is variance:
            return Frac(-hat[element], 2 * (variance[at] + eps))
        return Frac(Num(1.0 if by.quantity is z else -1.0), sigma)

    hat = steps.name("z", value, z.axes, formula, "normalised", accent="hat", local=local)
    return hat


def scaled(
    steps: Steps, hat: Quantity, gamma: Quantity | None, beta: Quantity | None, dims: Sequence[int]
) -> Quantity | None:
    """Name gamma hat + beta, whose elements lie along some dimensions; None if there is neither."""
    if gamma is None and beta is None:
        return None
    live = hat.tensor
    shape = [size if d in dims else 1 for d, size in enumerate(live.shape)]
    value = live
    if gamma is not None:
        value = value * gamma.tensor.view(shape)
    if beta is not None:
        value = value + beta.tensor.view(shape)

    def formula(*element: int) -> Expression:
        at = tuple(element[d] for d in dims)
        scaled_: Expression = hat[element] if gamma is None else gamma[at] * hat[element]
        return scaled_ if beta is None else scaled_ + beta[at]

    return steps.name("y", value, hat.axes, formula, "scaled and shifted")


def closed_form(
    z: Quantity, hat: Quantity, variance: Quantity, eps: float, over: Sequence[int], gamma: Quantity | None,
    y: Quantity | None, dims: Sequence[int],
) -> None:  # fmt: skip
    """Give z the closed form of its gradient: what comes back, less its mean, less its part along hat."""
    places = _places(z.value, over)
    count = Num(float(len(places)))

    def u(element: Element) -> Expression:
        if y is None:
            return hat.slope(element)
        back = y.slope(element)
        return back if gamma is None else gamma[tuple(element[d] for d in dims)] * back

    def short(*element: int) -> Expression:
        at = _kept(element, over)
        around = list(_all(at, over, places))
        mean = Frac(dot(*(u(e) for e in around)), count)
        along = Frac(dot(*(Prod((u(e), hat[e])) for e in around)), count)
        return Frac(u(element) - mean - hat[element] * along, Apply("sqrt", (variance[at] + eps,)))

    z.short = short


def squared_size(steps: Steps, z: Quantity, over: Sequence[int]) -> Quantity:
    """Name the mean square of a quantity over some dimensions."""
    live = z.tensor
    places = _places(live, over)
    axes = tuple(a for d, a in enumerate(z.axes) if d not in over)
    return steps.name(
        "ms", live.square().mean(list(over)), axes,
        lambda *at: Frac(dot(*(z[e] ** 2 for e in _all(at, over, places))), Num(float(len(places)))), "mean square",
    )  # fmt: skip


def _places(tensor: Tensor, over: Sequence[int]) -> list[Element]:
    return list(product(*(range(tensor.shape[d]) for d in over)))


def _all(at: Element, over: Sequence[int], places: list[Element]) -> list[Element]:
    """The elements that share the kept indices `at`."""
    found = []
    for place in places:
        kept, dropped = iter(at), iter(place)
        found.append(tuple(next(dropped) if d in over else next(kept) for d in range(len(at) + len(place))))
    return found


def _kept(element: Element, over: Sequence[int]) -> Element:
    return tuple(index for d, index in enumerate(element) if d not in over)


def _back(tensor: Tensor, like: Tensor, over: Sequence[int]) -> Tensor:
    return torch.as_tensor(tensor).reshape([1 if d in over else size for d, size in enumerate(like.shape)])
