"""Dropout in readable steps: the mask that was drawn, with 1 / (1 - p) in it, times the numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor

from glasswork.tracing.meaning.steps import Decline, Steps

__all__ = ["dropout", "feature_dropout"]


def _masked(steps: Steps, x: Tensor, p: float, shape: tuple[int, ...]) -> Tensor | None:
    if p >= 1:
        raise Decline("it silences everything")
    drawn = steps.mask(shape)
    mask = drawn / (1 - p)
    given = steps.given("x", x, steps.axes(x), "input")
    m = steps.given("m", mask, steps.axes(mask), f"mask: 0, or 1 / (1 - {p:g})")
    silent = int((drawn == 0).sum())
    steps.remark(f"Of {drawn.numel()} numbers {silent} were silenced; through them nothing flows back.")

    def place(at: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(0 if size == 1 else index for index, size in zip(at, shape, strict=True))

    return steps.name("y", x * mask, given.axes, lambda *at: m[place(at)] * given[at], "after dropout").tensor


def dropout(steps: Steps, input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor | None:
    """Explain dropout; outside training it does nothing."""
    steps.title = "dropout" if training and p else "dropout, off"
    if not training or not p:
        x = steps.given("x", input, steps.axes(input), "input")
        steps.remark("Dropout is off: the numbers pass unchanged.")
        return steps.name("y", input * 1, x.axes, lambda *at: x[at], "unchanged", copy=True).tensor
    return _masked(steps, input, p, tuple(input.shape))


def feature_dropout(
    steps: Steps, input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor | None:
    """Explain dropout of whole maps."""
    if not training or not p:
        return dropout(steps, input, p, False)
    steps.title = "dropout of whole maps"
    return _masked(steps, input, p, (*input.shape[:2], *[1] * (input.dim() - 2)))


EXPLAINS: dict[str, Callable[..., Any]] = {
    "dropout": dropout, "dropout1d": feature_dropout, "dropout2d": feature_dropout, "dropout3d": feature_dropout,
}  # fmt: skip
