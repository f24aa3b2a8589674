"""Sizes: for each kind of layer, the formula of its output's shape and of its number of parameters, as expressions."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from torch import nn

from glasswork.layers import (
    convolution_size,
    padding_ends,
    pooling_size,
    recurrent_parameters,
    transposed_convolution_size,
)
from glasswork.tracing.algebra import Apply, Equation, Expression, Frac, Num, Prod, Sum, Sym, evaluate

__all__ = ["LayerShape", "Rule", "Size", "counted", "each_side", "is_windowed", "rule_of"]

_SIDES = {1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}


@dataclass(frozen=True, slots=True)
class Size:
    """One number of a shape, or a count, as an equation."""

    what: str
    """``height``, ``channels``, ``parameters``."""
    equation: Equation
    working: str
    """The same with the numbers put in, as text: ``floor((16 + 2*2 - 1*(3-1) - 1)/1) + 1 = 18``."""

    @property
    def value(self) -> int:
        """The number."""
        return int(evaluate(self.equation.steps[-1]))


@dataclass(slots=True)
class LayerShape:
    """One layer: what goes in, what comes out, and what it learns."""

    path: str
    kind: str
    inputs: tuple[tuple[int, ...], ...]
    output: tuple[int, ...]
    sizes: list[Size] = field(default_factory=list)
    """How the sizes of the output come about; empty where it has the input's shape."""
    parameters: Size | None = None
    """None where it learns nothing."""
    visits: int = 1
    shared: str = ""
    """The layer whose parameters these are, where they are another's."""
    remark: str = ""
    failed: bool = False
    """Whether the step ended in this layer, so that nothing came out."""
    ok: bool = True
    """Whether the equations give the output's real shape."""


Rule = Callable[[Any, LayerShape], None]


def _size(what: str, letter: str, formula: Expression, working: str, value: int) -> Size:
    return Size(what, Equation(Sym(letter, float(value)), (formula, Num(float(value)))), working)


def _plain(what: str, letter: str, value: int) -> Size:
    return Size(what, Equation(Sym(letter, float(value)), (Num(float(value)),)), str(value))


def counted(working: str, value: int, formula: Expression | None) -> Size:
    """Return a number of parameters as a size; `working` is the sum without its result."""
    left = Sym("N", float(value))
    steps = (Num(float(value)),) if formula is None else (formula, Num(float(value)))
    return Size("parameters", Equation(left, steps), f"{working} = {value}")


def _product(*sizes: tuple[str, int]) -> Expression:
    return Prod(tuple(Sym(name, float(value)) for name, value in sizes))


def _plus(first: Expression, bias: Any, name: str, value: int) -> Expression:
    return first + Sym(name, float(value)) if bias is not None else first


def each_side(value: Any, sides: int) -> list[Any]:
    """Return a setting for each side, of one for all or one for each."""
    return list(value) * (sides if len(value) == 1 else 1) if isinstance(value, (tuple, list)) else [value] * sides


# The rules, one a kind of layer.


def _linear(module: Any, layer: LayerShape) -> None:
    inputs, outputs = int(module.weight.shape[1]), int(module.weight.shape[0])
    layer.sizes = [_plain("features", "O", outputs)]
    formula = _plus(_product(("I", inputs), ("O", outputs)), module.bias, "O", outputs)
    layer.parameters = counted(
        f"{inputs}*{outputs}" + (f" + {outputs}" if module.bias is not None else ""), _total(module), formula
    )


