"""What one output number of a primitive operation is, in terms of input numbers.

``formula(record, place, element, leaf)`` returns the expression, or None where no rule is known; the caller compares
its value with the tape's, so that a rule that does not fit is dropped and nothing false is printed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch

from glasswork.tracing.algebra import Apply, Expression, Frac, Num, Prod, Sum, Sym
from glasswork.tracing.tape import Record, Slot, Tape, element_at

__all__ = ["MOST", "Leaf", "formula"]

Element = tuple[int, ...]
Leaf = Callable[[int, Element], Expression]
"""(which use, element) -> the symbol of this number; a negative use is that output of the record itself."""

MOST = 4096
"""Sums of more numbers than this have no formula, number by number."""

ONE = Num(1)


class _At:
    """One output number, and its arguments."""

    def __init__(self, tape: Tape, record: Record, place: int, element: Element, leaf: Leaf) -> None:
        self.tape, self.record, self.place, self.element, self.leaf = tape, record, place, element, leaf

    def argument(self, n: int, default: Any = None, key: str = "") -> Any:
        """The n-th argument, or the keyword."""
        if n < len(self.record.arguments):
            return self.record.arguments[n]
        return self.record.keywords.get(key, default)

    def shape(self, slot: Slot) -> tuple[int, ...]:
        return self.tape.variables[self.record.uses[slot.index].variable].shape

    def value(self, slot: Slot) -> torch.Tensor:
        return self.tape.value(self.record.uses[slot.index].variable)

    def number(self, n: int, default: Any = None, key: str = "") -> Expression:
        """The n-th argument at this element, broadcast; a plain number is a constant."""
        given = self.argument(n, default, key)
        if isinstance(given, Slot):
            shape = self.shape(given)
            tail = self.element[len(self.element) - len(shape) :] if shape else ()
            return self.leaf(given.index, tuple(0 if size == 1 else at for size, at in zip(shape, tail, strict=True)))
        if isinstance(given, (bool, int, float)):
            return Num(float(given))
        raise _NoRuleError


class _NoRuleError(Exception):
    """There is no formula after all."""


def formula(tape: Tape, record: Record, place: int, element: Element, leaf: Leaf) -> Expression | None:
    """Return one output number as an expression of input numbers; None without a rule."""
    if record.kind != "operation" or record.random:
        return None
    name = record.name
    rule = _RULES.get(name) or _RULES.get(name.rstrip("_") if not name.startswith("_") else name)
    if rule is None:
        return None
    try:
        return rule(_At(tape, record, place, element, leaf))
    except (_NoRuleError, ValueError, IndexError, KeyError, TypeError, ZeroDivisionError, OverflowError):
        return None


def _scaled(factor: Any, expression: Expression) -> Expression:
    return expression if factor in (None, 1) else Prod((Num(float(factor)), expression))


def _plus(at: _At) -> Expression:
    return at.number(0) + _scaled(at.record.keywords.get("alpha"), at.number(1))


def _minus(at: _At) -> Expression:
    return at.number(0) - _scaled(at.record.keywords.get("alpha"), at.number(1))


def _power(at: _At) -> Expression:
    return Apply("power", (at.number(0), at.number(1)))


def _function(name: str) -> Callable[[_At], Expression]:
    return lambda at: Apply(name, (at.number(0),))


def _sigmoid(at: _At) -> Expression:
    return Frac(ONE, Sum((ONE, Apply("exp", (-at.number(0),)))))


def _row(at: _At, slot: Slot, index: Callable[[int], Element], count: int) -> list[Expression]:
    if count > MOST:
        raise _NoRuleError
    return [at.leaf(slot.index, index(n)) for n in range(count)]


def _dot(at: _At, left: Slot, right: Slot, row: Element, column: int) -> list[Expression]:
    size = at.shape(left)[-1]
    return [
        Prod((first, second))
        for first, second in zip(
            _row(at, right, lambda n: (*row[:-1], n, column), size),
            _row(at, left, lambda n: (*row, n), size),
            strict=True,
        )
    ]


def _mm(at: _At) -> Expression:
    return Sum(tuple(_dot(at, at.argument(0), at.argument(1), at.element[:-1], at.element[-1])))


def _mv(at: _At) -> Expression:
    matrix, vector = at.argument(0), at.argument(1)
    size = at.shape(vector)[0]
    row = at.element
    pairs = zip(
        _row(at, matrix, lambda n: (*row, n), size), _row(at, vector, lambda n: (n,), size), strict=True
    )  # fmt: skip
    return Sum(tuple(Prod(pair) for pair in pairs))


def _vdot(at: _At) -> Expression:
    size = at.shape(at.argument(0))[0]
    first, second = (_row(at, at.argument(n), lambda n: (n,), size) for n in (0, 1))
    return Sum(tuple(Prod(pair) for pair in zip(first, second, strict=True)))


def _addmm(at: _At) -> Expression:
    keywords = at.record.keywords
    terms = _dot(at, at.argument(1), at.argument(2), at.element[:-1], at.element[-1])
    beta, alpha = keywords.get("beta", 1), keywords.get("alpha", 1)
    if alpha != 1:
        terms = [_scaled(alpha, term) for term in terms]
    return Sum((*terms, _scaled(beta, at.number(0)))) if beta else Sum(tuple(terms))


def _window(at: _At) -> Expression:
    """A convolution's window, without any knowledge of its padding: strides do the arithmetic."""
    image, kernel, bias, stride, padding, dilation, transposed, _, groups = at.record.arguments[:9]
    if transposed:
        raise _NoRuleError
    sizes, kernels = at.shape(image), at.shape(kernel)
    out = at.element[1]
    first = (out // (kernels[0] // groups)) * kernels[1]
    terms: list[Expression] = []
    if math.prod(kernels[1:]) > MOST:
        raise _NoRuleError
    for flat in range(math.prod(kernels[1:])):
        inside = element_at(flat, tuple(kernels[1:]))
        spot = []
        for n, tap in enumerate(inside[1:]):
            step = [axis[n] if len(axis) > 1 else axis[0] for axis in (stride, padding, dilation)]
            spot.append(at.element[2 + n] * step[0] - step[1] + tap * step[2])
        if all(0 <= where < size for where, size in zip(spot, sizes[2:], strict=True)):
            terms.append(
                Prod((
                    at.leaf(kernel.index, (out, *inside)),
                    at.leaf(image.index, (at.element[0], first + inside[0], *spot)),
                ))
            )  # fmt: skip
    if isinstance(bias, Slot):
        terms.append(at.leaf(bias.index, (out,)))
    return Sum(tuple(terms)) if terms else Num(0.0)


def _reduced(at: _At) -> list[Expression]:
    """The numbers that are reduced into this one: over given dimensions, or all."""
    slot = at.argument(0)
    shape = at.shape(slot)
    dims = at.argument(1, None, "dim")
    keep = bool(at.argument(2, False, "keepdim"))
    axes = [dims] if isinstance(dims, int) else list(dims) if dims else list(range(len(shape)))
    axes = [axis % len(shape) for axis in axes] if shape else []
    inner = tuple(shape[axis] for axis in axes)
    kept = [axis for axis in range(len(shape)) if axis not in axes]

    def index(n: int) -> Element:
        found = dict(zip(axes, element_at(n, inner), strict=True))
        found.update(zip(kept, [at.element[axis] for axis in kept] if keep else at.element, strict=True))
        return tuple(found[axis] for axis in range(len(shape)))

    return _row(at, slot, index, math.prod(inner))


def _total(at: _At) -> Expression:
    found = _reduced(at)
    return Sum(tuple(found)) if len(found) > 1 else found[0]


def _mean(at: _At) -> Expression:
    found = _reduced(at)
    return Frac(Sum(tuple(found)), Num(len(found))) if len(found) > 1 else found[0]


def _logsumexp(at: _At) -> Expression:
    return Apply("log", (Sum(tuple(Apply("exp", (x,)) for x in _reduced(at))),))


def _along(at: _At) -> list[Expression]:
    slot, dim = at.argument(0), at.argument(1)
    shape = at.shape(slot)
    axis = dim % len(shape)
    if shape[axis] > MOST:
        raise _NoRuleError
    return [
        at.leaf(slot.index, (*at.element[:axis], n, *at.element[axis + 1 :])) for n in range(shape[axis])
    ]  # fmt: skip


def _softmax(at: _At) -> Expression:
    powers = [Apply("exp", (x,)) for x in _along(at) if not _is_minus_infinity(x)]
    return Frac(Apply("exp", (at.number(0),)), Sum(tuple(powers)))


def _log_softmax(at: _At) -> Expression:
    powers = [Apply("exp", (x,)) for x in _along(at) if not _is_minus_infinity(x)]
    return at.number(0) - Apply("log", (Sum(tuple(powers)),))


def _is_minus_infinity(x: Expression) -> bool:
    return isinstance(x, (Sym, Num)) and x.value == -math.inf


def _nll(at: _At) -> Expression:
    scores, target = at.argument(0), at.argument(1)
    classes, weight = at.value(target), at.argument(2)
    reduction, ignored = at.argument(3, 1), at.argument(4, -100)
    shape = at.shape(scores)
    if at.place == 1 or len(shape) > 2 or isinstance(weight, Slot) or classes.numel() > MOST:
        raise _NoRuleError
    if len(shape) == 1:
        return -at.leaf(scores.index, (int(classes),))
    rows = [at.element[0]] if reduction == 0 else [n for n in range(shape[0]) if int(classes[n]) != ignored]
    picked = [-at.leaf(scores.index, (n, int(classes[n]))) for n in rows]
    total = Sum(tuple(picked)) if len(picked) > 1 else picked[0]
    return Frac(total, Num(len(picked))) if reduction == 1 and len(picked) > 1 else total


def _over_all(at: _At, each: Callable[[Expression, Expression], Expression], reduction: int) -> Expression:
    first, second = at.argument(0), at.argument(1)
    shape = at.shape(first)
    count = math.prod(shape)
    if at.shape(second) != shape or count > MOST:
        raise _NoRuleError
    if reduction == 0:
        return each(at.leaf(first.index, at.element), at.leaf(second.index, at.element))
    terms = [
        each(at.leaf(first.index, element_at(n, shape)), at.leaf(second.index, element_at(n, shape)))
        for n in range(count)
    ]
    total = Sum(tuple(terms)) if count > 1 else terms[0]
    return Frac(total, Num(count)) if reduction == 1 and count > 1 else total


def _mse(at: _At) -> Expression:
    return _over_all(at, lambda o, y: Apply("power", (o - y, Num(2))), at.argument(2, 1, "reduction"))


def _huber(at: _At) -> Expression:
    delta = float(at.argument(3, 1.0, "delta"))

    def each(o: Expression, y: Expression) -> Expression:
        if abs(_value(o) - _value(y)) <= delta:
            return Prod((Num(0.5), Apply("power", (o - y, Num(2)))))
        return Prod((Num(delta), Apply("abs", (o - y,)) - 0.5 * delta))

    return _over_all(at, each, at.argument(2, 1, "reduction"))


def _smooth_l1(at: _At) -> Expression:
    beta = float(at.argument(3, 1.0, "beta"))

    def each(o: Expression, y: Expression) -> Expression:
        if abs(_value(o) - _value(y)) < beta:
            return Frac(Prod((Num(0.5), Apply("power", (o - y, Num(2))))), Num(beta))
        return Apply("abs", (o - y,)) - 0.5 * beta

    return _over_all(at, each, at.argument(2, 1, "reduction"))


def _binary(at: _At) -> Expression:
    if isinstance(at.argument(2, None, "weight"), Slot):
        raise _NoRuleError

    def each(o: Expression, y: Expression) -> Expression:
        return -Sum((Prod((y, Apply("log", (o,)))), Prod((1 - y, Apply("log", (1 - o,))))))

    return _over_all(at, each, at.argument(3, 1, "reduction"))


def _where(at: _At) -> Expression:
    condition = at.number(0)
    return at.number(1) if _value(condition) else at.number(2)


def _masked(at: _At) -> Expression:
    return at.number(2) if _value(at.number(1)) else at.number(0)


def _clamped(at: _At) -> Expression:
    x = at.number(0)
    low, high = at.argument(1, None, "min"), at.argument(2, None, "max")
    if isinstance(low, Slot) or isinstance(high, Slot):
        raise _NoRuleError
    found: Expression = x
    if low is not None:
        found = Apply("max", (found, Num(float(low))))
    return Apply("min", (found, Num(float(high)))) if high is not None else found


def _leaky(at: _At) -> Expression:
    x = at.number(0)
    return x if _value(x) > 0 else Prod((Num(float(at.argument(1, 0.01))), x))


def _gelu(at: _At) -> Expression:
    if at.argument(1, "none", "approximate") != "none":
        raise _NoRuleError
    x = at.number(0)
    return Prod((Num(0.5), x, Sum((ONE, Apply("erf", (Frac(x, Apply("sqrt", (Num(2),))),))))))


def _silu(at: _At) -> Expression:
    x = at.number(0)
    return Frac(x, Sum((ONE, Apply("exp", (-x,)))))


def _softplus(at: _At) -> Expression:
    beta, threshold = float(at.argument(1, 1)), float(at.argument(2, 20))
    x = at.number(0)
    if beta != 1 or _value(x) > threshold:
        raise _NoRuleError
    return Apply("log", (Sum((ONE, Apply("exp", (x,)))),))


def _elu(at: _At) -> Expression:
    x = at.number(0)
    if any(float(at.argument(n, 1)) != 1 for n in (2, 3)):
        raise _NoRuleError
    return x if _value(x) > 0 else _scaled(at.argument(1, 1), Apply("exp", (x,)) - 1)


def _layer_norm(at: _At) -> Expression:
    x, shape = at.argument(0), tuple(at.argument(1))
    full = at.shape(x)
    outer = at.element[: len(full) - len(shape)]
    if math.prod(shape) > MOST:
        raise _NoRuleError
    if at.place == 0:
        stats = (*outer, *(0 for _ in shape))
        mean, spread = at.leaf(-1, stats), at.leaf(-2, stats)
        found: Expression = Prod((at.number(0) - mean, spread))
        within = at.element[len(outer) :]
        for n, join in ((2, Prod), (3, Sum)):
            given = at.argument(n)
            if isinstance(given, Slot):
                extra = at.leaf(given.index, within)
                found = Prod((extra, *found.factors)) if join is Prod and isinstance(found, Prod) else found + extra
        return found
    row = [at.leaf(x.index, (*outer, *element_at(n, shape))) for n in range(math.prod(shape))]
    return _statistic(at, row, float(at.argument(4)))


def _statistic(at: _At, row: list[Expression], eps: float) -> Expression:
    """Mean, or one over the standard deviation, of numbers."""
    if at.place == 1:
        return Frac(Sum(tuple(row)), Num(len(row)))
    mean = Sym("mean", math.fsum(map(_value, row)) / len(row))
    spread = Frac(Sum(tuple(Apply("power", (x - mean, Num(2))) for x in row)), Num(len(row)))
    return Frac(ONE, Apply("sqrt", (spread + eps,)))


def _batch_norm(at: _At) -> Expression:
    x, weight, bias, mean, variance, training = at.record.arguments[:6]
    shape = at.shape(x)
    eps = float(at.argument(7))
    others = [n for n in range(len(shape)) if n != 1]
    count = math.prod(shape[n] for n in others)
    if at.place == 0:
        channel = at.element[1]
        if training:
            centre, spread = at.leaf(-1, (channel,)), at.leaf(-2, (channel,))
        else:
            centre = at.leaf(mean.index, (channel,))
            spread = Frac(ONE, Apply("sqrt", (at.leaf(variance.index, (channel,)) + eps,)))
        found: Expression = Prod((at.number(0) - centre, spread))
        if isinstance(weight, Slot):
            found = Prod((at.leaf(weight.index, (channel,)), at.number(0) - centre, spread))
        return found + at.leaf(bias.index, (channel,)) if isinstance(bias, Slot) else found
    if not training or count > MOST:
        raise _NoRuleError
    channel = at.element[0]
    row = []
    for n in range(count):
        spot = dict(zip(others, element_at(n, tuple(shape[k] for k in others)), strict=True))
        row.append(at.leaf(x.index, tuple(spot.get(k, channel) for k in range(len(shape)))))
    return _statistic(at, row, eps)


def _group_norm(at: _At) -> Expression:
    x, groups, eps = at.argument(0), int(at.argument(6)), float(at.argument(7))
    shape = at.shape(x)
    each = shape[1] // groups
    if at.place == 0:
        stats = (at.element[0], at.element[1] // each)
        found: Expression = Prod((at.number(0) - at.leaf(-1, stats), at.leaf(-2, stats)))
        weight, bias = at.argument(1), at.argument(2)
        if isinstance(weight, Slot) and isinstance(found, Prod):
            found = Prod((at.leaf(weight.index, (at.element[1],)), *found.factors))
        return found + at.leaf(bias.index, (at.element[1],)) if isinstance(bias, Slot) else found
    sample, group = at.element
    inner = (each, *shape[2:])
    row = []
    for n in range(math.prod(inner) if math.prod(inner) <= MOST else 0):
        channel, *spot = element_at(n, inner)
        row.append(at.leaf(x.index, (sample, group * each + channel, *spot)))
    return _statistic(at, row, eps)


def _length(at: _At) -> Expression:
    if float(at.argument(1, 2.0, "ord")) != 2:
        raise _NoRuleError
    slot, dims = at.argument(0), at.argument(2, None, "dim")
    if dims and len(dims) != len(at.shape(slot)):
        kept = [n for n in range(len(at.shape(slot))) if n not in [d % len(at.shape(slot)) for d in dims]]
        if any(at.shape(slot)[n] != 1 for n in kept):
            raise _NoRuleError
    shape = at.shape(slot)
    row = _row(at, slot, lambda n: element_at(n, shape), math.prod(shape))
    return Apply("sqrt", (Sum(tuple(Apply("power", (x, Num(2))) for x in row)),))


def _logits(at: _At) -> Expression:
    if any(isinstance(at.argument(n, None), Slot) for n in (2, 3)):
        raise _NoRuleError

    def each(o: Expression, y: Expression) -> Expression:
        return Apply("log", (1 + Apply("exp", (o,)),)) - Prod((y, o))

    return _over_all(at, each, at.argument(4, 1, "reduction"))


def _value(expression: Expression) -> float:
    if isinstance(expression, (Sym, Num)) and expression.value is not None:
        return float(expression.value)
    raise _NoRuleError


_RULES: dict[str, Callable[[_At], Expression]] = {
    "add": _plus,
    "sub": _minus,
    "rsub": lambda at: at.number(1) - at.number(0),
    "mul": lambda at: Prod((at.number(0), at.number(1))),
    "div": lambda at: Frac(at.number(0), at.number(1)),
    "neg": lambda at: -at.number(0),
    "pow": _power,
    "square": lambda at: Apply("power", (at.number(0), Num(2))),
    "reciprocal": lambda at: Frac(ONE, at.number(0)),
    "sqrt": _function("sqrt"),
    "rsqrt": lambda at: Frac(ONE, Apply("sqrt", (at.number(0),))),
    "exp": _function("exp"),
    "log": _function("log"),
    "log1p": lambda at: Apply("log", (1 + at.number(0),)),
    "expm1": lambda at: Apply("exp", (at.number(0),)) - 1,
    "sin": _function("sin"),
    "cos": _function("cos"),
    "erf": _function("erf"),
    "abs": _function("abs"),
    "sign": _function("sign"),
    "tanh": _function("tanh"),
    "relu": lambda at: Apply("max", (Num(0), at.number(0))),
    "sigmoid": _sigmoid,
    "maximum": lambda at: Apply("max", (at.number(0), at.number(1))),
    "minimum": lambda at: Apply("min", (at.number(0), at.number(1))),
    "clamp": _clamped,
    "clamp_min": lambda at: Apply("max", (at.number(0), at.number(1))),
    "hardtanh": _clamped,
    "leaky_relu": _leaky,
    "gelu": _gelu,
    "silu": _silu,
    "softplus": _softplus,
    "elu": _elu,
    "where": _where,
    "masked_fill": _masked,
    "lerp": lambda at: at.number(0) + Prod((at.number(2), at.number(1) - at.number(0))),
    "mm": _mm,
    "bmm": _mm,
    "mv": _mv,
    "vdot": _vdot,
    "dot": _vdot,
    "addmm": _addmm,
    "baddbmm": _addmm,
    "convolution": _window,
    "sum": _total,
    "mean": _mean,
    "logsumexp": _logsumexp,
    "_softmax": _softmax,
    "_safe_softmax": _softmax,
    "_log_softmax": _log_softmax,
    "nll_loss_forward": _nll,
    "mse_loss": _mse,
    "huber_loss": _huber,
    "smooth_l1_loss": _smooth_l1,
    "binary_cross_entropy": _binary,
    "native_layer_norm": _layer_norm,
    "native_batch_norm": _batch_norm,
    "native_group_norm": _group_norm,
    "linalg_vector_norm": _length,
    "binary_cross_entropy_with_logits": _logits,
    "prod": lambda at: Prod(tuple(_reduced(at))),
    "tanh_backward": lambda at: Prod((at.number(0), 1 - Apply("power", (at.number(1), Num(2))))),
    "sigmoid_backward": lambda at: Prod((at.number(0), at.number(1), 1 - at.number(1))),
    "cudnn_batch_norm": _batch_norm,
}
