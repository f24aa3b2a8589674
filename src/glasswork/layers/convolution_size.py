"""Convolution size: how many places a window finds along one side, with the sum in words.

Nothing here needs torch. Letters: n places of the input, m places of the kernel, p padding, s stride, d dilation.

Course: CNN-07, CNN-08, CNN-09, CNN-10.
Source: Dumoulin & Visin 2016, "A guide to convolution arithmetic for deep learning".
"""

from __future__ import annotations

from glasswork.checks import check_at_least, check_choice
from glasswork.errors import RangeError, ShapeError
from glasswork.layers.worked_number import WorkedNumber

__all__ = [
    "convolution_size",
    "padded_size",
    "padding_ends",
    "same_padding",
    "size_before_convolution",
    "transposed_convolution_size",
]


def convolution_size(
    n: int, *, kernel: int, stride: int = 1, padding: int | str | tuple[int, int] = 0, dilation: int = 1
) -> WorkedNumber:
    r"""Return how many places a convolution gives along one side.

    .. math:: \Bigl\lfloor \frac{n + 2p - d\,(m - 1) - 1}{s} \Bigr\rfloor + 1

    Args:
        n: places of the input along this side.
        kernel: places of the kernel, m.
        stride: steps from one window to the next, s; at least 1.
        padding: places added at each end, p; or a pair (before, after); or ``valid`` (none) or ``same`` (as many as
            keep the size; stride 1 only).
        dilation: steps between two places of the kernel, d.

    Returns:
        An `int` whose ``working`` is the sum with these numbers.

    Without padding, stride and dilation this is n - m + 1.

    >>> convolution_size(16, kernel=3, padding=2).working
    'floor((16 + 2*2 - 1*(3-1) - 1)/1) + 1 = 18'
    >>> convolution_size(6, kernel=3, stride=2), convolution_size(6, kernel=3, padding="same")
    (2, 6)
    >>> convolution_size(2, kernel=3)
    Traceback (most recent call last):
    glasswork.errors.ShapeError: convolution_size: the window spans 3 places, the padded input has 2: ...
    """
    check_at_least("convolution_size", 0, n=n)
    check_at_least("convolution_size", 1, kernel=kernel, stride=stride, dilation=dilation)
    before, after = padding_ends("convolution_size", padding, kernel, stride, dilation)
    padded, span = n + before + after, dilation * (kernel - 1) + 1
    formula = f"floor(({n} + {_ends_said(before, after)} - {dilation}*({kernel}-1) - 1)/{stride}) + 1"
    size = (padded - span) // stride + 1
    if padded < span:
        raise ShapeError(
            f"convolution_size: the window spans {span} places, the padded input has {padded}: {formula} = {size}. "
            f"Pad by {span - padded} more in all, or take a smaller kernel."
        )
    return WorkedNumber(size, formula)


def transposed_convolution_size(
    n: int, *, kernel: int, stride: int = 1, padding: int = 0, output_padding: int = 0, dilation: int = 1
) -> WorkedNumber:
    r"""Return how many places a transposed convolution gives along one side; it undoes `convolution_size`.

    .. math:: (n - 1)\,s - 2p + d\,(m - 1) + o + 1

    Args:
        n: places of the input along this side; at least 1.
        kernel: places of the kernel, m.
        stride: steps from one window to the next, s.
        padding: what the convolution that is undone had added at each end, p.
        output_padding: places added at one end, o, to tell sizes apart that a stride had rounded to one; below the
            stride or the dilation.
        dilation: steps between two places of the kernel, d.

    >>> transposed_convolution_size(4, kernel=3, stride=2, padding=1, output_padding=1).working
    '(4-1)*2 - 2*1 + 1*(3-1) + 1 + 1 = 8'
    """
    who = "transposed_convolution_size"
    check_at_least(who, 1, n=n, kernel=kernel, stride=stride, dilation=dilation)
    check_at_least(who, 0, padding=padding, output_padding=output_padding)
    if output_padding >= max(stride, dilation):
        raise RangeError(
            f"{who}: output_padding must be below stride or dilation, got output_padding={output_padding}, "
            f"stride={stride} and dilation={dilation}."
        )
    formula = f"({n}-1)*{stride} - 2*{padding} + {dilation}*({kernel}-1) + {output_padding} + 1"
    size = (n - 1) * stride - 2 * padding + dilation * (kernel - 1) + output_padding + 1
    if size < 1:
        raise ShapeError(f"{who}: nothing is left: {formula} = {size}. Take a smaller padding.")
    return WorkedNumber(size, formula)


def padded_size(n: int, *, padding: int) -> WorkedNumber:
    """Return the places of one side after padding both ends.

    >>> padded_size(16, padding=2).working
    '16 + 2*2 = 20'
    """
    check_at_least("padded_size", 0, n=n, padding=padding)
    return WorkedNumber(n + 2 * padding, f"{n} + 2*{padding}")


def same_padding(kernel: int, *, dilation: int = 1) -> tuple[int, int]:
    """Return how many places at the beginning and at the end keep the size, at stride 1: d (m - 1) in all.

    An even kernel needs one more at one end; it goes to the end, as in torch.

    >>> same_padding(3), same_padding(3, dilation=2), same_padding(4)
    ((1, 1), (2, 2), (1, 2))
    """
    check_at_least("same_padding", 1, kernel=kernel, dilation=dilation)
    total = dilation * (kernel - 1)
    return total // 2, total - total // 2


def size_before_convolution(
    size: int, *, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1
) -> WorkedNumber:
    """Return the smallest input from which a convolution gives `size` places.

    >>> size_before_convolution(6, kernel=3).working  # so 8 places shrink to 6
    '(6-1)*1 + 1*(3-1) + 1 - 2*0 = 8'
    """
    check_at_least("size_before_convolution", 1, size=size, kernel=kernel, stride=stride, dilation=dilation)
    check_at_least("size_before_convolution", 0, padding=padding)
    needed = (size - 1) * stride + dilation * (kernel - 1) + 1 - 2 * padding
    formula = f"({size}-1)*{stride} + {dilation}*({kernel}-1) + 1 - 2*{padding}"
    return WorkedNumber(needed, formula) if needed >= 0 else WorkedNumber(0, f"max(0, {formula})")


def padding_ends(
    who: str, padding: int | str | tuple[int, int], kernel: int, stride: int, dilation: int
) -> tuple[int, int]:
    """Return how many places a padding adds before and after; `who` asks.

    >>> padding_ends("convolution", "same", 3, 1, 1), padding_ends("convolution", 2, 3, 1, 1)
    ((1, 1), (2, 2))
    """
    if isinstance(padding, str):
        check_choice(who, ["valid", "same"], padding=padding)
        if padding == "valid":
            return 0, 0
        if stride != 1:
            raise RangeError(f"{who}: padding 'same' needs stride 1, got stride={stride}. Give a number instead.")
        return same_padding(kernel, dilation=dilation)
    before, after = (padding, padding) if isinstance(padding, int) else padding
    check_at_least(who, 0, padding=min(before, after))
    return before, after


def _ends_said(before: int, after: int) -> str:
    return f"2*{before}" if before == after else f"{before} + {after}"