def _total(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def _window(name: str, n: int, m: int, s: int, before: int, after: int, d: int, ceil: bool = False) -> Expression:
    """``floor((n + 2p - d(m - 1) - 1)/s) + 1`` in letters."""
    padding: Expression = 2 * Sym("p", float(before)) if before == after else Num(float(before + after))
    top = Sum((
        Sym("n", float(n)), padding, Prod((Num(-1.0), Sym("d", float(d)), Sym("m", float(m)) - 1)), Num(-1.0),
    ))  # fmt: skip
    return Apply("ceil" if ceil else name, (Frac(top, Sym("s", float(s))),)) + 1


def _convolution(module: Any, layer: LayerShape) -> None:
    kernel = tuple(module.kernel_size)
    sides, given = len(kernel), layer.inputs[0]
    names = _SIDES[sides]
    layer.sizes = [_plain("channels", "O", int(module.out_channels))]
    strides, spread = each_side(module.stride, sides), each_side(module.dilation, sides)
    pads: list[Any] = [module.padding] * sides if isinstance(module.padding, str) else each_side(module.padding, sides)
    turned = hasattr(module, "output_padding") and module.transposed
    for side in range(sides):
        n, m, s, d = given[len(given) - sides + side], kernel[side], strides[side], spread[side]
        if turned:
            extra = each_side(module.output_padding, sides)[side]
            real = layer.output[len(layer.output) - sides + side]
            low = transposed_convolution_size(n, kernel=m, stride=s, padding=pads[side], dilation=d)
            extra = extra or max(0, real - int(low))
            size = transposed_convolution_size(
                n, kernel=m, stride=s, padding=pads[side], output_padding=extra, dilation=d
            )
            formula: Expression = Sum((
                Prod((Sym("n", float(n)) - 1, Sym("s", float(s)))), Prod((Num(-2.0), Sym("p", float(pads[side])))),
                Prod((Sym("d", float(d)), Sym("m", float(m)) - 1)), Sym("o", float(extra)), Num(1.0),
            ))  # fmt: skip
        else:
            before, after = padding_ends("convolution", pads[side], m, s, d)
            size = convolution_size(n, kernel=m, stride=s, padding=(before, after), dilation=d)
            formula = _window("floor", n, m, s, before, after, d)
        layer.sizes.append(_size(names[side], names[side][0].upper(), formula, size.working, int(size)))
    inputs, groups = int(module.in_channels), int(module.groups)
    many, seen = (int(module.out_channels), inputs // groups) if not turned else (
        int(module.out_channels) // groups, inputs)  # fmt: skip
    formula = Prod((
        *(Sym(f"m{side + 1}" if sides > 1 else "m", float(m)) for side, m in enumerate(kernel)),
        Sym("C", float(inputs)) if groups == 1 else Frac(Sym("C", float(inputs)), Sym("g", float(groups))),
        Sym("O", float(module.out_channels)),
    ))  # fmt: skip
    said = "*".join(map(str, (*kernel, seen, many)))
    if module.bias is not None:
        said += f" + {module.out_channels}"
    layer.parameters = counted(said, _total(module), _plus(formula, module.bias, "O", int(module.out_channels)))
    if groups > 1:
        layer.remark = f"{groups} groups: each filter sees {inputs} / {groups} = {inputs // groups} channels."


def _pooling(module: Any, layer: LayerShape) -> None:
    given = layer.inputs[0]
    kernel = getattr(module, "kernel_size", None)
    kernel = module.size if kernel is None else kernel
    sides = _sides_of(module, len(given), kernel)
    names, kernel = _SIDES[sides], each_side(kernel, sides)
    strides = kernel if module.stride is None else each_side(module.stride, sides)
    pads, ceil = each_side(module.padding, sides), bool(getattr(module, "ceil_mode", False))
    spread = each_side(getattr(module, "dilation", 1), sides)
    layer.sizes = [_plain("channels", "C", given[len(given) - sides - 1])] if len(given) > sides else []
    for side in range(sides):
        n, m, s, d, p = given[len(given) - sides + side], kernel[side], strides[side], spread[side], pads[side]
        size = pooling_size(n, size=m, stride=s, padding=p, dilation=d, ceil=ceil)
        formula = _window("floor", n, m, s, p, p, d, ceil)
        if "- 1 (the last" in size.working:
            formula = formula - 1
        layer.sizes.append(_size(names[side], names[side][0].upper(), formula, size.working, int(size)))


def _sides_of(module: Any, dimensions: int, kernel: Any) -> int:
    for sides in (1, 2, 3):
        if f"{sides}d" in type(module).__name__.lower():
            return sides
    return len(kernel) if isinstance(kernel, (tuple, list)) else dimensions - 2


def _adaptive(module: Any, layer: LayerShape) -> None:
    sides = _sides_of(module, len(layer.inputs[0]), None)
    layer.sizes = [_plain(name, name[0].upper(), size) for name, size in
                   zip(_SIDES[sides], layer.output[len(layer.output) - sides :], strict=True)]  # fmt: skip
    layer.remark = "The output's size is a setting; windows of equal size cover the input."


def _recurrent(module: Any, layer: LayerShape) -> None:
    kind = {"RNN_TANH": "rnn", "RNN_RELU": "rnn", "GRU": "gru", "LSTM": "lstm"}[module.mode]
    directions, hidden = 2 if module.bidirectional else 1, int(module.proj_size or module.hidden_size)
    size = directions * hidden
    said = f"{directions}*{hidden} = {size}" if directions > 1 else str(size)
    layer.sizes = [
        _size("features", "O", _product(("D", directions), ("H", hidden)), said, size)
        if directions > 1
        else _plain("features", "H", size)
    ]
    if module.proj_size:
        layer.remark = "Its outputs are projections of the hidden units."
        return
    biases = 2 if module.bias else 0
    count = recurrent_parameters(
        kind, module.input_size, module.hidden_size, biases=biases, layers=module.num_layers, directions=directions
    )
    layer.parameters = counted(
        count.working.rsplit(" = ", 1)[0], int(count),
        _recurrent_formula(kind, module.input_size, hidden, biases, module.num_layers, directions),
    )  # fmt: skip
    if biases:
        layer.remark = "PyTorch keeps two biases of each unit and gate, one for the input, one for the state."


def _recurrent_formula(kind: str, inputs: int, hidden: int, biases: int, layers: int, directions: int) -> Expression:
    """``D g (H I + H H + b H)``, layer by layer."""
    gates, terms = {"rnn": 1, "gru": 3, "lstm": 4}[kind], []
    h = Sym("H", float(hidden))
    for number in range(layers):
        reads: Expression = Sym("I", float(inputs))
        if number:
            reads = _product(("D", directions), ("H", hidden)) if directions > 1 else h
        inside: list[Expression] = [Prod((h, *(reads.factors if isinstance(reads, Prod) else (reads,)))), Prod((h, h))]
        if biases:
            inside.append(Prod((Sym("b", float(biases)), h)))
        front: list[Expression] = [*[Sym("D", 2.0)] * (directions > 1), *[Sym("g", float(gates))] * (gates > 1)]
        terms.append(Prod((*front, Sum(tuple(inside)))) if front else Sum(tuple(inside)))
    return terms[0] if len(terms) == 1 else Sum(tuple(terms))


def _recurrent_cell(module: Any, layer: LayerShape) -> None:
    kind = "lstm" if isinstance(module, nn.LSTMCell) else "gru" if isinstance(module, nn.GRUCell) else "rnn"
    layer.sizes = [_plain("features", "H", int(module.hidden_size))]
    biases = 2 if module.bias else 0
    count = recurrent_parameters(kind, module.input_size, module.hidden_size, biases=biases)
    layer.parameters = counted(
        count.working.rsplit(" = ", 1)[0], int(count),
        _recurrent_formula(kind, module.input_size, module.hidden_size, biases, 1, 1),
    )  # fmt: skip


def _attention(module: Any, layer: LayerShape) -> None:
    width, heads = (
        int(getattr(module, "embed_dim", 0) or module.width),
        int(getattr(module, "num_heads", 0) or module.heads),
    )
    layer.sizes = [_plain("features", "W", width)]
    layer.remark = (
        f"{heads} heads of {width} / {heads} = {width // heads} features; their number does not change the count."
    )
    if getattr(module, "_qkv_same_embed_dim", True) and getattr(module, "bias_k", None) is None:
        bias = getattr(module, "in_proj_bias", None) is not None or not isinstance(module, nn.MultiheadAttention)
        w = Sym("W", float(width))
        square: Expression = Prod((w, w))
        layer.parameters = counted(
            f"4*({width}*{width}" + (f" + {width})" if bias else ")"), 4 * (width * width + bias * width),
            4 * (square + w if bias else square),
        )  # fmt: skip


def _norm(module: Any, layer: LayerShape) -> None:
    own = list(module.parameters(recurse=False))
    if own:
        features = own[0].numel()
        f = Sym("F", float(features))
        layer.parameters = counted(
            " + ".join(str(p.numel()) for p in own), _total(module), f if len(own) == 1 else Sum((f,) * len(own))
        )
    if getattr(module, "running_mean", None) is not None:
        layer.remark = "The running mean and variance are remembered, not learned, and do not count."


def _embedding(module: Any, layer: LayerShape) -> None:
    entries, width = (int(size) for size in module.weight.shape)
    layer.sizes = [_plain("features", "E", width)]
    layer.parameters = counted(f"{entries}*{width}", entries * width, _product(("V", entries), ("E", width)))


def _flatten(module: Any, layer: LayerShape) -> None:
    given = layer.inputs[0]
    start = module.start_dim % len(given) if hasattr(module, "start_dim") else 1
    end = module.end_dim % len(given) if hasattr(module, "end_dim") else len(given) - 1
    merged = given[start : end + 1]
    value = math.prod(merged)
    said = "*".join(map(str, merged)) + (f" = {value}" if len(merged) > 1 else "")
    layer.sizes = [
        _size("features", "O", Prod(tuple(Num(float(size)) for size in merged)), said, value),
        *(_plain("features", "O", size) for size in given[end + 1 :]),
    ]


def _same(module: Any, layer: LayerShape) -> None:
    if layer.output == layer.inputs[0]:
        layer.remark = layer.remark or "the input's shape"


_RULES: list[tuple[str, Rule]] = [
    ("Linear", _linear), ("_ConvNd", _convolution), ("_ConvTransposeNd", _convolution), ("Convolution", _convolution),
    ("_MaxPoolNd", _pooling), ("_AvgPoolNd", _pooling), ("MaxPool", _pooling), ("AveragePool", _pooling),
    ("_AdaptiveAvgPoolNd", _adaptive), ("_AdaptiveMaxPoolNd", _adaptive), ("RNNBase", _recurrent),
    ("RNNCellBase", _recurrent_cell), ("MultiheadAttention", _attention), ("Attention", _attention),
    ("_NormBase", _norm), ("LayerNorm", _norm), ("GroupNorm", _norm), ("RMSNorm", _norm), ("Embedding", _embedding),
    ("Flatten", _flatten),
]  # fmt: skip
"""Class name -> rule; a subclass follows its nearest ancestor's."""


def rule_of(module: nn.Module) -> Rule | None:
    """Return the rule of a layer's class or of its nearest ancestor; None if there is none."""
    rules = dict(_RULES)
    return next((rules[c.__name__] for c in type(module).__mro__ if c.__name__ in rules), None)


def is_windowed(module: nn.Module) -> bool:
    """Whether a layer looks through windows: a convolution or a pooling."""
    return rule_of(module) in (_convolution, _pooling)
