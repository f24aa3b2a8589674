"""Activations in readable steps: one curve, number by number."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from glasswork.tracing.algebra import Apply, Expression, Num
from glasswork.tracing.meaning.quantity import Part
from glasswork.tracing.meaning.steps import Decline, Steps

__all__ = ["curve"]

_SELU = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717


def curve(title: str, compute: Callable[..., Tensor], formula: Callable[..., Expression]) -> Callable[..., Any]:
    """Return the expansion of an activation: `compute` on tensors, `formula` on one number."""

    def explain(steps: Steps, input: Tensor, *settings: Any, **keywords: Any) -> Any:
        """Explain an activation."""
        keywords = {key: value for key, value in keywords.items() if key != "inplace"}
        settings = tuple(value for value in settings if not isinstance(value, bool))
        if any(isinstance(value, Tensor) for value in (*settings, *keywords.values())):
            raise Decline("its settings are tensors")
        steps.title = title
        x = steps.given("x", input, steps.axes(input), "input")
        return steps.name(
            "y", compute(input, *settings, **keywords), x.axes,
            lambda *at: formula(x[at], *settings, **keywords), title,
        ).tensor  # fmt: skip

    return explain


def _value(x: Part) -> float:
    return x.value or 0.0


def _sigmoid(x: Expression) -> Expression:
    return Apply("sigmoid", (x,))


def _power(x: Expression) -> Expression:
    return Apply("exp", (x,))


def _leaky(x: Part, negative_slope: float = 0.01) -> Expression:
    return x if _value(x) > 0 else negative_slope * x


def _elu(x: Part, alpha: float = 1.0) -> Expression:
    return x if _value(x) > 0 else alpha * (_power(x) - 1)


def _selu(x: Part) -> Expression:
    scale, alpha = _SELU
    return scale * x if _value(x) > 0 else (scale * alpha) * (_power(x) - 1)


def _gelu(x: Part, approximate: str = "none") -> Expression:
    if approximate == "tanh":
        inner = math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)
        return 0.5 * x * (1 + Apply("tanh", (inner,)))
    return 0.5 * x * (1 + Apply("erf", (x / Apply("sqrt", (Num(2),)),)))


def _softplus(x: Part, beta: float = 1.0, threshold: float = 20.0) -> Expression:
    if beta * _value(x) > threshold:
        return x
    inner = x if beta == 1 else beta * x
    found = Apply("log", (1 + _power(inner),))
    return found if beta == 1 else found / beta


def _log_sigmoid(x: Part) -> Expression:
    return Apply("log", (_sigmoid(x),)) if _value(x) > -30 else x - Apply("log", (1 + _power(x),))


def _clipped(low: float, high: float, middle: Callable[[Part], Expression]) -> Callable[[Part], Expression]:
    def formula(x: Part) -> Expression:
        if _value(x) <= low:
            return Num(0.0)
        return Num(1.0) if _value(x) >= high else middle(x)

    return formula


def _hard_swish(x: Part) -> Expression:
    if _value(x) <= -3:
        return Num(0.0)
    return x if _value(x) >= 3 else x * ((x + 3) / 6)


def _hard_tanh(x: Part, min_val: float = -1.0, max_val: float = 1.0) -> Expression:
    return Num(min_val) if _value(x) <= min_val else Num(max_val) if _value(x) >= max_val else x


def _relu6(x: Part) -> Expression:
    return Num(0.0) if _value(x) <= 0 else Num(6.0) if _value(x) >= 6 else x


def _mish(x: Part) -> Expression:
    return x * Apply("tanh", (Apply("log", (1 + _power(x),)),)) if _value(x) < 20 else x * Apply("tanh", (x,))


def _threshold(x: Part, threshold: float, value: float) -> Expression:
    return x if _value(x) > threshold else Num(value)


EXPLAINS: dict[str, Callable[..., Any]] = {
    "relu": curve("ReLU", lambda x: torch.where(x > 0, x, 0.0),
                  lambda x: Apply("relu", (x,))),
    "sigmoid": curve("sigmoid", lambda x: torch.where(x >= 0, 1 / (1 + (-x.abs()).exp()),
                                                      (-x.abs()).exp() / (1 + (-x.abs()).exp())), _sigmoid),
    "tanh": curve("tanh", lambda x: 2 * (2 * x).sigmoid() - 1, lambda x: Apply("tanh", (x,))),
    "leaky_relu": curve("leaky ReLU", lambda x, negative_slope=0.01: torch.where(x > 0, x, negative_slope * x), _leaky),
    "elu": curve("ELU", lambda x, alpha=1.0: torch.where(x > 0, x, alpha * x.clamp(max=0).expm1()), _elu),
    "selu": curve("SELU", lambda x: torch.where(x > 0, _SELU[0] * x, _SELU[0] * _SELU[1] * x.clamp(max=0).expm1()),
                  _selu),
    "silu": curve("SiLU", lambda x: x * x.sigmoid(), lambda x: x * _sigmoid(x)),
    "gelu": curve(
        "GELU",
        lambda x, approximate="none": x / 2 * (1 + torch.erf(x / math.sqrt(2))) if approximate == "none"
        else x / 2 * (1 + (math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)).tanh()),
        _gelu,
    ),
    "softplus": curve(
        "softplus", lambda x, beta=1.0, threshold=20.0: torch.where(
            beta * x > threshold, x, torch.logaddexp(beta * x, torch.zeros_like(x)) / beta), _softplus,
    ),
    "logsigmoid": curve("log-sigmoid", lambda x: -torch.logaddexp(-x, torch.zeros_like(x)), _log_sigmoid),
    "softsign": curve("softsign", lambda x: x / (1 + x.abs()), lambda x: x / (1 + Apply("abs", (x,)))),
    "hardsigmoid": curve("hard sigmoid", lambda x: ((x + 3) / 6).clamp(0, 1),
                         _clipped(-3, 3, lambda x: (x + 3) / 6)),
    "hardswish": curve("hard swish", lambda x: x * ((x + 3) / 6).clamp(0, 1), _hard_swish),
    "hardtanh": curve("hard tanh", lambda x, min_val=-1.0, max_val=1.0: torch.where(
        (x > min_val) & (x < max_val), x, x.detach().clamp(min_val, max_val)), _hard_tanh),
    "relu6": curve("ReLU6", lambda x: torch.where((x > 0) & (x < 6), x, x.detach().clamp(0, 6)), _relu6),
    "mish": curve("mish", lambda x: x * functional.softplus(x).tanh(), _mish),
    "threshold": curve("threshold", lambda x, threshold, value: torch.where(x > threshold, x, value), _threshold),
}  # fmt: skip
EXPLAINS |= {f"{name}_": EXPLAINS[name] for name in ("relu", "sigmoid", "tanh", "leaky_relu", "elu", "selu", "silu")}
EXPLAINS["log_sigmoid"] = EXPLAINS["logsigmoid"]


def prelu(steps: Steps, input: Tensor, weight: Tensor) -> Tensor | None:
    """Explain a ReLU whose slope on the left is learned, once or per channel."""
    steps.title = "ReLU with a learned slope"
    x = steps.given("x", input, steps.axes(input), "input")
    a = steps.given("a", weight, ("channel",), "slope on the left")
    many = weight.numel() > 1
    slope = weight.view(1, -1, *[1] * (input.dim() - 2)) if many else weight

    def formula(*at: int) -> Expression:
        return x[at] if _value(x[at]) > 0 else a[at[1] if many else 0] * x[at]

    return steps.name("y", torch.where(input > 0, input, slope * input), x.axes, formula, "ReLU, learned slope").tensor


EXPLAINS["prelu"] = prelu
