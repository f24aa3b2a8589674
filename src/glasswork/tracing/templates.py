"""The formulas of optimizers, as expressions of the algebra, in the letters of their papers.

A template takes what the real optimizer did (a `Movement`) and returns: the lines in order of computation, symbol and
expression, the last one ``w_new``; the numbers that they start from, beside the weight ``w`` and the gradient ``g``;
and which entry of the optimizer's state each symbol must equal afterwards. A template that does not describe the
optimizer at hand raises KeyError.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from glasswork.tracing.algebra import Apply, Expression, Num, Sym
from glasswork.tracing.tape import Movement

__all__ = ["TEMPLATES", "Lines", "Template", "Values", "template_of"]

Lines = list[tuple[str, Expression]]
Values = dict[str, Any]
Template = Callable[[Movement], tuple[Lines, Values, dict[str, str]]]


def template_of(kind: type) -> str | None:
    """Return the template that an optimizer's class follows; a subclass follows its nearest ancestor's.

    >>> template_of(torch.optim.AdamW), template_of(torch.optim.LBFGS)
    ('AdamW', None)
    """
    return next((c.__name__ for c in kind.__mro__ if c.__name__ in TEMPLATES), None)


def _running(movement: Movement, entry: str, first: float = 0.0) -> Any:
    found = movement.before.get(entry)
    return torch.full_like(movement.after, first) if found is None else found


def _root(expression: Expression) -> Apply:
    return Apply("sqrt", (expression,))


def _start(movement: Movement, *, decay: bool = True) -> tuple[Lines, Values, Expression]:
    """The gradient that the rule works with: turned round to go uphill, and with the L2 penalty's pull."""
    settings = movement.settings
    lines: Lines = []
    values: Values = {"lr": float(settings["lr"])}
    g: Expression = Sym("g")
    if settings.get("maximize"):
        lines.append(("g_up", -g))
        g = Sym("g_up")
    if decay and settings.get("weight_decay"):
        values["lambda"] = float(settings["weight_decay"])
        lines.append(("g_decayed", g + Sym("lambda") * Sym("w")))
        g = Sym("g_decayed")
    return lines, values, g


def _sgd(movement: Movement) -> tuple[Lines, Values, dict[str, str]]:
    settings = movement.settings
    lines, values, g = _start(movement)
    kept: dict[str, str] = {}
    w, lr = Sym("w"), Sym("lr")
    if settings.get("momentum"):
        values["mu"] = float(settings["momentum"])
        old, dampening = movement.before.get("momentum_buffer"), float(settings.get("dampening") or 0)
        kept["b"] = "momentum_buffer"
        if old is None:
            lines.append(("b", g))  # torch starts from the gradient itself, undampened
        else:
            values["b_old"] = old
            fresh: Expression = g
            if dampening:
                values["tau"] = dampening
                fresh = (1 - Sym("tau")) * g
            lines.append(("b", Sym("mu") * Sym("b_old") + fresh))
        g = g + Sym("mu") * Sym("b") if settings.get("nesterov") else Sym("b")
        if settings.get("nesterov"):
            lines.append(("d", g))
            g = Sym("d")
    lines.append(("w_new", w - lr * g))
    return lines, values, kept


def _adam(movement: Movement, *, decoupled: bool | None = None) -> tuple[Lines, Values, dict[str, str]]:
    settings = movement.settings
    decoupled = bool(settings.get("decoupled_weight_decay")) if decoupled is None else decoupled
    lines, values, g = _start(movement, decay=not decoupled)
    beta1, beta2 = settings["betas"]
    t = float(movement.state["step"])
    values |= {
        "beta1": float(beta1), "beta2": float(beta2), "eps": float(settings["eps"]), "t": t,
        "m_old": _running(movement, "exp_avg"), "v_old": _running(movement, "exp_avg_sq"),
    }  # fmt: skip
    b1, b2, w = Sym("beta1"), Sym("beta2"), Sym("w")
    if decoupled and settings.get("weight_decay"):
        values["lambda"] = float(settings["weight_decay"])
        lines.append(("w_decayed", w - Sym("lr") * Sym("lambda") * w))
        w = Sym("w_decayed")
    lines += [
        ("m", b1 * Sym("m_old") + (1 - b1) * g),
        ("v", b2 * Sym("v_old") + (1 - b2) * g**2),
        ("m_hat", Sym("m") / (1 - b1 ** Sym("t"))),
    ]
    kept = {"m": "exp_avg", "v": "exp_avg_sq"}
    spread = Sym("v")
    if settings.get("amsgrad"):
        values["v_max_old"] = _running(movement, "max_exp_avg_sq")
        lines.append(("v_max", Apply("max", (Sym("v_max_old"), Sym("v")))))
        kept["v_max"] = "max_exp_avg_sq"
        spread = Sym("v_max")
    lines += [
        ("v_hat", spread / (1 - b2 ** Sym("t"))),
        ("w_new", w - Sym("lr") * (Sym("m_hat") / (_root(Sym("v_hat")) + Sym("eps")))),
    ]
    return lines, values, kept


