"""The common losses of a difference, in readable steps: the error, what it costs, the mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from glasswork.tracing.algebra import Apply, Expression, Num
from glasswork.tracing.meaning.cross_entropy import reduced
from glasswork.tracing.meaning.quantity import Part, dot
from glasswork.tracing.meaning.steps import Decline, Steps

__all__ = ["by_error", "kl_div"]


def by_error(
    title: str,
    cost: Callable[..., Tensor],
    formula: Callable[..., Expression],
    setting: tuple[str, float] | None = None,
) -> Callable[..., Any]:
    """Return the expansion of a loss that is a function of prediction minus target."""

    def explain(
        steps: Steps, input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None,
        reduction: str = "mean", weight: Tensor | None = None, **settings: Any,
    ) -> Any:  # fmt: skip
        """Explain a loss of the error."""
        if size_average is not None or reduce is not None or weight is not None:
            raise Decline("it has weights, or is called in an outdated form")
        if input.shape != target.shape:
            raise Decline("prediction and target have different shapes")
        steps.title = title
        o = steps.given("o", input, steps.axes(input), "prediction")
        y = steps.given("y", target, o.axes, "target")
        e = steps.name("e", input - target, o.axes, lambda *at: o[at] - y[at], "error")
        extra = () if setting is None else (settings.get(*setting),)
        each = steps.name("E", cost(e.tensor, *extra), o.axes, lambda *at: formula(e[at], *extra), "cost of one error")
        return reduced(steps, each, reduction)

    if setting is not None and setting[0] == "delta":

        def with_delta(
            steps: Steps, input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0,
            weight: Tensor | None = None,
        ) -> Any:  # fmt: skip
            """Explain a loss of the error that bends at delta."""
            return explain(steps, input, target, reduction=reduction, weight=weight, delta=delta)

        return with_delta
    if setting is not None:

        def with_beta(
            steps: Steps, input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None,
            reduction: str = "mean", beta: float = 1.0,
        ) -> Any:  # fmt: skip
            """Explain a loss of the error that bends at beta."""
            return explain(steps, input, target, size_average, reduce, reduction, beta=beta)

        return with_beta
    return explain


def _size(e: Part) -> float:
    return abs(e.value or 0.0)


def _huber(e: Part, delta: float) -> Expression:
    if _size(e) <= delta:
        return 0.5 * e**2
    return delta * (Apply("abs", (e,)) - 0.5 * delta)


def _smooth(e: Part, beta: float) -> Expression:
    if _size(e) < beta:
        return (0.5 / beta) * e**2
    return Apply("abs", (e,)) - 0.5 * beta


def kl_div(
    steps: Steps,
    input: Tensor,
    target: Tensor,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Any:
    """Explain the Kullback-Leibler divergence, of log-probabilities from probabilities."""
    if size_average is not None or reduce is not None or log_target or input.shape != target.shape:
        raise Decline("it is called in another form")
    steps.title = "Kullback-Leibler divergence"
    q = steps.given("l", input, steps.axes(input), "log-probabilities")
    y = steps.given("y", target, q.axes, "target probabilities")

    def single(*at: int) -> Expression:
        return dot((y[at], Apply("log", (y[at],)) - q[at])) if y[at].value else Num(0.0)

    each = steps.name("E", torch.xlogy(target, target) - target * input, q.axes, single, "cost of one share")
    if reduction == "batchmean":
        return reduced(steps, each, "mean", float(input.shape[0]))
    return reduced(steps, each, reduction)


EXPLAINS: dict[str, Callable[..., Any]] = {
    "mse_loss": by_error("mean squared error", lambda e: e**2, lambda e: e**2),
    "l1_loss": by_error("mean absolute error", torch.abs, lambda e: Apply("abs", (e,))),
    "huber_loss": by_error(
        "Huber loss", lambda e, d: torch.where(e.abs() <= d, 0.5 * e**2, d * (e.abs() - 0.5 * d)), _huber,
        ("delta", 1.0),
    ),
    "smooth_l1_loss": by_error(
        "smooth L1 loss", lambda e, b: torch.where(e.abs() < b, 0.5 / b * e**2, e.abs() - 0.5 * b), _smooth,
        ("beta", 1.0),
    ),
    "kl_div": kl_div,
}  # fmt: skip
