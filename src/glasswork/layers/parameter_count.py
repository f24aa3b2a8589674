"""Parameter count: how many numbers a layer learns, with the sum in words.

Nothing here needs torch.

Course: MLP-03, CNN-12.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod
from typing import Any, Protocol

from glasswork.checks import check_at_least, check_between, check_choice, check_divides
from glasswork.layers.worked_number import WorkedNumber

__all__ = [
    "attention_parameters",
    "convolution_parameters",
    "dense_parameters",
    "embedding_parameters",
    "norm_parameters",
    "parameter_count",
    "recurrent_parameters",
]

GATES = {"rnn": 1, "gru": 3, "lstm": 4}


class _HasParameters(Protocol):
    def named_parameters(self) -> Iterable[tuple[str, Any]]: ...


def parameter_count(module: _HasParameters) -> WorkedNumber:
    """Return how many numbers a module learns; the sum goes tensor by tensor, in the module's own order.

    >>> from torch import nn
    >>> parameter_count(nn.Linear(4, 3)).working
    '3*4 + 3 = 15'
    """
    shapes = [tuple(parameter.shape) for _, parameter in module.named_parameters()]
    said = " + ".join("*".join(map(str, shape)) or "1" for shape in shapes)
    return WorkedNumber(sum(prod(shape) for shape in shapes), said or "0")


def dense_parameters(inputs: int | Sequence[int], outputs: int, *, bias: bool = True) -> WorkedNumber:
    r"""Parameters of a dense layer: every input is joined to every output.

    .. math:: I\,O + O

    Args:
        inputs: how many, or the sizes of what is flattened, such as height, width and channels.
        outputs: units.
        bias: whether each unit has one.

    >>> dense_parameters((228, 228, 3), 64).working
    '228*228*3*64 + 64 = 9980992'
    """
    sizes = _sizes(inputs)
    check_at_least("dense_parameters", 1, inputs=min(sizes), outputs=outputs)
    return WorkedNumber(prod(sizes) * outputs + bias * outputs, f"{_times(*sizes, outputs)}{_plus(bias, outputs)}")


def convolution_parameters(
    channels: int, filters: int, *, kernel: int | Sequence[int], bias: bool = True, groups: int = 1
) -> WorkedNumber:
    r"""Parameters of a convolution: each filter has its own weights, which all places share.

    .. math:: m_1 \cdots m_k \, \frac{C}{g}\, O + O

    Args:
        channels: of the input, C.
        filters: feature maps, O.
        kernel: places of the kernel along each side, such as ``(3, 3)``; one number is a 1-D kernel.
        bias: whether each filter has one.
        groups: parts of the channels that do not see each other, g.

    >>> convolution_parameters(3, 64, kernel=(3, 3)).working
    '3*3*3*64 + 64 = 1792'
    """
    sides = _sizes(kernel)
    check_at_least("convolution_parameters", 1, channels=channels, filters=filters, kernel=min(sides), groups=groups)
    check_divides("convolution_parameters", channels, groups=groups)
    check_divides("convolution_parameters", filters, groups=groups)
    seen = channels // groups
    return WorkedNumber(
        prod(sides) * seen * filters + bias * filters, f"{_times(*sides, seen, filters)}{_plus(bias, filters)}"
    )


def recurrent_parameters(
    kind: str, inputs: int, hidden: int, *, biases: int = 2, layers: int = 1, directions: int = 1
) -> WorkedNumber:
    r"""Parameters of recurrent layers; a layer above the first reads the hidden units of all directions below.

    .. math:: g\,(H I + H^2 + b H), \qquad g = 1\ (\text{RNN}),\ 3\ (\text{GRU}),\ 4\ (\text{LSTM})

    Args:
        kind: ``rnn``, ``gru`` or ``lstm``.
        inputs: numbers that come in at each step, I.
        hidden: units, H.
        biases: b, of each unit and gate: torch keeps 2 (one for the input, one for the state), textbooks 1.
        layers: stacked on each other.
        directions: 2 for a bidirectional layer.

    >>> recurrent_parameters("lstm", 3, 5).working, recurrent_parameters("lstm", 3, 5, biases=1).working
    ('4*(5*3 + 5*5 + 2*5) = 200', '4*(5*3 + 5*5 + 1*5) = 180')
    """
    check_choice("recurrent_parameters", list(GATES), kind=kind)
    check_at_least("recurrent_parameters", 1, inputs=inputs, hidden=hidden, layers=layers)
    check_between("recurrent_parameters", 0, 2, biases=biases)
    check_between("recurrent_parameters", 1, 2, directions=directions)
    total, said = 0, []
    for _ in range(layers):
        once = GATES[kind] * (hidden * inputs + hidden * hidden + biases * hidden)
        total += directions * once
        many = f"{directions}*" if directions > 1 else ""
        one = f"{GATES[kind]}*" if GATES[kind] > 1 else ""
        said.append(f"{many}{one}({hidden}*{inputs} + {hidden}*{hidden} + {biases}*{hidden})")
        inputs = directions * hidden
    return WorkedNumber(total, " + ".join(said))


def attention_parameters(width: int, *, bias: bool = True) -> WorkedNumber:
    r"""Parameters of multi-head attention: queries, keys, values and the mix; the number of heads does not matter.

    .. math:: 4\,(W^2 + W)

    >>> attention_parameters(8).working
    '4*(8*8 + 8) = 288'
    """
    check_at_least("attention_parameters", 1, width=width)
    return WorkedNumber(4 * (width * width + bias * width), f"4*({width}*{width}{_plus(bias, width)})")


def norm_parameters(features: int, *, bias: bool = True) -> WorkedNumber:
    r"""Parameters of a normalisation: a scale, and a shift, for each feature or channel.

    The running mean and variance of a batch norm are remembered, not learned, and do not count.

    .. math:: F + F

    >>> norm_parameters(64).working
    '64 + 64 = 128'
    """
    check_at_least("norm_parameters", 1, features=features)
    return WorkedNumber(features + bias * features, f"{features}{_plus(bias, features)}")


def embedding_parameters(entries: int, width: int) -> WorkedNumber:
    """Parameters of an embedding: a row for each entry.

    >>> embedding_parameters(1000, 16).working
    '1000*16 = 16000'
    """
    check_at_least("embedding_parameters", 1, entries=entries, width=width)
    return WorkedNumber(entries * width, f"{entries}*{width}")


def _sizes(value: int | Sequence[int]) -> tuple[int, ...]:
    return (value,) if isinstance(value, int) else tuple(value)


def _times(*sizes: int) -> str:
    return "*".join(map(str, sizes))


def _plus(bias: bool, outputs: int) -> str:
    return f" + {outputs}" if bias else ""