def _rmsprop(movement: Movement) -> tuple[Lines, Values, dict[str, str]]:
    settings = movement.settings
    lines, values, g = _start(movement)
    alpha = Sym("alpha")
    values |= {
        "alpha": float(settings["alpha"]),
        "eps": float(settings["eps"]),
        "v_old": _running(movement, "square_avg"),
    }
    kept = {"v": "square_avg"}
    lines.append(("v", alpha * Sym("v_old") + (1 - alpha) * g**2))
    spread: Expression = Sym("v")
    if settings.get("centered"):
        values["a_old"] = _running(movement, "grad_avg")
        kept["a"] = "grad_avg"
        lines.append(("a", alpha * Sym("a_old") + (1 - alpha) * g))
        lines.append(("s", Sym("v") - Sym("a") ** 2))
        spread = Sym("s")
    step: Expression = g / (_root(spread) + Sym("eps"))
    if settings.get("momentum"):
        values |= {"mu": float(settings["momentum"]), "b_old": _running(movement, "momentum_buffer")}
        kept["b"] = "momentum_buffer"
        lines.append(("b", Sym("mu") * Sym("b_old") + step))
        step = Sym("b")
    lines.append(("w_new", Sym("w") - Sym("lr") * step))
    return lines, values, kept


def _adagrad(movement: Movement) -> tuple[Lines, Values, dict[str, str]]:
    settings = movement.settings
    lines, values, g = _start(movement)
    start = float(settings.get("initial_accumulator_value", 0))
    values |= {"eps": float(settings["eps"]), "s_old": _running(movement, "sum", start)}
    rate: Expression = Sym("lr")
    if settings.get("lr_decay"):
        values |= {"gamma": float(settings["lr_decay"]), "t": float(movement.state["step"])}
        lines.append(("lr_t", Sym("lr") / (1 + (Sym("t") - 1) * Sym("gamma"))))
        rate = Sym("lr_t")
    lines += [
        ("s", Sym("s_old") + g**2),
        ("w_new", Sym("w") - rate * (g / (_root(Sym("s")) + Sym("eps")))),
    ]
    return lines, values, {"s": "sum"}


def _momentum(movement: Movement) -> tuple[Lines, Values, dict[str, str]]:
    """Polyak's: the learning rate lies within the velocity."""
    lines, values, g = _start(movement)
    values |= {"beta": float(movement.settings["momentum"]), "v_old": _running(movement, "velocity")}
    lines += [("v", Sym("beta") * Sym("v_old") + Sym("lr") * g), ("w_new", Sym("w") - Sym("v"))]
    return lines, values, {"v": "velocity"}


def _nesterov(movement: Movement) -> tuple[Lines, Values, dict[str, str]]:
    """The parameters are kept at the look-ahead point."""
    lines, values, g = _start(movement)
    values |= {"beta": float(movement.settings["momentum"]), "v_old": _running(movement, "velocity")}
    lines += [
        ("v", Sym("beta") * Sym("v_old") + Sym("lr") * g),
        ("w_new", Sym("w") - Sym("lr") * g - Sym("beta") * Sym("v")),
    ]
    return lines, values, {"v": "velocity"}


