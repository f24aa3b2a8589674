"""Convolution in readable steps: each output is a window's sum of weight times pixel; padding does not appear."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from glasswork.layers import padding_ends
from glasswork.tracing.algebra import Expression, Num
from glasswork.tracing.meaning.quantity import Quantity, dot
from glasswork.tracing.meaning.steps import Decline, Steps

__all__ = ["convolution", "transposed_convolution"]

_PLACES = ("row", "column", "depth")


def _each(value: Any, sides: int) -> list[Any]:
    found = [value] * sides if isinstance(value, int) else list(value)
    return found * sides if len(found) == 1 else found


def _shapes(
    steps: Steps, x: Tensor, w: Tensor, b: Tensor | None, sides: int
) -> tuple[tuple[str, ...], Quantity, Quantity, Quantity | None]:
    if x.dim() != sides + 2:
        raise Decline("it has no sample dimension")
    places = _PLACES[:sides] if sides > 1 else ("place",)
    return (
        places,
        steps.given("x", x, ("n", "channel", *places), "input maps"),
        steps.given("w", w, ("filter", "channel", *places), "kernel"),
        None if b is None else steps.given("b", b, ("filter",), "bias"),
    )


def convolution(sides: int) -> Callable[..., Tensor | None]:
    """Return the expansion of a convolution over this many sides."""

    def explain(
        steps: Steps, input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0,
        dilation: Any = 1, groups: int = 1,
    ) -> Tensor | None:  # fmt: skip
        """Explain a convolution: ``y = sum over channels and window of w x, plus b``."""
        steps.title = f"convolution, window {' x '.join(map(str, weight.shape[2:]))}"
        places, x, w, b = _shapes(steps, input, weight, bias, sides)
        strides, spread, kernel = _each(stride, sides), _each(dilation, sides), weight.shape[2:]
        given = [padding] * sides if isinstance(padding, str) else _each(padding, sides)
        ends = [
            padding_ends("convolution", p, m, s, d) for p, m, s, d in zip(given, kernel, strides, spread, strict=True)
        ]
        padded = functional.pad(input, [end for pair in reversed(ends) for end in pair])
        sizes = [
            (n - d * (m - 1) - 1) // s + 1 for n, m, s, d in zip(padded.shape[2:], kernel, strides, spread, strict=True)
        ]
        samples, seen, filters = input.shape[0], weight.shape[1], weight.shape[0]
        each = filters // groups
        value = input.new_zeros(samples, groups, each, *sizes)
        kernels = weight.reshape(groups, each, seen, *kernel)
        for offset in product(*map(range, kernel)):
            window_places: tuple[Any, ...] = (
                slice(None),
                slice(None),
                *[
                    slice(o * d, o * d + s * (size - 1) + 1, s)
                    for o, d, s, size in zip(offset, spread, strides, sizes, strict=True)
                ],
            )
            window = padded[window_places].reshape(samples, groups, seen, *sizes)
            value = value + torch.einsum("ngc...,gfc->ngf...", window, _tap(kernels, offset))
        value = value.reshape(samples, filters, *sizes)
        if bias is not None:
            value = value + bias.view(1, -1, *[1] * sides)

        def formula(n: int, f: int, *at: int) -> Expression:
            pairs = []
            for c in range(seen):
                for offset in product(*map(range, kernel)):
                    there = tuple(
                        i * s + o * d - before
                        for i, s, o, d, (before, _) in zip(at, strides, offset, spread, ends, strict=True)
                    )
                    if all(0 <= place < size for place, size in zip(there, input.shape[2:], strict=True)):
                        pairs.append((w[(f, c, *offset)], x[(n, f // each * seen + c, *there)]))
            return dot(*pairs, *([b[f]] if b is not None else []))

        return steps.name("y", value, ("n", "filter", *places), formula, "feature maps").tensor

    return explain


def transposed_convolution(sides: int) -> Callable[..., Tensor | None]:
    """Return the expansion of a transposed convolution over this many sides."""

    def explain(
        steps: Steps, input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Any = 1, padding: Any = 0,
        output_padding: Any = 0, groups: int = 1, dilation: Any = 1,
    ) -> Tensor | None:  # fmt: skip
        """Explain a transposed convolution: each input number lays the kernel down, times itself; overlaps add up."""
        steps.title = f"transposed convolution, window {' x '.join(map(str, weight.shape[2:]))}"
        places, x, w, b = _shapes(steps, input, weight, bias, sides)
        w.axes = ("channel", "filter", *places)
        strides, spread, kernel = _each(stride, sides), _each(dilation, sides), weight.shape[2:]
        pads, extra = _each(padding, sides), _each(output_padding, sides)
        sizes = [
            (n - 1) * s - 2 * p + d * (m - 1) + e + 1
            for n, s, p, d, m, e in zip(input.shape[2:], strides, pads, spread, kernel, extra, strict=True)
        ]
        samples, channels, each = input.shape[0], input.shape[1], weight.shape[1]
        per = channels // groups
        whole = input.new_zeros(samples, groups, each, *(size + 2 * p for size, p in zip(sizes, pads, strict=True)))
        parts = input.reshape(samples, groups, per, *input.shape[2:])
        kernels = weight.reshape(groups, per, each, *kernel)
        for offset in product(*map(range, kernel)):
            laid = torch.einsum("ngc...,gcf->ngf...", parts, _tap(kernels, offset))
            laid_places: tuple[Any, ...] = (
                ...,
                *[
                    slice(o * d, o * d + s * (n - 1) + 1, s)
                    for o, d, s, n in zip(offset, spread, strides, input.shape[2:], strict=True)
                ],
            )
            added = torch.zeros_like(whole)
            added[laid_places] = laid
            whole = whole + added
        kept: tuple[Any, ...] = (..., *[slice(p, p + size) for p, size in zip(pads, sizes, strict=True)])
        value = whole[kept]
        value = value.reshape(samples, groups * each, *sizes)
        if bias is not None:
            value = value + bias.view(1, -1, *[1] * sides)

        def formula(n: int, f: int, *at: int) -> Expression:
            terms: list[tuple[Expression, Expression] | Expression] = []
            for c in range(per):
                channel = f // each * per + c
                for offset in product(*map(range, kernel)):
                    far = [i + p - o * d for i, p, o, d in zip(at, pads, offset, spread, strict=True)]
                    there = tuple(place // s for place, s in zip(far, strides, strict=True))
                    if all(
                        place % s == 0 and 0 <= place // s < size
                        for place, s, size in zip(far, strides, input.shape[2:], strict=True)
                    ):
                        terms.append((w[(channel, f % each, *offset)], x[(n, channel, *there)]))
            if b is not None:
                terms.append(b[f])
            return dot(*terms) if terms else Num(0.0)

        return steps.name("y", value, ("n", "filter", *places), formula, "feature maps").tensor

    return explain


def _tap(kernels: Tensor, offset: tuple[Any, ...]) -> Tensor:
    """One place of all kernels."""
    place: tuple[Any, ...] = (..., *offset)
    return kernels[place]


EXPLAINS = {f"conv{sides}d": convolution(sides) for sides in (1, 2, 3)} | {
    f"conv_transpose{sides}d": transposed_convolution(sides) for sides in (1, 2, 3)
}
