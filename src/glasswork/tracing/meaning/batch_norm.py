"""Batch norm in readable steps: mean, variance, normalise, scale and shift; in training, and at prediction."""

from __future__ import annotations

from torch import Tensor

from glasswork.tracing.algebra import Expression, Frac, Num, Prod
from glasswork.tracing.meaning.norms import centred, closed_form, scaled, standardised
from glasswork.tracing.meaning.quantity import Quantity
from glasswork.tracing.meaning.steps import Decline, Steps

__all__ = ["batch_norm", "instance_norm"]


def batch_norm(
    steps: Steps,
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor | None:
    """Explain the norm of each channel over the batch."""
    if input.dim() < 2:
        raise Decline("its input has no channels")
    axes = ("n", "unit") if input.dim() == 2 else ("n", "channel", *["row", "column", "depth"][: input.dim() - 2])
    over = [d for d in range(input.dim()) if d != 1]
    z = steps.given("z", input, axes, "input")
    names = (axes[1],)
    gamma = None if weight is None else steps.given("gamma", weight, names, "scale")
    beta = None if bias is None else steps.given("beta", bias, names, "shift")
    if training:
        steps.title = "batch norm, training"
        mu, variance = centred(steps, z, over)
    else:
        if running_mean is None or running_var is None:
            raise Decline("it has no running statistics")
        steps.title = "batch norm, inference"
        mu = steps.given("mu", running_mean, names, "running mean")
        variance = steps.given("var", running_var, names, "running variance")
        steps.remark(
            "At prediction mean and variance are the running ones: constants, through which nothing flows back."
        )
    hat = standardised(steps, z, mu, variance, eps, over)
    y = scaled(steps, hat, gamma, beta, [1])
    if training:
        closed_form(z, hat, variance, eps, over, gamma, y, [1])
        if running_mean is not None and running_var is not None:
            for now, old in ((mu, running_mean), (variance, running_var)):
                _running(steps, now, old, names, momentum, input.numel() // input.shape[1])
    return hat.tensor if y is None else y.tensor


def _running(
    steps: Steps, now: Quantity, old: Tensor, names: tuple[str, ...], momentum: float, count: int
) -> None:  # fmt: skip
    """Name what the running statistic becomes; the variance goes into it with n - 1."""
    before = steps.given(now.symbol, old.detach(), names, "running statistic before", upper="run", accent="old")
    corrected = now.symbol == "var"
    share = momentum * count / (count - 1) if corrected else momentum

    def formula(c: int) -> Expression:
        fresh: Expression = momentum * now[c]
        if corrected:
            fresh = Prod((Num(momentum), Frac(Num(count), Num(count - 1)), now[c]))
        return (1 - momentum) * before[c] + fresh

    title = "running statistic after" + (", with n - 1" if corrected else "")
    steps.name(now.symbol, (1 - momentum) * old.detach() + share * now.value, names, formula, title, upper="run",
               accent="new")  # fmt: skip


def instance_norm(
    steps: Steps,
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor | None:
    """Explain the norm of each channel of each example."""
    if input.dim() < 3 or not use_input_stats:
        raise Decline("it uses running statistics")
    steps.title = "instance norm"
    axes = ("n", "channel", *["row", "column", "depth"][: input.dim() - 2])
    over = list(range(2, input.dim()))
    z = steps.given("z", input, axes, "input")
    gamma = None if weight is None else steps.given("gamma", weight, ("channel",), "scale")
    beta = None if bias is None else steps.given("beta", bias, ("channel",), "shift")
    mu, variance = centred(steps, z, over)
    hat = standardised(steps, z, mu, variance, eps, over)
    y = scaled(steps, hat, gamma, beta, [1])
    closed_form(z, hat, variance, eps, over, gamma, y, [1])
    return hat.tensor if y is None else y.tensor


EXPLAINS = {"batch_norm": batch_norm, "instance_norm": instance_norm}
