"""Pooling in readable steps: the largest of a window, to which alone the gradient returns; or its mean."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from glasswork.layers import pooling_size
from glasswork.tracing.algebra import Apply, Expression, Frac, Num
from glasswork.tracing.meaning.convolution import _each
from glasswork.tracing.meaning.quantity import Element, Part, Quantity, dot
from glasswork.tracing.meaning.steps import Decline, Steps

__all__ = ["adaptive_average_pool", "average_pool", "max_pool"]


class _Windows:
    """Which input places each output place looks at."""

    def __init__(
        self, sizes: Sequence[int], kernel: list[int], stride: list[int], padding: list[int], dilation: list[int],
        ceil: bool,
    ) -> None:  # fmt: skip
        self.sizes, self.kernel, self.stride, self.padding, self.dilation = sizes, kernel, stride, padding, dilation
        self.outputs = [
            int(pooling_size(n, size=m, stride=s, padding=p, dilation=d, ceil=ceil))
            for n, m, s, p, d in zip(sizes, kernel, stride, padding, dilation, strict=True)
        ]

    def at(self, place: Element) -> list[Element]:
        """The places of one window that lie on the input."""
        ranges = [
            [i for i in range(o * s - p, o * s - p + m * d, d) if 0 <= i < n]
            for o, s, p, m, d, n in zip(place, self.stride, self.padding, self.kernel, self.dilation, self.sizes,
                                        strict=True)
        ]  # fmt: skip
        return list(product(*ranges))

    def gather(self, x: Tensor, filling: float) -> Tensor:
        """All windows of the maps, one behind the other in the last dimension; what lies outside is `filling`."""
        ends = []
        for n, m, s, p, d, o in zip(self.sizes, self.kernel, self.stride, self.padding, self.dilation, self.outputs,
                                    strict=True):  # fmt: skip
            ends.append((p, max(0, (o - 1) * s + (m - 1) * d + 1 - p - n)))
        padded = functional.pad(x, [end for pair in reversed(ends) for end in pair], value=filling)
        parts = []
        for offset in product(*map(range, self.kernel)):
            places: tuple[Any, ...] = (
                ...,
                *[
                    slice(k * d, k * d + s * (o - 1) + 1, s)
                    for k, d, s, o in zip(offset, self.dilation, self.stride, self.outputs, strict=True)
                ],
            )
            parts.append(padded[places])
        return torch.stack(parts, -1)


def _given(steps: Steps, input: Tensor, sides: int) -> Quantity:
    if input.dim() != sides + 2:
        raise Decline("it has no sample dimension")
    places = ("row", "column", "depth")[:sides] if sides > 1 else ("place",)
    return steps.given("x", input, ("n", "channel", *places), "input maps")


def max_pool(sides: int) -> Callable[..., Any]:
    """Return the expansion of a max-pooling over this many sides."""

    def explain(
        steps: Steps, input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
        ceil_mode: bool = False, return_indices: bool = False,
    ) -> Any:  # fmt: skip
        """Explain max-pooling: the first of the largest numbers of each window goes on."""
        steps.title = "max-pooling"
        x = _given(steps, input, sides)
        kernel = _each(kernel_size, sides)
        windows = _Windows(input.shape[2:], kernel, _each(stride or kernel, sides), _each(padding, sides),
                           _each(dilation, sides), ceil_mode)  # fmt: skip
        every = windows.gather(input, -math.inf)
        best = every.detach().argmax(-1, keepdim=True)

        def formula(n: int, c: int, *at: int) -> Expression:
            found = tuple(x[(n, c, *place)] for place in windows.at(at))
            return found[0] if len(found) == 1 else Apply("max", found)

        def local(element: Element, by: Part) -> Expression | None:
            n, c, *at = element
            inside = windows.at(tuple(at))
            top = max(x[(n, c, *place)].value or 0.0 for place in inside)
            first = next(place for place in inside if (x[(n, c, *place)].value or 0.0) == top)
            return Num(1.0) if by.element[2:] == first else None

        steps.remark("The gradient returns to the number that won its window, and to no other.")
        y = steps.name("y", every.gather(-1, best).squeeze(-1), x.axes, formula, "largest of each window", local=local)
        return (y.tensor, None) if return_indices else y.tensor

    return explain


def _mean(steps: Steps, x: Quantity, windows: _Windows, divisor: Callable[[Element], int]) -> Tensor | None:
    live = x.tensor
    counts = torch.tensor([divisor(at) for at in product(*map(range, windows.outputs))], dtype=live.dtype)
    value = windows.gather(live, 0.0).sum(-1) / counts.view(windows.outputs)

    def formula(n: int, c: int, *at: int) -> Expression:
        return Frac(dot(*(x[(n, c, *place)] for place in windows.at(at))), Num(float(divisor(at))))

    return steps.name("y", value, x.axes, formula, "mean of each window").tensor


def average_pool(sides: int) -> Callable[..., Any]:
    """Return the expansion of an average-pooling over this many sides."""

    def explain(
        steps: Steps, input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
        count_include_pad: bool = True, divisor_override: int | None = None,
    ) -> Any:  # fmt: skip
        """Explain average-pooling."""
        steps.title = "average-pooling"
        x = _given(steps, input, sides)
        kernel, pads = _each(kernel_size, sides), _each(padding, sides)
        strides = _each(stride or kernel, sides)
        windows = _Windows(input.shape[2:], kernel, strides, pads, [1] * sides, ceil_mode)

        def divisor(at: Element) -> int:
            if divisor_override:
                return divisor_override
            if not count_include_pad:
                return len(windows.at(at))
            return math.prod(
                min(o * s - p + m, n + p) - (o * s - p)
                for o, s, p, m, n in zip(at, strides, pads, kernel, input.shape[2:], strict=True)
            )

        return _mean(steps, x, windows, divisor)

    return explain


def adaptive_average_pool(sides: int) -> Callable[..., Any]:
    """Return the expansion of an average-pooling to a given size, where that divides the input's."""

    def explain(steps: Steps, input: Tensor, output_size: Any) -> Any:
        """Explain average-pooling to a given size."""
        x = _given(steps, input, sides)
        wanted = [n if o is None else o for n, o in zip(input.shape[2:], _each(output_size, sides), strict=True)]
        if any(n % o for n, o in zip(input.shape[2:], wanted, strict=True)):
            raise Decline("its windows have different sizes")
        kernel = [n // o for n, o in zip(input.shape[2:], wanted, strict=True)]
        steps.title = "average-pooling over all places" if all(o == 1 for o in wanted) else "average-pooling"
        windows = _Windows(input.shape[2:], kernel, kernel, [0] * sides, [1] * sides, False)
        return _mean(steps, x, windows, lambda at: math.prod(kernel))

    return explain


EXPLAINS: dict[str, Callable[..., Any]] = {}
for _sides in (1, 2, 3):
    EXPLAINS[f"max_pool{_sides}d"] = max_pool(_sides)
    EXPLAINS[f"avg_pool{_sides}d"] = average_pool(_sides)
    EXPLAINS[f"adaptive_avg_pool{_sides}d"] = adaptive_average_pool(_sides)