def _adadelta(movement: Movement) -> tuple[Lines, Values, dict[str, str]]:
    settings = movement.settings
    lines, values, g = _start(movement)
    values |= {
        "rho": float(settings["rho"]), "eps": float(settings["eps"]),
        "v_old": _running(movement, "square_avg"), "u_old": _running(movement, "acc_delta"),
    }  # fmt: skip
    rho, eps = Sym("rho"), Sym("eps")
    lines += [
        ("v", rho * Sym("v_old") + (1 - rho) * g**2),
        ("d", _root(Sym("u_old") + eps) / _root(Sym("v") + eps) * g),
        ("u", rho * Sym("u_old") + (1 - rho) * Sym("d") ** 2),
        ("w_new", Sym("w") - Sym("lr") * Sym("d")),
    ]
    return lines, values, {"v": "square_avg", "u": "acc_delta"}


def _adagrad_inside(movement: Movement) -> tuple[Lines, Values, dict[str, str]]:
    lines, values, g = _start(movement)
    values |= {"eps": float(movement.settings["eps"]), "s_old": _running(movement, "sum")}
    lines += [
        ("s", Sym("s_old") + g**2),
        ("w_new", Sym("w") - Sym("lr") * (g / _root(Sym("s") + Sym("eps")))),
    ]
    return lines, values, {"s": "sum"}


def _rmsprop_inside(movement: Movement) -> tuple[Lines, Values, dict[str, str]]:
    settings = movement.settings
    lines, values, g = _start(movement)
    values |= {
        "beta": float(settings["beta"]),
        "eps": float(settings["eps"]),
        "v_old": _running(movement, "square_avg"),
    }
    lines += [
        ("v", Sym("beta") * Sym("v_old") + (1 - Sym("beta")) * g**2),
        ("w_new", Sym("w") - Sym("lr") * (g / _root(Sym("v") + Sym("eps")))),
    ]
    return lines, values, {"v": "square_avg"}


def _adam_inside(movement: Movement) -> tuple[Lines, Values, dict[str, str]]:
    lines, values, kept = _adam(movement)
    lines[-1] = ("w_new", Sym("w") - Sym("lr") * (Sym("m_hat") / _root(Sym("v_hat") + Sym("eps"))))
    return lines, values, kept


def _adaptive_gains(movement: Movement) -> tuple[Lines, Values, dict[str, str]]:
    """A gain per weight: up by beta where the gradient kept its sign, down by the factor 1 - beta where it turned."""
    settings = movement.settings
    lines, values, g = _start(movement)
    low, high = settings["limits"]
    values |= {
        "beta": float(settings["beta"]), "c_low": float(low), "c_high": float(high),
        "c_old": _running(movement, "gain", 1.0), "s_old": _running(movement, "sign"),
    }  # fmt: skip
    turn = Sym("turn")
    up, down = Apply("relu", (turn,)), Apply("relu", (-turn,))
    lines += [
        ("turn", Sym("s_old") * Apply("sign", (g,))),
        ("c_free", Sym("c_old") * (1 - Sym("beta") * down) + Sym("beta") * up),
        ("c", Apply("min", (Apply("max", (Sym("c_free"), Sym("c_low"))), Sym("c_high")))),
        ("w_new", Sym("w") - Sym("lr") * Sym("c") * g),
    ]
    return lines, values, {"c": "gain"}


def _moments(movement: Movement, second: str = "exp_avg_sq") -> tuple[Lines, Values, Expression, Expression]:
    """What Adam's kin have in common: settings and running means before, weight decay; the gradient, and the weight."""
    settings = movement.settings
    decoupled = bool(settings.get("decoupled_weight_decay"))
    lines, values, g = _start(movement, decay=not decoupled)
    beta1, beta2 = settings["betas"]
    values |= {
        "beta1": float(beta1), "beta2": float(beta2), "eps": float(settings["eps"]),
        "t": float(movement.state["step"]), "m_old": _running(movement, "exp_avg"),
        "v_old": _running(movement, second),
    }  # fmt: skip
    w = Sym("w")
    if decoupled and settings.get("weight_decay"):
        values["lambda"] = float(settings["weight_decay"])
        lines.append(("w_decayed", w - Sym("lr") * Sym("lambda") * w))
        w = Sym("w_decayed")
    lines.append(("m", Sym("beta1") * Sym("m_old") + (1 - Sym("beta1")) * g))
    return lines, values, g, w


def _adamax(movement: Movement) -> tuple[Lines, Values, dict[str, str]]:
    """The largest gradient of late in place of the root of the second moment; only the first needs a correction."""
    lines, values, g, w = _moments(movement, "exp_inf")
    lines += [
        ("v", Apply("max", (Sym("beta2") * Sym("v_old"), Apply("abs", (g,)) + Sym("eps")))),
        ("m_hat", Sym("m") / (1 - Sym("beta1") ** Sym("t"))),
        ("w_new", w - Sym("lr") * (Sym("m_hat") / Sym("v"))),
    ]
    return lines, values, {"m": "exp_avg", "v": "exp_inf"}


def _nadam(movement: Movement) -> tuple[Lines, Values, dict[str, str]]:
    """Adam that looks ahead: a share of the gradient itself, and of the mean with the next step's share."""
    lines, values, g, w = _moments(movement)
    # PyTorch keeps the product of all mu in single precision, so it is taken as it stands after the step.
    values |= {"psi": float(movement.settings["momentum_decay"]), "Pi": float(movement.state["mu_product"])}
    mu, ahead, b2 = Sym("mu"), Sym("mu_next"), Sym("beta2")
    share = Sym("beta1") * (1 - 0.5 * Num(0.96) ** (Sym("t") * Sym("psi")))
    lines += [
        ("mu", share),
        ("mu_next", Sym("beta1") * (1 - 0.5 * Num(0.96) ** ((Sym("t") + 1) * Sym("psi")))),
        ("v", b2 * Sym("v_old") + (1 - b2) * g**2),
        ("m_hat", ahead * (Sym("m") / (1 - Sym("Pi") * ahead)) + (1 - mu) * (g / (1 - Sym("Pi")))),
        ("v_hat", Sym("v") / (1 - b2 ** Sym("t"))),
        ("w_new", w - Sym("lr") * (Sym("m_hat") / (_root(Sym("v_hat")) + Sym("eps")))),
    ]
    return lines, values, {"m": "exp_avg", "v": "exp_avg_sq"}


def _radam(movement: Movement) -> tuple[Lines, Values, dict[str, str]]:
    """Adam whose second moment counts only once enough gradients were seen, and then by its reliability r."""
    lines, values, g, w = _moments(movement)
    beta2, t, b2 = values["beta2"], values["t"], Sym("beta2")
    lines += [
        ("v", b2 * Sym("v_old") + (1 - b2) * g**2),
        ("m_hat", Sym("m") / (1 - Sym("beta1") ** Sym("t"))),
        ("rho_end", 2 / (1 - b2) - 1),
        ("rho", Sym("rho_end") - 2 * Sym("t") * (b2 ** Sym("t") / (1 - b2 ** Sym("t")))),
    ]
    rho = 2 / (1 - beta2) - 1 - 2 * t * beta2**t / (1 - beta2**t)
    step: Expression = Sym("m_hat")
    if rho > 5:
        seen, end = Sym("rho"), Sym("rho_end")
        lines.append(("r", _root(((seen - 4) * (seen - 2) * end) / ((end - 4) * (end - 2) * seen))))
        step = Sym("r") * Sym("m_hat") * (_root(1 - b2 ** Sym("t")) / (_root(Sym("v")) + Sym("eps")))
    lines.append(("w_new", w - Sym("lr") * step))
    return lines, values, {"m": "exp_avg", "v": "exp_avg_sq"}


TEMPLATES: dict[str, Template] = {
    "SGD": _sgd,
    "Momentum": _momentum,
    "Nesterov": _nesterov,
    "Adam": _adam,
    "AdamW": lambda movement: _adam(movement, decoupled=True),
    "AdamEpsilonInside": _adam_inside,
    "RMSprop": _rmsprop,
    "RMSpropEpsilonInside": _rmsprop_inside,
    "Adagrad": _adagrad,
    "AdagradEpsilonInside": _adagrad_inside,
    "Adadelta": _adadelta,
    "AdaptiveGains": _adaptive_gains,
    "Adamax": _adamax,
    "NAdam": _nadam,
    "RAdam": _radam,
}
"""Class name -> template, torch's and ours; the comparison with what was written confirms it, or not."""
